package check

import (
	"time"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// minCache is less than a useful cache holds: a slip of a unit.
const minCache = 4 << 10

// checkCaches sees that answers which are kept go by their input alone.
func checkCaches(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			if n.Cache == nil {
				return
			}
			at := p.nodePath(name, path) + ".cache"
			if n.Kind() != ir.NodeCall {
				p.errorf(diag.UnknownField, first(n.Cache.Pos, n.Pos), at, "only a node with call has a cache").
					Hintf("give it to the nodes inside, or to the endpoint")
				return
			}
			p.cache(n.Cache, n, at, n.Pos)
			p.oneAnswer(n.Cache, at, n.Pos, p.b.RunnerInput(n.Call), p.b.RunnerOutput(n.Call))
		})
	}
	for _, name := range sorted(p.b.Services) {
		s := p.b.Services[name]
		for _, e := range sorted(s.Endpoints) {
			end, at := s.Endpoints[e], "services."+name+".endpoints."+e+".cache"
			if end.Cache == nil || (end.Graph == "") == (end.Runner == "") {
				continue
			}
			p.cache(end.Cache, &ir.Node{Name: e, Call: end.Runner, Graph: end.Graph}, at, end.Pos)
			in, out := p.b.EndpointTypes(end)
			p.oneAnswer(end.Cache, at, end.Pos, in, out)
		}
	}
}

// cache checks what is kept of what a node runs; for an endpoint n is a node that runs what
// it does.
func (p *pass) cache(c *ir.Cache, n *ir.Node, at string, around ir.Pos) {
	pos := first(c.Pos, around)
	switch {
	case c.TTLMs < 1 || c.TTLMs > float64(maxTimeout/time.Millisecond):
		p.errorf(diag.ResourceBounds, p.at(at+".ttl", pos), at+".ttl", "what is kept for less than 1ms or more than a day is no cache").
			Hintf("give 1ms to 24h")
	case c.MaxBytes < minCache || c.MaxBytes > maxMemory:
		p.errorf(diag.ResourceBounds, p.at(at+".maxBytes", pos), at+".maxBytes", "%d bytes are no size for a cache", c.MaxBytes).
			Hintf("give at least 4Ki; a number without a unit is in bytes")
	}
	p.runs(n, map[string]bool{}, func(runner string) {
		switch r := p.b.Runners[runner]; {
		case r == nil: // which other rules report
		case r.State != nil:
			p.errorf(diag.BadCache, pos, at, "runner %s has state: its answer goes by what came before, which a cache does not know", runner).
				Hintf("take the cache away, or give one to the nodes beside it").Also(r.State.Pos, "its state is here")
		case !r.Repeatable():
			p.errorf(diag.NotIdempotent, pos, at, "the cache would keep what runner %s gives, which does not say that it is idempotent", runner).
				Hintf("add idempotent: true to the runner where it gives the same for the same input, or take the cache away").Also(r.Pos, "runner %s is here", runner)
		}
	})
	p.within(n, map[string]bool{}, func(path string, inner *ir.Node) {
		if inner.Choose != nil {
			p.errorf(diag.BadCache, pos, at, "node %s chooses by chance or a header, and a cache would give its choice to all", inner.Name).
				Hintf("give the cache to the nodes in its arms").Also(inner.Pos, "%s is here", path)
		}
	})
}

// within calls f with each node that n runs by way of graphs, once a graph.
func (p *pass) within(n *ir.Node, seen map[string]bool, f func(path string, n *ir.Node)) {
	for _, name := range n.Graphs() {
		g := p.b.Graphs[name]
		if g == nil || seen[name] {
			continue
		}
		seen[name] = true
		ir.WalkNodes(g, func(path string, n *ir.Node) {
			f(p.nodePath(name, path), n)
			p.within(n, seen, f)
		})
	}
}

// oneAnswer wants values that are there as a whole.
func (p *pass) oneAnswer(c *ir.Cache, at string, around ir.Pos, types ...*ir.Type) {
	for _, t := range types {
		stream := p.part(t, map[string]bool{}, func(t *ir.Type) bool { return t.Kind == ir.KindStream })
		if stream != nil {
			p.errorf(diag.BadCache, first(c.Pos, around), at, "a cache keeps no %s", assign.Describe(p.b, stream)).
				Hintf("take the cache away, or give one to the nodes before the stream").Also(first(stream.Pos, t.Pos), "it is here")
		}
	}
}

// part gives the first part of a type that is something, nil where none is.
func (p *pass) part(t *ir.Type, seen map[string]bool, is func(*ir.Type) bool) (found *ir.Type) {
	ir.WalkType(t, func(t *ir.Type) {
		switch {
		case found != nil:
		case t.Kind == ir.KindRef && !seen[t.Ref] && p.b.Types[t.Ref] != nil:
			seen[t.Ref] = true
			found = p.part(p.b.Types[t.Ref], seen, is)
		case is(t):
			found = t
		}
	})
	return found
}
