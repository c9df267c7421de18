package serve_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// memo is the smallest protocol: a request is a text, and what is sent is noted.
type memo struct {
	call   serve.Call
	text   string
	stream bool
	trace  logging.Trace
	notes  []string
}

var _ serve.Exchange = (*memo)(nil)

func (m *memo) Meta() serve.Meta {
	return serve.Meta{Path: "/memo", Trace: &m.trace, Stream: m.stream}
}
func (m *memo) Header(string) string       { return "" }
func (m *memo) Read(context.Context) error { return nil }

func (m *memo) Decode(t *spec.Type) (any, error) {
	return t.Raw.Decode(&spec.Source{Body: []byte(m.text)})
}

func (m *memo) Encode(t *spec.Type, v any) (spec.Payload, error) { return t.Raw.Encode(v) }

func (m *memo) Send(p spec.Payload) error {
	m.notes = append(m.notes, string(p.Body))
	return nil
}

func (m *memo) Fail(s *serve.Status) {
	m.notes = append(m.notes, fmt.Sprint(s.Code, " ", s.Message, " ", s.Close, s.Flush))
}

func (m *memo) Describe(e *logging.Entry) { e.Method = "MEMO" }

var text = spec.Type{Raw: spec.Format{
	Decode: func(s *spec.Source) (any, error) { return string(s.Body), nil },
	Encode: func(v any) (spec.Payload, error) { return spec.Payload{Body: []byte(v.(string))}, nil },
}}

// tell serves one request and gives what was sent, and the codes that were counted.
func tell(t *testing.T, stream bool, handle func(context.Context, any, spec.Sender) error) (notes, codes string) {
	t.Helper()
	registry, gate := metrics.NewRegistry(), admit.NewGate()
	gate.Open()
	e := serve.New(&spec.Service{Timeout: time.Second}, &spec.Endpoint{Route: "/memo", In: text, Out: text, Handle: handle},
		serve.Options{Gate: gate, Limiter: admit.NewLimiter(1), Registry: registry, Log: slog.New(slog.DiscardHandler)})
	m := &memo{text: "a b c", stream: stream}
	done := make(chan bool, 1)
	go func() {
		answered := false
		defer func() { done <- answered }() // also where the step ends the goroutine
		answered = e.Serve(t.Context(), &m.call, m)
	}()
	<-done
	if gate.Inside() != 0 {
		t.Errorf("%d requests are inside", gate.Inside())
	}
	var b strings.Builder
	if _, err := registry.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if name, value, _ := strings.Cut(line, "} "); strings.HasPrefix(name, "bentoml_service_request_total") && value != "0\n" {
			_, code, _ := strings.Cut(name, `http_response_code="`)
			codes += code[:3] + "×" + strings.TrimSpace(value)
		}
	}
	return strings.Join(m.notes, "|"), codes
}

// What an endpoint does with its sender, over a protocol of one output and over one
// of many: each request is answered to its end, and counted, once.
func TestOutputs(t *testing.T) {
	t.Parallel()
	const internal = "An unexpected error has occurred, please check the server log."
	bad := errors.New("bad")
	words := func(n int, end func() error) func(context.Context, any, spec.Sender) error {
		return func(_ context.Context, in any, out spec.Sender) error {
			for _, word := range strings.Fields(in.(string))[:n] {
				if err := out.Send(word); err != nil {
					return err
				}
			}
			return end()
		}
	}
	ok := func() error { return nil }
	for _, tc := range []struct {
		name            string
		handle          func(context.Context, any, spec.Sender) error
		one, oneCodes   string
		many, manyCodes string
	}{
		{"once", spec.Once(func(_ context.Context, in any) (any, error) { return in, nil }), "a b c", "200×1", "a b c", "200×1"},
		{"once, error", spec.Once(func(context.Context, any) (any, error) { return nil, bad }),
			"500 " + internal + " false false", "500×1", "500 " + internal + " false false", "500×1"},
		{"none", words(0, ok), "500 " + internal + " false false", "500×1", "", "200×1"},
		{"three", words(3, ok), "a", "200×1", "a|b|c", "200×1"},
		{"two, then an error", words(2, func() error { return bad }), "a", "200×1", "a|b|500 " + internal + " false false", "500×1"},
		{"one, then a panic", words(1, func() error { panic("x") }), "a", "200×1", "a|500 " + internal + " false false", "500×1"},
		{"one, then Goexit", words(1, func() error { runtime.Goexit(); return nil }), "a", "200×1", "a|500 " + internal + " true true", "500×1"},
		{"one, then deaf", words(1, func() error { time.Sleep(time.Minute); return nil }), "a", "200×1",
			"a|504 not able to process the request in 1 seconds true true", "504×1"},
		{"deaf, then one", func(_ context.Context, _ any, out spec.Sender) error {
			time.Sleep(time.Minute)
			return out.Send("late")
		}, "504 not able to process the request in 1 seconds true true", "504×1", "504 not able to process the request in 1 seconds true true", "504×1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			if got, codes := tell(t, false, tc.handle); got != tc.one || codes != tc.oneCodes {
				t.Errorf("%s, one: got %q, %s, want %q, %s", tc.name, got, codes, tc.one, tc.oneCodes)
			}
			if got, codes := tell(t, true, tc.handle); got != tc.many || codes != tc.manyCodes {
				t.Errorf("%s, many: got %q, %s, want %q, %s", tc.name, got, codes, tc.many, tc.manyCodes)
			}
		})
	}
}
