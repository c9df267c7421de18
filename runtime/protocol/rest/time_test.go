package rest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// inTime runs a test under the false clock.
func inTime(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// net/http waits half a second for the other side before it closes a
		// connection whose request it has not read; the bubble ends after that.
		t.Cleanup(func() { time.Sleep(time.Second) })
		f(t)
	})
}

func TestTimeout(t *testing.T) {
	inTime(t, func(t *testing.T) {
		var cause error
		h := start(t, spec.Service{Timeout: time.Minute}, endpoint{Timeout: 1500 * time.Millisecond, Run: func(ctx context.Context, _ any) (any, error) {
			if _, ok := ctx.Deadline(); !ok {
				t.Error("the step sees no deadline")
			}
			<-ctx.Done()
			cause = context.Cause(ctx)
			return nil, ctx.Err()
		}})
		begin := time.Now()
		h.wantError(h.post(`{}`), 504, "not able to process the request in 1.5 seconds")
		if took := time.Since(begin); took != 1500*time.Millisecond {
			t.Errorf("answered after %v", took)
		}
		synctest.Wait()
		if !errors.Is(cause, serve.ErrTimeout) {
			t.Errorf("cause is %v", cause)
		}
		if n := h.metric("bentoc_request_rejected_total", `reason="timeout"`); n != "1" {
			t.Errorf("%s timeouts were counted", n)
		}
		if strings.Contains(h.log.String(), "WARN") {
			t.Errorf("a step that heeds its context was warned of: %s", h.log)
		}
	})
}

func TestTimeoutOfADeafStep(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{Timeout: time.Second, MaxConcurrency: 1}, endpoint{Run: func(context.Context, any) (any, error) {
			time.Sleep(10 * time.Second)
			return "late", nil
		}})
		begin := time.Now()
		r := h.post(`{}`)
		h.wantError(r, 504, "not able to process the request in 1 seconds")
		if took := time.Since(begin); took != 1020*time.Millisecond {
			t.Errorf("answered after %v", took)
		}
		if n := h.metric("bentoc_request_overdue"); n != "1" || h.gate.Inside() != 1 {
			t.Errorf("%s requests are overdue, %d inside", n, h.gate.Inside())
		}
		// Its place stays taken, and the connection was not given another request.
		h.wantError(h.post(`{}`), 429, "too many requests")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n := h.metric("bentoc_request_overdue"); n != "0" || h.gate.Inside() != 0 {
			t.Errorf("%s requests are overdue, %d inside", n, h.gate.Inside())
		}
		if !strings.Contains(h.log.String(), "step returned after its request had ended path=/call late=8.98s") {
			t.Errorf("log is %s", h.log)
		}
		if n := h.metric("bentoml_service_request_total", `http_response_code="504"`); n != "1" {
			t.Errorf("504 was counted %s times", n)
		}
	})
}

func TestNoTimeout(t *testing.T) {
	inTime(t, func(t *testing.T) {
		// Longer than every timeout of the connection.
		h := start(t, spec.Service{}, endpoint{Run: func(ctx context.Context, in any) (any, error) {
			select {
			case <-time.After(time.Hour):
				return in, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}})
		for _, body := range []string{`{}`, ``} {
			if r := h.post(body); r.status != 200 || r.body != body {
				t.Errorf("%d %s", r.status, r.body)
			}
		}
	})
}

func TestClientThatGoesAway(t *testing.T) {
	inTime(t, func(t *testing.T) {
		var ended time.Time
		begin := time.Now()
		h := start(t, spec.Service{Timeout: time.Minute}, endpoint{Run: func(ctx context.Context, _ any) (any, error) {
			<-ctx.Done()
			ended = time.Now()
			return nil, ctx.Err()
		}})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := h.client.Do(h.request(http.MethodPost, "", strings.NewReader("x")).WithContext(ctx)); err == nil {
			t.Fatal("an answer came")
		}
		synctest.Wait()
		if ended.Sub(begin) != 2*time.Second {
			t.Errorf("the step ended after %v", ended.Sub(begin))
		}
		if n := h.metric("bentoml_service_request_total", `http_response_code="499"`); n != "1" {
			t.Errorf("499 was counted %s times", n)
		}
		if n := h.metric("bentoc_request_rejected_total", `reason="client_gone"`); n != "1" {
			t.Errorf("client_gone was counted %s times", n)
		}
		if strings.Contains(h.log.String(), "[ERROR]") {
			t.Errorf("log is %s", h.log)
		}
	})
}

func TestStoppingCancels(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{}, endpoint{Run: func(ctx context.Context, _ any) (any, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}})
		time.AfterFunc(time.Second, func() { h.stop(serve.ErrStopping) })
		r := h.post(`{}`)
		h.wantError(r, 503, "the server is stopping")
		if r.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After is %q", r.header.Get("Retry-After"))
		}
	})
}

func TestMaxConcurrency(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{MaxConcurrency: 2}, endpoint{Run: func(_ context.Context, in any) (any, error) {
			time.Sleep(time.Second)
			return in, nil
		}})
		statuses := make(chan int, 5)
		for range 5 {
			go func() { statuses <- h.post(`{}`).status }()
		}
		count := map[int]int{}
		for range 5 {
			count[<-statuses]++
		}
		if count[200] != 2 || count[429] != 3 {
			t.Errorf("statuses %v, want 2 × 200 and 3 × 429", count)
		}
		if r := h.post(`{}`); r.status != 200 {
			t.Errorf("then %d", r.status)
		}
		if n := h.metric("bentoc_request_rejected_total", `reason="concurrency"`); n != "3" {
			t.Errorf("%s were counted", n)
		}
	})
}

func TestSlowBody(t *testing.T) {
	for name, tc := range map[string]struct {
		head  string
		after time.Duration
	}{
		"known length":        {"Content-Length: 10", rest.ReadTimeout},
		"chunked":             {"Transfer-Encoding: chunked", rest.ReadTimeout + 2*time.Second},
		"endpoint's time":     {"Content-Length: 10\r\nX-Short: 1", 5 * time.Second},
		"long, given longer":  {"Content-Length: 65536", rest.ReadTimeout + 2*time.Second},
		"to a wrong method":   {"Content-Length: 10\r\nX-Method: PUT", rest.ReadTimeout}, // net/http waits for it
		"of a refused length": {"Content-Length: 70000", 0},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				s := spec.Service{MaxBody: 65536}
				if strings.Contains(tc.head, "X-Short") {
					s.Timeout = 5 * time.Second
				}
				h := start(t, s, endpoint{})
				method := "POST"
				if strings.Contains(tc.head, "X-Method") {
					method = "PUT"
				}
				conn := h.dial()
				defer conn.Close()
				begin := time.Now()
				go fmt.Fprintf(conn, "%s /call HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", method, tc.head)
				r := bufio.NewReader(conn)
				status, err := r.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begin); took != tc.after {
					t.Errorf("answered after %v, want %v", took, tc.after)
				}
				want := "408 Request Timeout"
				if method == "PUT" {
					want = "405 Method Not Allowed"
				} else if tc.after == 0 {
					want = "413 Request Entity Too Large"
				}
				if !strings.HasPrefix(status, "HTTP/1.1 "+want) {
					t.Errorf("answer is %s", status)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					t.Error(err)
				}
				if took := time.Since(begin); took > tc.after+rest.ReadTimeout {
					t.Errorf("the connection was closed after %v", took)
				}
			})
		})
	}
}

func TestClientThatDoesNotTakeItsAnswer(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{}, endpoint{Run: func(context.Context, any) (any, error) {
			time.Sleep(5 * time.Minute) // longer than the write timeout of the connection
			return strings.Repeat("x", 1<<20), nil
		}})
		conn := h.dial()
		defer conn.Close()
		begin := time.Now()
		if _, err := io.WriteString(conn, "POST /call HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		for h.gate.Inside() == 0 {
			time.Sleep(time.Millisecond)
		}
		for h.gate.Inside() > 0 {
			time.Sleep(time.Second)
		}
		if took := time.Since(begin) - 5*time.Minute; took < 30*time.Second || took > 2*time.Minute {
			t.Errorf("the client was given %v", took)
		}
	})
}
