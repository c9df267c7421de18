package check

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkOrder sees that calls of a runner with state have an order: items of a map that
// run at the same time have none.
func checkOrder(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
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
