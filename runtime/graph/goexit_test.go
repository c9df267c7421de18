package graph_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/spec"
)

func leave(context.Context, any, []any) (any, error) { runtime.Goexit(); return nil, nil }

// A step that ends the caller's own goroutine takes the caller with it, but only
// when every other goroutine has ended.
func TestGoexitOfTheCallerWaitsForTheOthers(t *testing.T) {
	t.Parallel()
	var working atomic.Int64
	slow := func(context.Context, any, []any) (any, error) {
		working.Add(1)
		defer working.Add(-1)
		time.Sleep(time.Second)
		return "slow", nil
	}
	for name, run := range map[string]func(ctx context.Context){
		"graph": func(ctx context.Context) {
			g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{node("a", nil, leave), node("b", nil, slow), node("c", nil, slow)}, Output: last})
			_, _ = g.Run(ctx, "in")
		},
		"map": func(ctx context.Context) {
			var first atomic.Bool
			_, _ = graph.Map(ctx, "m", make([]int, 100), func(ctx context.Context, _, _ int) (any, error) {
				if first.CompareAndSwap(false, true) {
					time.Sleep(time.Millisecond) // the others have begun
					return leave(ctx, nil, nil)
				}
				return slow(ctx, nil, nil)
			})
		},
		"nested": func(ctx context.Context) {
			inner := graph.New(spec.Graph{Name: "inner", Nodes: []spec.Node{node("a", nil, leave), node("b", nil, slow)}, Output: last})
			outer := graph.New(spec.Graph{Name: "outer", Nodes: []spec.Node{
				node("i", nil, func(ctx context.Context, in any, _ []any) (any, error) { return inner.Run(ctx, in) }), node("b", nil, slow),
			}, Output: last})
			_, _ = outer.Run(ctx, "in")
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			returned := false
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer func() {
					if n := working.Load(); n != 0 {
						t.Errorf("%s: %d nodes still work", name, n)
					}
				}()
				run(t.Context())
				returned = true
			}()
			<-done
			if returned && name != "map" { // any worker may have had the first item
				t.Errorf("%s: it returned", name)
			}
		})
	}
}

func TestGoexitHasItsStack(t *testing.T) {
	t.Parallel()
	g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{join("a"), node("b", nil, leave)}, Output: last})
	_, err := g.Run(t.Context(), "in")
	p, ok := errors.AsType[*graph.PanicError](err)
	if !ok || p.Error() != "the step ended its goroutine with runtime.Goexit" || !strings.Contains(string(p.Stack), "graph_test.leave") {
		t.Errorf("error is %v", err)
	}
}

// Whatever steps do, a run's result is made of its own input: states and results
// go back to their pools only when nobody writes to them any more.
func TestRunsNeverCross(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	step := func(name string, needs ...int) spec.Node {
		return node(name, needs, func(ctx context.Context, in any, out []any) (any, error) {
			switch n.Add(1) % 97 {
			case 0:
				runtime.Goexit()
			case 3:
				panic("boom")
			case 5:
				return nil, errors.New("bad")
			case 7, 8:
				time.Sleep(50 * time.Microsecond) // and does not heed its context
			case 9:
				runtime.Gosched()
			}
			for _, i := range needs {
				if out[i] != in {
					t.Errorf("node %s of run %v got %v", name, in, out[i])
				}
			}
			return in, nil
		})
	}
	inner := graph.New(spec.Graph{Name: "inner", Nodes: []spec.Node{step("a"), step("b"), step("c", 0, 1)}, Output: last})
	g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{step("a"), step("b"), step("c", 0), step("d", 1),
		node("nested", []int{2}, func(ctx context.Context, _ any, out []any) (any, error) { return inner.Run(ctx, out[2]) }),
		node("map", []int{3}, func(ctx context.Context, in any, out []any) (any, error) {
			list, err := graph.Map(ctx, "map", []any{out[3], out[3], out[3], out[3]}, func(ctx context.Context, _ int, item any) (any, error) {
				return inner.Run(ctx, item)
			})
			for _, item := range list {
				if item != in {
					return nil, fmt.Errorf("crossed: %v in run %v", item, in)
				}
			}
			return in, err
		}),
		step("e", 4, 5)}, Output: last})
	var right atomic.Int64
	done := make(chan struct{})
	const callers, runs = 16, 300
	for c := range callers {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range runs {
				one := make(chan struct{})
				go func() { // it may be ended
					defer close(one)
					ctx, cancel := context.WithTimeout(context.Background(), []time.Duration{100 * time.Microsecond, time.Minute, time.Minute}[i%3])
					defer cancel()
					id := fmt.Sprint(c, ".", i)
					got, err := g.Run(ctx, id)
					if err != nil && strings.Contains(err.Error(), "crossed") {
						t.Error(err)
					}
					if err == nil {
						right.Add(1)
						if got != id {
							t.Errorf("run %s got %v", id, got)
						}
					}
				}()
				<-one
			}
		}()
	}
	for range callers {
		<-done
	}
	if right.Load() == 0 {
		t.Error("no run came through")
	}
	t.Logf("%d of %d runs came through", right.Load(), callers*runs)
}
