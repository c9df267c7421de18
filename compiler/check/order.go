package check

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkOrder sees that calls of a runner with state have an order: items of a map that
// run at the same time have none, nor have nodes of which neither waits for the other.
func checkOrder(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		p.orderOf(name, "", p.b.Graphs[name].Nodes)
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			p.orderOf(name, path, n.Nodes)
			if n.Map == nil || n.Parallelism == 1 {
				return
			}
			seen := map[string]bool{}
			report := func(runner string) {
				if r := p.b.Runners[runner]; r != nil && r.State != nil {
					p.errorf(diag.BadValue, n.Pos, p.nodePath(name, path), "node %s calls runner %s, which has state, for several items at once, in no order", n.Name, runner).
						Hintf("write parallelism: 1, or fold the list").Also(r.State.Pos, "its state is here")
				}
			}
			p.runs(n, seen, report)
			inner := ir.Graph{Nodes: n.Nodes}
			ir.WalkNodes(&inner, func(_ string, n *ir.Node) { p.runs(n, seen, report) })
		})
	}
}

// orderOf wants an order of the nodes of one scope that call the same runner with state.
// The arms of a node are no such nodes: one of them runs.
func (p *pass) orderOf(graph, scope string, nodes []*ir.Node) {
	callers := map[string][]*ir.Node{} // of runners with state
	for _, n := range nodes {
		seen := map[string]bool{}
		report := func(runner string) {
			if r := p.b.Runners[runner]; r != nil && r.State != nil {
				callers[runner] = append(callers[runner], n)
			}
		}
		p.runs(n, seen, report)
		ir.WalkNodes(&ir.Graph{Nodes: append(n.Nodes[:len(n.Nodes):len(n.Nodes)], n.Parts()...)}, func(_ string, n *ir.Node) { p.runs(n, seen, report) })
	}
	if len(callers) == 0 {
		return
	}
	after := before(scope, nodes)
	for _, runner := range sorted(callers) {
		for i, n := range callers[runner] {
			for _, other := range callers[runner][:i] {
				if after[n.Name][other.Name] || after[other.Name][n.Name] {
					continue
				}
				p.errorf(diag.BadValue, n.Pos, p.nodePath(graph, ir.JoinPath(scope, n.Name)), "nodes %s and %s call runner %s, which has state, at the same time, in no order", other.Name, n.Name, runner).
					Hintf("have one of them take something that the other gives; where their sessions are never the same, give one of them a runner of its own").
					Also(other.Pos, "node %s is here", other.Name).Also(p.b.Runners[runner].State.Pos, "its state is here")
			}
		}
	}
}

// before gives, for each node of a scope, those that have ended before it begins.
func before(scope string, nodes []*ir.Node) map[string]map[string]bool {
	ordered, err := ir.Order(scope, nodes)
	if err != nil {
		ordered = nil // a cycle, which is reported
	}
	all := map[string]map[string]bool{}
	for _, n := range ordered {
		all[n.Name] = map[string]bool{}
		for _, need := range ir.Needs(ir.JoinPath(scope, n.Name), n) {
			all[n.Name][need] = true
			for earlier := range all[need] {
				all[n.Name][earlier] = true
			}
		}
	}
	return all
}
