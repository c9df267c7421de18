package check

import (
	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// checkFolds sees that what a fold node begins with, and what each item makes of it, is of
// the type that the node declares.
func checkFolds(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			if n.Kind() != ir.NodeFold || n.Init == nil || n.Each == nil || n.Out == nil {
				return
			}
			ir.NodeValues(path, n, func(at ir.Place, v *ir.Value) {
				if len(at.Field) > 0 || at.Role != ir.RoleInit && at.Role != ir.RoleEach {
					return
				}
				a := assignment{p: p, graph: name, at: at, dims: assign.NewSizes()}
				a.member(v, n.Out, true)
			})
		})
	}
}
