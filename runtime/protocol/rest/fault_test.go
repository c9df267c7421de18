package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"bentoc.dev/runtime/engine/gostep"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/spec"
)

// bomb is an error of which one method does what no method should.
type bomb struct {
	method string
	exit   bool
}

func (e *bomb) blow(method string) {
	switch {
	case e.method != method:
	case e.exit:
		runtime.Goexit()
	default:
		panic("the bomb")
	}
}
func (e *bomb) Error() string   { e.blow("Error"); return "a bomb" }
func (e *bomb) StatusCode() int { e.blow("StatusCode"); return 418 }
func (e *bomb) Unwrap() error   { e.blow("Unwrap"); return nil }
func (e *bomb) Is(error) bool   { e.blow("Is"); return false }

// The faults are those of a step, which gostep calls, and of whatever else runs.
func TestFaultsAreAnswered(t *testing.T) {
	t.Parallel()
	var blow atomic.Bool
	for name, fault := range map[string]func() error{
		"panic":             func() error { panic("the bomb") },
		"Goexit":            func() error { runtime.Goexit(); return nil },
		"typed nil":         func() error { return (*bomb)(nil) },
		"Error panics":      func() error { return &bomb{"Error", false} },
		"StatusCode panics": func() error { return &bomb{"StatusCode", false} },
		"Unwrap panics":     func() error { return &bomb{"Unwrap", false} },
		"Error exits":       func() error { return &bomb{"Error", true} },
		"StatusCode exits":  func() error { return &bomb{"StatusCode", true} },
		"Unwrap exits":      func() error { return &bomb{"Unwrap", true} },
	} {
		step := func(ctx context.Context, in any) (any, error) {
			if blow.Load() {
				return in, fault()
			}
			return in, nil
		}
		asStep := func(ctx context.Context, in any) (any, error) { return gostep.Call(ctx, in, step) }
		alone := func(n int) func(ctx context.Context, in any, out []any) (any, error) {
			return func(ctx context.Context, in any, _ []any) (any, error) {
				if n == 0 {
					return asStep(ctx, in)
				}
				return in, nil
			}
		}
		first := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{{Name: "a", Run: alone(0)}, {Name: "b", Run: alone(1)}},
			Output: func(in any, _ []any) (any, error) { return in, nil }})
		second := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{{Name: "a", Run: alone(1)}, {Name: "b", Run: alone(0)}},
			Output: func(in any, _ []any) (any, error) { return in, nil }})
		for where, run := range map[string]func(context.Context, any) (any, error){
			"step": asStep, "not a step": step, "graph, first": first.Run, "graph, second": second.Run,
			"map": func(ctx context.Context, in any) (any, error) {
				_, err := graph.Map(ctx, "m", make([]int, 30), func(ctx context.Context, _, _ int) (any, error) { return asStep(ctx, in) })
				return in, err
			},
		} {
			t.Run(name+", "+where, func(t *testing.T) {
				h := start(t, spec.Service{Timeout: time.Minute, MaxConcurrency: 1}, endpoint{Run: run})
				blow.Store(true)
				h.wantError(h.post(`{}`), 500, internal)
				blow.Store(false)
				if r := h.post(`fine`); r.status != 200 || r.body != "fine" {
					t.Errorf("the next request got %d %s", r.status, r.body)
				}
				h.idle()
				if log := h.log.String(); !strings.Contains(log, "[ERROR] [test] step panicked") || !strings.Contains(log, "runtime/debug.Stack()") {
					t.Errorf("the log does not show the fault: %s", log)
				}
				if n := h.metric("bentoc_request_rejected_total", `reason="client_gone"`); n != "0" {
					t.Errorf("%s clients counted as gone", n)
				}
				if n := h.metric("bentoml_service_request_total", `http_response_code="500"`); n != "1" {
					t.Errorf("500 was counted %s times", n)
				}
				if n := h.metric("bentoml_service_request_in_progress"); n != "0" {
					t.Errorf("%s requests are in progress", n)
				}
				h.access.Close()
				if strings.Count(h.lines.String(), "(status=500,") != 1 || strings.Count(h.lines.String(), "\n") != 2 {
					t.Errorf("lines are %s", h.lines)
				}
			})
		}
	}
}

// The other functions of an endpoint, and a step that ends its goroutine long
// after its request was answered.
func TestGoexitElsewhere(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]endpoint{
		"decode": {Decode: func(*spec.Source) (any, error) { runtime.Goexit(); return nil, nil }},
		"encode": {Encode: func(any) (spec.Payload, error) { runtime.Goexit(); return spec.Payload{}, nil }},
	} {
		h := start(t, spec.Service{}, e)
		h.wantError(h.post(`{}`), 500, internal)
		if !strings.Contains(h.log.String(), "TestGoexitElsewhere") {
			t.Errorf("%s: the log does not show where: %s", name, h.log)
		}
	}
}

func TestGoexitOfALateStep(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{Timeout: time.Second}, endpoint{Run: func(context.Context, any) (any, error) {
			time.Sleep(time.Minute)
			runtime.Goexit()
			return nil, nil
		}})
		h.wantError(h.post(`{}`), 504, "not able to process the request in 1 seconds")
		h.idle()
		if !strings.Contains(h.log.String(), "the step ended its goroutine") || h.metric("bentoc_request_overdue") != "0" {
			t.Errorf("log is %s", h.log)
		}
	})
}

// Sixteen callers and steps that do whatever steps may do: each answer is the
// caller's own, or an error.
func TestAnswersNeverCross(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	step := func(ctx context.Context, in string) (string, error) {
		switch n.Add(1) % 61 {
		case 0:
			runtime.Goexit()
		case 7:
			panic("boom")
		case 11:
			return "", (*bomb)(nil)
		case 13:
			return "", &bomb{"Error", true}
		case 17:
			return "", errors.New("bad")
		case 23, 24:
			time.Sleep(2 * time.Millisecond) // and does not heed its context
		case 29:
			<-ctx.Done()
			return "", ctx.Err()
		}
		return in, nil
	}
	call := func(need int) func(context.Context, any, []any) (any, error) {
		return func(ctx context.Context, in any, out []any) (any, error) {
			if need >= 0 {
				in = out[need]
			}
			return gostep.Call(ctx, in.(string), step)
		}
	}
	g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{{Name: "a", Run: call(-1)}, {Name: "b", Run: call(-1)},
		{Name: "m", Needs: []int{1}, Run: func(ctx context.Context, _ any, out []any) (any, error) {
			list, err := graph.Map(ctx, "m", make([]struct{}, 3), func(ctx context.Context, _ int, _ struct{}) (string, error) {
				return gostep.Call(ctx, out[1].(string), step)
			})
			return strings.Join(list, " "), err
		}}},
		Output: func(in any, out []any) (any, error) { return fmt.Sprint(out...), nil }})
	h := start(t, spec.Service{Timeout: 4 * time.Millisecond}, endpoint{Run: g.Run, Encode: func(out any) (spec.Payload, error) {
		b := []byte(out.(string))
		return spec.Payload{ContentType: "text/plain", Body: b, Release: func() { clear(b) }}, nil
	}})
	srv := httptest.NewServer(h.handler)
	defer srv.Close()
	srv.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 16
	statuses := [600]atomic.Int64{}
	var callers sync.WaitGroup
	for c := range 16 {
		callers.Go(func() {
			for i := range 150 {
				id := fmt.Sprintf("%d.%d", c, i)
				ctx, cancel := context.WithTimeout(t.Context(), []time.Duration{time.Millisecond, time.Minute, time.Minute}[i%3])
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/call", strings.NewReader(id))
				if err != nil {
					t.Error(err)
				}
				resp, err := srv.Client().Do(r)
				if err != nil {
					cancel()
					if i%3 != 0 {
						t.Errorf("%s: no answer: %v", id, err)
					}
					continue
				}
				b, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				cancel()
				statuses[resp.StatusCode].Add(1)
				if want := fmt.Sprint(id, id, strings.Join([]string{id, id, id}, " ")); err == nil && resp.StatusCode == 200 && string(b) != want {
					t.Errorf("%s got %q", id, b)
				}
				if err == nil && resp.StatusCode != 200 && !strings.Contains(string(b), `"error":`) {
					t.Errorf("%s got %d %q", id, resp.StatusCode, b)
				}
			}
		})
	}
	callers.Wait()
	srv.Close() // a request whose caller is gone may have come in only now
	h.idle()
	t.Logf("200: %d, 500: %d, 504: %d", statuses[200].Load(), statuses[500].Load(), statuses[504].Load())
	if statuses[200].Load() == 0 || statuses[500].Load() == 0 {
		t.Error("one of the ways was not tried")
	}
	if n := h.metric("bentoml_service_request_in_progress"); n != "0" {
		t.Errorf("%s requests are in progress", n)
	}
}

// Whatever the text of an error holds, the answer is JSON and UTF-8.
func TestErrorTextOfAnyBytes(t *testing.T) {
	t.Parallel()
	text := "a\x00\x1b[2J\r\n\u0085\u2028</script>\xff\xc3\"\\b"
	for name, err := range map[string]error{
		"step":  &saying{text},
		"input": &spec.InputError{Status: 422, Message: text, Problems: []spec.Problem{{Type: text, Loc: []any{text, 1}, Msg: text}}},
	} {
		h := start(t, spec.Service{}, endpoint{Run: func(ctx context.Context, in any) (any, error) {
			if name == "input" {
				return nil, err
			}
			return gostep.Call(ctx, in, func(context.Context, any) (any, error) { return nil, err })
		}})
		r := h.post(`{}`)
		var got struct {
			Error  string
			Detail []spec.Problem
		}
		if e := json.Unmarshal([]byte(r.body), &got); e != nil || r.status != 422 || !utf8.ValidString(r.body) {
			t.Fatalf("%s: %d %q: %v", name, r.status, r.body, e)
		}
		want := strings.ToValidUTF8(strings.ReplaceAll(text, "\xff\xc3", "\ufffd\ufffd"), "")
		if got.Error != want || strings.ContainsAny(strings.TrimSuffix(r.body, "\n"), "\x00\x1b\r\n\u2028<") {
			t.Errorf("%s: got %q, want %q", name, r.body, want)
		}
		if name == "input" && (len(got.Detail) != 1 || got.Detail[0].Msg != want || got.Detail[0].Loc[0] != want) {
			t.Errorf("detail is %+v", got.Detail)
		}
	}
}

type saying struct{ text string }

func (e *saying) Error() string { return e.text }
func (*saying) StatusCode() int { return 422 }

// A step may ask for any wait.
func TestRetryAfterOfAnyLength(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]string{math.MaxInt64: "9223372037", time.Nanosecond: "1", time.Second: "1", -time.Second: "", 0: "", math.MinInt64: ""} {
		h := start(t, spec.Service{}, endpoint{Run: func(context.Context, any) (any, error) { return nil, coded{503, wait} }})
		if r := h.post(`{}`); r.header.Get("Retry-After") != want {
			t.Errorf("of %v came %q", wait, r.header.Get("Retry-After"))
		}
	}
}
