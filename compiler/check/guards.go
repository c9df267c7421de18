package check

import (
	"time"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkGuards sees that only what can be run again is, and that fallbacks give what the
// nodes do that they stand in for.
func checkGuards(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			if !n.Guarded() || len(n.Kinds()) != 1 {
				return
			}
			if at := p.nodePath(name, path); n.Kind().TakesArgument() {
				p.guard(name, path, at, n)
			} else {
				p.notGuarded(at, n)
			}
		})
	}
}

// notGuarded reports what is said of a node that does not run one thing.
func (p *pass) notGuarded(at string, n *ir.Node) {
	fields := guardFields(n)
	for _, field := range sorted(fields) {
		p.errorf(diag.UnknownField, first(fields[field], n.Pos), at+"."+field, "only a node with call or graph has %s", field).
			Hintf("give it to the nodes inside, or make them a graph of their own and run that from a node with %s", field)
	}
}

// guardFields gives the places of what is said of a failure of n.
func guardFields(n *ir.Node) map[string]ir.Pos {
	fields := map[string]ir.Pos{}
	if n.TimeoutMs > 0 {
		fields["timeout"] = n.Pos
	}
	if n.Retry != nil {
		fields["retry"] = n.Retry.Pos
	}
	if n.Fallback != nil {
		fields[ir.FallbackArm] = n.Fallback.Pos
	}
	return fields
}

func (p *pass) guard(graph, path, at string, n *ir.Node) {
	if n.TimeoutMs > float64(maxTimeout/time.Millisecond) {
		p.errorf(diag.ResourceBounds, n.Pos, at+".timeout", "timeout is longer than a day").Hintf("give at most 24h")
	}
	if r := n.Retry; r != nil {
		p.retry(at+".retry", n)
	}
	if f := n.Fallback; f != nil && f.Output != nil && n.Result != nil {
		in := ir.JoinPath(path, f.Name)
		a := assignment{p: p, graph: graph, at: ir.Place{Scope: in, Node: f, Path: in, Role: ir.RoleOutput}, dims: assign.NewSizes()}
		a.member(f.Output, n.Result, true)
	}
}

func (p *pass) retry(at string, n *ir.Node) {
	r := n.Retry
	pos := first(r.Pos, n.Pos)
	if r.MaxAttempts < 2 || r.MaxAttempts > 10 {
		p.errorf(diag.BadValue, pos, at+".maxAttempts", "maxAttempts is %d", r.MaxAttempts).Hintf("give 2 to 10: the first attempt counts")
	}
	seen := map[string]bool{}
	p.runs(n, seen, func(runner string) {
		if is := p.b.Runners[runner]; is != nil && !is.Repeatable() {
			d := p.errorf(diag.NotIdempotent, pos, at, "node %s may run runner %s twice, which does not say that it is idempotent", n.Name, runner).
				Hintf("add idempotent: true to the runner where a second call does no harm, or take retry away")
			d.Also(is.Pos, "runner %s is here", runner)
		}
	})
}

// runs calls f with each runner that a node runs, itself or by way of graphs, once.
func (p *pass) runs(n *ir.Node, seen map[string]bool, f func(runner string)) {
	for _, r := range n.Runners() {
		if n.Mirror != nil && r == n.Mirror.Call {
			continue // sees one attempt alone
		}
		if !seen["runners."+r] {
			seen["runners."+r] = true
			f(r)
		}
	}
	for _, name := range n.Graphs() {
		g := p.b.Graphs[name]
		if g == nil || seen["graphs."+name] {
			continue
		}
		seen["graphs."+name] = true
		ir.WalkNodes(g, func(_ string, n *ir.Node) { p.runs(n, seen, f) })
	}
}
