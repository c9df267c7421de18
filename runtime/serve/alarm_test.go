package serve_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// Requests of one endpoint share a timer: none is ended by the time
// of another, whatever became of that.
func TestTimersAreOfOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const timeout = time.Second
		registry, gate := metrics.NewRegistry(), admit.NewGate()
		gate.Open()
		handle := spec.Once(func(ctx context.Context, in any) (any, error) {
			var wait time.Duration
			var how string
			if _, err := fmt.Sscan(in.(string), &wait, &how); err != nil {
				return nil, err
			}
			done := ctx.Done()
			if how == "deaf" {
				done = nil
			}
			select {
			case <-time.After(wait):
			case <-done:
				return nil, context.Cause(ctx)
			}
			switch how {
			case "panics":
				panic(how)
			case "exits":
				runtime.Goexit()
			}
			return in, nil
		})
		e := serve.New(&spec.Service{Timeout: timeout}, &spec.Endpoint{Route: "/memo", In: text, Out: text, Handle: handle},
			serve.Options{Gate: gate, Limiter: admit.NewLimiter(0), Registry: registry, Log: slog.New(slog.DiscardHandler)})
		var all sync.WaitGroup
		for client := range uint64(40) {
			all.Go(func() {
				random := rand.New(rand.NewPCG(client, 0))
				for range 50 {
					wait := time.Duration(random.IntN(2000)) * time.Millisecond // 1 s is neither in time nor late
					if wait == timeout {
						wait++
					}
					how := []string{"heeds", "deaf", "panics", "exits"}[random.IntN(4)]
					m := &memo{text: fmt.Sprintf("%d %s", wait, how)}
					begin, done := time.Now(), make(chan struct{})
					go func() {
						defer close(done)
						e.Serve(t.Context(), &m.call, m)
					}()
					<-done
					got, want, end := strings.Join(m.notes, "|"), m.text, wait
					switch {
					case wait > timeout:
						if want = "504"; how != "deaf" {
							end = timeout
						}
					case how == "panics", how == "exits":
						want = "500"
					}
					if took := time.Since(begin); !strings.HasPrefix(got, want) || took != end {
						t.Errorf("%s: %q after %v", m.text, got, took)
					}
				}
			})
		}
		all.Wait()
	})
}
