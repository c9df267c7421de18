package graph

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"
)

// run is the state of one run of a graph whose nodes may run at the same time.
type run struct {
	g       *Graph
	ctx     context.Context
	cancel  context.CancelCauseFunc
	timers  *timers
	in      any
	out     []any
	pending []atomic.Int32 // for each node, how many of its needs are missing

	wg    conc.WaitGroup
	first sync.Mutex // guards err
	err   error
}

func (g *Graph) runConcurrent(ctx context.Context, in any, out []any) error {
	r := g.states.Get().(*run)
	r.g, r.in, r.out, r.timers = g, in, out, g.timersFor(ctx)
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	for i := range g.spec.Nodes {
		r.pending[i].Store(int32(len(g.spec.Nodes[i].Needs)))
	}
	defer r.end()

	// The caller's goroutine works too: it takes the first of the nodes that
	// can start.
	for _, i := range g.starts[1:] {
		r.spawn(i)
	}
	untilReturn(func() { r.follow(g.starts[0]) }, r.fail)
	r.wg.Wait()
	return r.err
}

// end waits for what still runs, which is something only where a step ended the
// caller's goroutine, and gives the state back. Before that no place of out may be
// used by another run.
func (r *run) end() {
	r.wg.Wait()
	r.cancel(nil)
	g := r.g
	r.g, r.in, r.out, r.timers, r.ctx, r.cancel, r.err = nil, nil, nil, nil, nil, nil, nil
	g.states.Put(r)
}

func (r *run) spawn(i int) {
	r.wg.Go(func() { untilReturn(func() { r.follow(i) }, r.fail) })
}

// follow runs node i and then, on the same goroutine, the first node that
// became ready by it, and so on; others that became ready get a goroutine each.
func (r *run) follow(i int) {
	for i >= 0 {
		if err := r.g.runNode(r.ctx, r.timers, i, r.in, r.out); err != nil {
			r.fail(err)
			return
		}
		ready := -1
		for _, next := range r.g.next[i] {
			if r.pending[next].Add(-1) > 0 {
				continue
			}
			if ready < 0 {
				ready = next
			} else {
				r.spawn(next)
			}
		}
		i = ready
	}
}

// fail keeps the first error and cancels the rest of the run with it.
func (r *run) fail(err error) {
	r.first.Lock()
	if r.err == nil {
		r.err = err
	}
	r.first.Unlock()
	r.cancel(err)
}
