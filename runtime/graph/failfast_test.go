package graph_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/spec"
)

// Whatever it is that a failing node runs beside, its siblings end at once, by the
// failure as their cause, no goroutine is left, and the answer is the failure: never
// that of a sibling which was cancelled by it.
func TestAFailureEndsItsSiblings(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad picture")
	fails := func(context.Context, any, []any) (any, error) { time.Sleep(time.Second); return nil, bad }
	// canceled heeds its context and says so in its own words.
	canceled := func(ctx context.Context, _ any, _ []any) (any, error) {
		select {
		case <-ctx.Done():
		case <-time.After(time.Hour):
			t.Error("a sibling ran to its end")
		}
		if !errors.Is(context.Cause(ctx), bad) {
			t.Errorf("a sibling's cause is %v", context.Cause(ctx))
		}
		return nil, ctx.Err()
	}
	list := func(f func(context.Context, any, []any) (any, error)) func(context.Context, any, []any) (any, error) {
		return func(ctx context.Context, in any, _ []any) (any, error) {
			return graph.Map(ctx, "m", []int{1, 2, 3, 4}, func(ctx context.Context, i, _ int) (any, error) {
				if i < 3 {
					return canceled(ctx, in, nil)
				}
				return f(ctx, in, nil)
			})
		}
	}
	inside := func(f func(context.Context, any, []any) (any, error)) func(context.Context, any, []any) (any, error) {
		inner := graph.New(spec.Graph{Name: "inner", Nodes: []spec.Node{node("a", nil, canceled), node("b", nil, f), node("c", []int{0, 1}, canceled)}, Output: last})
		return func(ctx context.Context, in any, _ []any) (any, error) { return inner.Run(ctx, in) }
	}
	// A switch runs the graph of an arm on its own goroutine; an arm of one node is a chain.
	arm := func(f func(context.Context, any, []any) (any, error)) func(context.Context, any, []any) (any, error) {
		chosen := graph.New(spec.Graph{Name: "arm", Nodes: []spec.Node{node("x", nil, f)}, Output: last})
		return func(ctx context.Context, in any, _ []any) (any, error) { return chosen.Run(ctx, in) }
	}
	type run = func(context.Context, any, []any) (any, error)
	wrap := map[string]func(run) run{"call": func(f run) run { return f }, "map": list, "graph": inside, "switch": arm}
	for outer, around := range wrap {
		for within, make := range wrap {
			for _, side := range []string{"the failure", "the siblings"} {
				name := outer + " of " + within + ", " + side
				failing, other := around(make(fails)), run(canceled)
				if side == "the siblings" { // the failure is beside them, at the top
					failing, other = fails, around(make(canceled))
				}
				synctest.Test(t, func(t *testing.T) {
					g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{
						node("first", nil, other), node("bad", nil, failing), node("last", []int{0, 1}, canceled),
					}, Output: last})
					before, start := goroutines(), time.Now()
					_, err := g.Run(t.Context(), "in")
					if !errors.Is(err, bad) || errors.Is(err, context.Canceled) {
						t.Errorf("%s: the answer is %v", name, err)
					}
					if took := time.Since(start); took != time.Second {
						t.Errorf("%s: it took %v", name, took)
					}
					synctest.Wait()
					if after := goroutines(); after > before {
						t.Errorf("%s: %d goroutines became %d", name, before, after)
					}
				})
			}
		}
	}
}

// When a request ends, all of its graph ends with the request's own cause.
func TestTheEndOfARequestIsTheAnswer(t *testing.T) {
	t.Parallel()
	over := errors.New("the time is over")
	waits := func(ctx context.Context, _ any, _ []any) (any, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	synctest.Test(t, func(t *testing.T) {
		inner := graph.New(spec.Graph{Name: "inner", Nodes: []spec.Node{node("a", nil, waits), node("b", nil, waits)}, Output: last})
		g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{
			node("a", nil, waits),
			node("b", nil, func(ctx context.Context, in any, _ []any) (any, error) { return inner.Run(ctx, in) }),
			node("c", nil, func(ctx context.Context, _ any, _ []any) (any, error) {
				return graph.Map(ctx, "m", []int{1, 2}, func(ctx context.Context, _, _ int) (any, error) { return waits(ctx, nil, nil) })
			}),
		}, Output: last})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, over)
		defer cancel()
		if _, err := g.Run(ctx, nil); !errors.Is(err, over) {
			t.Errorf("the error is %v", err)
		}
	})
}

// goroutines counts those of the caller's bubble: other tests run beside it.
func goroutines() (n int) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	_, bubble, _ := bytes.Cut(stacks[:bytes.IndexByte(stacks, '\n')], []byte("synctest bubble "))
	mark := append([]byte("synctest bubble "), bubble...)
	for line := range bytes.Lines(stacks) {
		if bytes.HasPrefix(line, []byte("goroutine ")) && bytes.Contains(line, mark) {
			n++
		}
	}
	return n
}
