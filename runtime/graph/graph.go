// Package graph runs compiled graphs.
//
// A graph is a DAG of nodes over one request. Nodes that need each other run
// one after the other; nodes that do not run at the same time. A graph in which
// every node needs the one before it (a chain, or a single node) runs on the
// caller's goroutine without a goroutine, a lock or an allocation of its own.
//
// Everything is structured: [Graph.Run] and [Map] return when every goroutine
// that they started has ended. The first error cancels the context of the rest,
// with that error as its cause, and is what the caller gets. A panic in a node
// is an error of that request alone, and so is the end of its goroutine: see
// [PanicError]. Where that is the caller's own, Run and Map do not return, but
// they end all the same when every other goroutine has.
package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/story"
)

// Graph is a graph that is ready to run, any number of times at once.
type Graph struct {
	spec   spec.Graph
	chain  bool    // every node needs the one before it
	starts []int   // nodes that need none
	next   [][]int // for each node, the nodes that need it

	results sync.Pool // *[]any, one place for each node, all nil
	states  sync.Pool // *run
	timers  atomic.Pointer[timers]
}

// New prepares g. It panics when a node needs itself, a later node or one that
// does not exist: the compiler orders nodes, so such a graph is a bug in it.
func New(g spec.Graph) *Graph {
	n := len(g.Nodes)
	out := &Graph{spec: g, chain: true, next: make([][]int, n)}
	for i, node := range g.Nodes {
		if i > 0 && !slices.Contains(node.Needs, i-1) {
			out.chain = false
		}
		if len(node.Needs) == 0 {
			out.starts = append(out.starts, i)
		}
		for _, need := range node.Needs {
			if need < 0 || need >= i {
				panic(fmt.Sprintf("graph %s: node %s needs node %d, which does not come before it", g.Name, node.Name, need))
			}
			out.next[need] = append(out.next[need], i)
		}
	}
	out.results.New = func() any { s := make([]any, n); return &s }
	out.states.New = func() any { return &run{pending: make([]atomic.Int32, n)} }
	return out
}

// Run runs the graph on in and returns its output. The error is the first one
// of a node, wrapped in a [NodeError]; it is the cause of ctx where ctx ended
// before a node began.
func (g *Graph) Run(ctx context.Context, in any) (any, error) {
	results := g.results.Get().(*[]any)
	out := *results
	defer func() {
		clear(out)
		g.results.Put(results)
	}()

	err := error(nil)
	if g.chain {
		err = g.runChain(ctx, in, out)
	} else {
		err = g.runConcurrent(ctx, in, out)
	}
	if err != nil {
		return nil, err
	}
	return g.output(in, out)
}

func (g *Graph) runChain(ctx context.Context, in any, out []any) error {
	t := g.timersFor(ctx)
	for i := range g.spec.Nodes {
		if err := g.runNode(ctx, t, i, in, out); err != nil {
			return err
		}
	}
	return nil
}

// runNode runs node i and keeps its result in out.
func (g *Graph) runNode(ctx context.Context, t *timers, i int, in any, out []any) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	node := &g.spec.Nodes[i]
	if t == nil {
		res, err := callNode(ctx, node, in, out)
		out[i] = res
		return g.wrap(node, err)
	}
	start := time.Now()
	res, err := any(nil), errEnded // what is observed of a node that does not return
	if t.stories {
		var span *story.Span
		ctx, span = story.Node(ctx, g.spec.Name, node.Name, node.Kind)
		defer func() { span.End(err) }()
	}
	defer func() { t.nodes[i].Observe(time.Since(start), err) }()
	res, err = callNode(ctx, node, in, out)
	out[i] = res
	return g.wrap(node, err)
}

var errEnded = errors.New("the node ended its goroutine")

func callNode(ctx context.Context, node *spec.Node, in any, out []any) (res any, err error) {
	defer func() {
		if v := recover(); v != nil {
			res, err = nil, NewPanicError(v)
		}
	}()
	return node.Run(ctx, in, out)
}

func (g *Graph) output(in any, out []any) (res any, err error) {
	defer func() {
		if v := recover(); v != nil {
			res, err = nil, &NodeError{Graph: g.spec.Name, Node: "output", Err: NewPanicError(v)}
		}
	}()
	return g.spec.Output(in, out)
}
