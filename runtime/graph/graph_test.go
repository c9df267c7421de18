package graph_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/spec"
)

// node makes a node whose result is made of its needs' results.
func node(name string, needs []int, f func(ctx context.Context, in any, out []any) (any, error)) spec.Node {
	return spec.Node{Name: name, Kind: "call", Needs: needs, Run: f}
}

// join makes a node that writes its name behind what it needs.
func join(name string, needs ...int) spec.Node {
	return node(name, needs, func(_ context.Context, in any, out []any) (any, error) {
		parts := []string{}
		for _, n := range needs {
			parts = append(parts, out[n].(string))
		}
		if len(needs) == 0 {
			parts = append(parts, in.(string))
		}
		return "(" + strings.Join(parts, "+") + ")" + name, nil
	})
}

func last(_ any, out []any) (any, error) { return out[len(out)-1], nil }

func TestRunGivesEachNodeWhatItNeeds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		nodes []spec.Node
		want  string
	}{
		{"single", []spec.Node{join("a")}, "(in)a"},
		{"chain", []spec.Node{join("a"), join("b", 0), join("c", 1)}, "(((in)a)b)c"},
		{"chain with a shortcut", []spec.Node{join("a"), join("b", 0), join("c", 0, 1)}, "((in)a+((in)a)b)c"},
		{"diamond", []spec.Node{join("a"), join("b", 0), join("c", 0), join("d", 1, 2)}, "(((in)a)b+((in)a)c)d"},
		{"two starts", []spec.Node{join("a"), join("b"), join("c", 0, 1)}, "((in)a+(in)b)c"},
		{"wide", []spec.Node{join("a"), join("b"), join("c"), join("d", 0), join("e", 1, 2), join("f", 3, 4)}, "(((in)a)d+((in)b+(in)c)e)f"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			g := graph.New(spec.Graph{Name: "g", Nodes: tc.nodes, Output: last})
			for range 200 {
				got, err := g.Run(t.Context(), "in")
				if err != nil {
					t.Fatal(err)
				}
				if got != tc.want {
					t.Fatalf("got %v, want %v", got, tc.want)
				}
			}
		})
	}
}

func TestNoNodes(t *testing.T) {
	t.Parallel()
	g := graph.New(spec.Graph{Name: "g", Output: func(in any, out []any) (any, error) { return in, nil }})
	if got, err := g.Run(t.Context(), 7); got != 7 || err != nil {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestIndependentNodesRunAtTheSameTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(name string, needs ...int) spec.Node {
			return node(name, needs, func(context.Context, any, []any) (any, error) {
				time.Sleep(time.Second)
				return name, nil
			})
		}
		nodes := []spec.Node{slow("a"), slow("b", 0), slow("c", 0), slow("d", 0), slow("e", 1, 2, 3)}
		g := graph.New(spec.Graph{Name: "g", Nodes: nodes, Output: last})
		start := time.Now()
		if _, err := g.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("five nodes on three levels took %v, want 3s", took)
		}
	})
}

func TestFirstErrorCancelsTheOthersWithItsCause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("bad picture")
		var cause error
		nodes := []spec.Node{
			node("a", nil, func(context.Context, any, []any) (any, error) { time.Sleep(time.Second); return nil, bad }),
			node("b", nil, func(ctx context.Context, _ any, _ []any) (any, error) {
				<-ctx.Done()
				cause = context.Cause(ctx)
				return nil, ctx.Err()
			}),
			node("c", []int{0, 1}, func(context.Context, any, []any) (any, error) { t.Error("c ran"); return nil, nil }),
		}
		g := graph.New(spec.Graph{Name: "read", Nodes: nodes, Output: last})
		_, err := g.Run(t.Context(), nil)
		if !errors.Is(err, bad) || err.Error() != "read/a: bad picture" {
			t.Errorf("error is %v", err)
		}
		if !errors.Is(cause, bad) {
			t.Errorf("the other node's cause is %v", cause)
		}
	})
}

func TestCancelledContextStartsNoNode(t *testing.T) {
	t.Parallel()
	gone := errors.New("client went away")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	for _, nodes := range [][]spec.Node{{join("a")}, {join("a"), join("b"), join("c", 0, 1)}} {
		for i := range nodes {
			nodes[i].Run = func(context.Context, any, []any) (any, error) { t.Error("a node ran"); return nil, nil }
		}
		g := graph.New(spec.Graph{Name: "g", Nodes: nodes, Output: last})
		if _, err := g.Run(ctx, "in"); !errors.Is(err, gone) {
			t.Errorf("%d nodes: error is %v", len(nodes), err)
		}
	}
}

func boom(context.Context, any, []any) (any, error) { panic(errors.New("boom")) }

func TestPanicIsAnErrorWithItsStack(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, err error) {
		t.Helper()
		p, ok := errors.AsType[*graph.PanicError](err)
		if !ok {
			t.Fatalf("error is %v", err)
		}
		if !strings.Contains(string(p.Stack), "graph_test.boom") {
			t.Errorf("the stack does not show where the panic was:\n%s", p.Stack)
		}
	}
	t.Run("chain", func(t *testing.T) {
		t.Parallel()
		g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{node("a", nil, boom)}, Output: last})
		_, err := g.Run(t.Context(), nil)
		check(t, err)
	})
	t.Run("concurrent", func(t *testing.T) {
		t.Parallel()
		g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{join("a"), node("b", nil, boom)}, Output: last})
		_, err := g.Run(t.Context(), "in")
		check(t, err)
		g = graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{join("a"), join("b", 0)}, Output: last})
		if _, err := g.Run(t.Context(), "in"); err != nil {
			t.Errorf("the next run: %v", err)
		}
	})
	t.Run("output", func(t *testing.T) {
		t.Parallel()
		g := graph.New(spec.Graph{Name: "g", Output: func(any, []any) (any, error) { return boom(t.Context(), nil, nil) }})
		_, err := g.Run(t.Context(), nil)
		check(t, err)
	})
	t.Run("map", func(t *testing.T) {
		t.Parallel()
		for _, n := range []int{1, 100} {
			_, err := graph.Map(t.Context(), "lines", make([]int, n), func(ctx context.Context, i, _ int) (any, error) {
				if i == n-1 {
					return boom(ctx, nil, nil)
				}
				return nil, nil
			})
			check(t, err)
			if want := fmt.Sprintf("lines[%d]: panic: boom", n-1); err.Error() != want {
				t.Errorf("error is %v, want %s", err, want)
			}
		}
	})
}

func TestGoexitIsAnError(t *testing.T) {
	t.Parallel()
	g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{
		join("a"),
		node("b", nil, func(context.Context, any, []any) (any, error) { runtime.Goexit(); return nil, nil }),
		node("c", nil, func(context.Context, any, []any) (any, error) { return nil, nil }),
	}, Output: last})
	done := make(chan error, 1)
	go func() {
		defer close(done) // should Run's own goroutine have been ended
		_, err := g.Run(context.Background(), "in")
		done <- err
	}()
	if err := <-done; err == nil {
		t.Error("a node that ended its goroutine counted as a success")
	}
}

func TestMapKeepsOrder(t *testing.T) {
	t.Parallel()
	items := make([]int, 1000)
	for i := range items {
		items[i] = i * 3
	}
	got, err := graph.Map(t.Context(), "m", items, func(_ context.Context, i, item int) (string, error) {
		return fmt.Sprint(i, "=", item), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range got {
		if want := fmt.Sprint(i, "=", i*3); s != want {
			t.Fatalf("result %d is %s, want %s", i, s, want)
		}
	}
}

func TestMapOfNothingIsAnEmptyList(t *testing.T) {
	t.Parallel()
	got, err := graph.Map(t.Context(), "m", []int(nil), func(context.Context, int, int) (int, error) { return 0, nil })
	if got == nil || len(got) != 0 || err != nil {
		t.Errorf("got %#v, %v", got, err)
	}
}

func TestMapIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		_, err := graph.Map(t.Context(), "m", make([]int, 10*graph.MapLimit()), func(context.Context, int, int) (int, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Second)
			return 0, nil
		})
		if err != nil || int(most.Load()) != graph.MapLimit() {
			t.Errorf("%d items ran at once, want %d; %v", most.Load(), graph.MapLimit(), err)
		}
	})
}

func TestMapStopsAtTheFirstError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("bad line")
		var ran atomic.Int64
		_, err := graph.Map(t.Context(), "lines", make([]int, 1000), func(ctx context.Context, i, _ int) (int, error) {
			ran.Add(1)
			if i == 3 {
				return 0, bad
			}
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if !errors.Is(err, bad) || err.Error() != "lines[3]: bad line" {
			t.Errorf("error is %v", err)
		}
		if int(ran.Load()) > graph.MapLimit() {
			t.Errorf("%d items were begun", ran.Load())
		}
	})
}

// observed collects what an observer is told.
type observed struct {
	mu    sync.Mutex
	nodes []string
	runs  map[string]int
	errs  map[string]int
}

type observedNode struct {
	o    *observed
	name string
}

func (o *observed) Node(g string, n *spec.Node) graph.NodeObserver {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.nodes = append(o.nodes, g+"/"+n.Name)
	return &observedNode{o, n.Name}
}

func (n *observedNode) Observe(_ time.Duration, err error) {
	n.o.mu.Lock()
	defer n.o.mu.Unlock()
	n.o.runs[n.name]++
	if err != nil {
		n.o.errs[n.name]++
	}
}

func TestObserverSeesEachNode(t *testing.T) {
	t.Parallel()
	o := &observed{runs: map[string]int{}, errs: map[string]int{}}
	ctx := graph.WithObserver(t.Context(), o)
	g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{join("a"), node("b", []int{0}, boom)}, Output: last})
	for range 5 {
		if _, err := g.Run(ctx, "in"); err == nil {
			t.Fatal("no error")
		}
	}
	if want := []string{"g/a", "g/b"}; !slices.Equal(o.nodes, want) {
		t.Errorf("resolved %v, want each node once: %v", o.nodes, want)
	}
	if o.runs["a"] != 5 || o.runs["b"] != 5 || o.errs["a"] != 0 || o.errs["b"] != 5 {
		t.Errorf("runs %v, errors %v", o.runs, o.errs)
	}
}

func TestNewRefusesNodesOutOfOrder(t *testing.T) {
	t.Parallel()
	for _, need := range []int{-1, 0, 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("need %d was taken", need)
				}
			}()
			graph.New(spec.Graph{Nodes: []spec.Node{join("a", need)}})
		}()
	}
}

type quiet struct{}

func (quiet) Node(string, *spec.Node) graph.NodeObserver { return quiet{} }
func (quiet) Observe(time.Duration, error)               {}

func constant(name string, needs ...int) spec.Node {
	v := any(name)
	return node(name, needs, func(context.Context, any, []any) (any, error) { return v, nil })
}

func TestChainAllocatesNothing(t *testing.T) {
	g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{constant("a"), constant("b", 0), constant("c", 1)}, Output: last})
	ctx := graph.WithObserver(t.Context(), quiet{})
	if _, err := g.Run(ctx, nil); err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(1000, func() {
		if _, err := g.Run(ctx, nil); err != nil {
			t.Error(err)
		}
	})
	if n > 0 && !raceEnabled {
		t.Errorf("a chain allocates %v times a run", n)
	}
}

func BenchmarkRun(b *testing.B) {
	for _, tc := range []struct {
		name  string
		nodes []spec.Node
	}{
		{"single", []spec.Node{constant("a")}},
		{"chain3", []spec.Node{constant("a"), constant("b", 0), constant("c", 1)}},
		{"diamond", []spec.Node{constant("a"), constant("b", 0), constant("c", 0), constant("d", 1, 2)}},
	} {
		b.Run(tc.name, func(b *testing.B) {
			g := graph.New(spec.Graph{Name: "g", Nodes: tc.nodes, Output: last})
			ctx := graph.WithObserver(b.Context(), quiet{})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := g.Run(ctx, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMap(b *testing.B) {
	for _, n := range []int{1, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			items := make([]int, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := graph.Map(b.Context(), "m", items, func(context.Context, int, int) (int, error) { return 1, nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
