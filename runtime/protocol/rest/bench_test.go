package rest_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// nowhere is a response writer that costs nothing.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n *nowhere) WriteHeader(int)             {}

func (n *nowhere) SetReadDeadline(time.Time) error  { return nil }
func (n *nowhere) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkCall is what the protocol adds to net/http and to the codec.
func BenchmarkCall(b *testing.B) {
	g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{{Name: "n", Run: func(_ context.Context, in any, _ []any) (any, error) { return in, nil }}},
		Output: func(_ any, out []any) (any, error) { return out[0], nil }})
	body, in := []byte(`{"name": "Ada"}`), any("Ada")
	e := endpoint{Run: g.Run,
		Decode: func(*spec.Source) (any, error) { return in, nil },
		Encode: func(any) (spec.Payload, error) {
			return spec.Payload{ContentType: "application/json", Body: body}, nil
		},
	}.spec()
	gate, registry := admit.NewGate(), metrics.NewRegistry()
	gate.Open()
	for name, access := range map[string]*logging.Access{"plain": nil, "with access log": logging.NewAccess(io.Discard, false)} {
		b.Run(name, func(b *testing.B) {
			h := rest.New(serve.New(&spec.Service{Timeout: time.Minute, MaxConcurrency: 100}, &e, serve.Options{
				Gate: gate, Limiter: admit.NewLimiter(100), Registry: registry,
				Log: slog.New(slog.DiscardHandler), Access: access,
			}))
			ctx := graph.WithObserver(b.Context(), registry.Nodes())
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/call", nil)
			if err != nil {
				b.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.ContentLength = int64(len(body))
			src := bytes.NewReader(nil)
			r.Body = io.NopCloser(src)
			w := &nowhere{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				src.Reset(body)
				h.ServeHTTP(w, r)
			}
		})
	}
}
