package serve_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/story"
)

// The story of a request is told where its time went, however it ends; when it has ended it
// is not among those that are there.
func TestStories(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ how, phase, want string }{
		{"well", "working", "200"},
		{"fails", "working", "500"},
		{"panics", "working", "500"},
		{"exits", "working", "500"},
		{"deaf", "working", "504"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var told []*story.Snapshot
			stories := &story.Recorder{Slow: time.Second, All: true, Tell: func(s *story.Snapshot, _ int) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, s)
			}}
			items := batch.New(batch.Config[string, string]{Name: "rec", MaxSize: 8, Instances: 1, Stories: true,
				Run: func(_ context.Context, _ int, in, out []string) error {
					time.Sleep(time.Second)
					copy(out, in)
					return nil
				}})
			first := spec.Node{Name: "first", Kind: "call", Run: func(ctx context.Context, in any, _ []any) (any, error) {
				return items.Do(ctx, in.(string))
			}}
			second := spec.Node{Name: "second", Kind: "call", Needs: []int{0}, Run: func(ctx context.Context, in any, _ []any) (any, error) {
				time.Sleep(2 * time.Second)
				switch tc.how {
				case "fails":
					return nil, errors.New("bad")
				case "panics":
					panic("bad")
				case "exits":
					runtime.Goexit()
				case "deaf":
					time.Sleep(time.Hour)
				}
				return in, nil
			}}
			registry := metrics.NewRegistry()
			g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{first, second}, Output: func(_ any, out []any) (any, error) { return out[0], nil }})
			gate := admit.NewGate()
			gate.Open()
			e := serve.New(&spec.Service{Timeout: time.Minute}, &spec.Endpoint{Route: "/memo", In: text, Out: text, Handle: spec.Once(g.Run)},
				serve.Options{Gate: gate, Limiter: admit.NewLimiter(0), Registry: registry, Log: slog.New(slog.DiscardHandler), Stories: stories})
			ctx := stories.With(graph.WithObserver(t.Context(), registry.Nodes()))
			m := &memo{text: "a"}
			m.trace.TraceID[0] = 1
			done := make(chan struct{})
			go func() {
				defer close(done)
				e.Serve(ctx, &m.call, m)
			}()
			time.Sleep(2500 * time.Millisecond)
			live, slow := stories.Live()
			if len(live) != 1 || len(slow) != 0 || live[0].Phase != tc.phase || live[0].Took != 2500 || len(live[0].Nodes) != 2 || live[0].Nodes[0].Took != 1000 || live[0].Nodes[1].Took != 0 {
				t.Errorf("%s: after 2.5 s %d are there: %+v", tc.how, len(live), live)
			}
			<-done
			if err := items.Close(ctx); err != nil {
				t.Error(err)
			}
			if live, slow := stories.Live(); len(live) != 0 || len(slow) != 1 || len(told) != 1 {
				t.Fatalf("%s: at the end %d are there, %d were slow, %d were told", tc.how, len(live), len(slow), len(told))
			}
			s := told[0]
			calls := s.Nodes[0].Calls
			if len(calls) != 1 || calls[0].Runner != "rec" || calls[0].Took != 1000 || calls[0].Items != 1 || s.Nodes[1].Failed != (tc.want == "500") || s.Phase != "answered" {
				t.Errorf("%s: told %+v", tc.how, s)
			}
			if text := s.Text(); !strings.Contains(text, "node first of g (call): 1000.000 ms") || !strings.Contains(text, "runner rec, instance 0: waited 0.000 ms, ran 1000.000 ms with 1 items in all") {
				t.Errorf("%s: told\n%s", tc.how, text)
			}
			if s.Status < 200 || tc.want[0] != byte('0'+s.Status/100) {
				t.Errorf("%s: ended with %d, want %s", tc.how, s.Status, tc.want)
			}
		})
	}
}
