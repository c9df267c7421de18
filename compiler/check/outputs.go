package check

import (
	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkOutputs sees that graphs have outputs, that those are always there, and
// that they and the items of map nodes fit the types declared beside them.
func checkOutputs(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		g := p.b.Graphs[name]
		if g.Output == nil {
			p.errorf(diag.MissingField, g.Pos, "graphs."+name+".#output", "graph %s has no #output", name).
				Hintf("add #output: {…} with what the graph gives back")
			continue
		}
		out := assignment{p: p, graph: name, at: ir.Place{Role: ir.RoleOutput}, dims: assign.NewSizes()}
		out.always(g.Output, "#output")
		ir.WalkNodes(g, func(path string, n *ir.Node) {
			ir.NodeValues(path, n, func(at ir.Place, v *ir.Value) {
				if at.Role == ir.RoleIn || at.Role == ir.RoleOutput || at.Role == ir.RoleInit || at.Role == ir.RoleEach && n.Kind() == ir.NodeFold || len(at.Field) > 0 {
					return // these have a type to fit, see other rules; a member is looked at with the whole
				}
				a := assignment{p: p, graph: name, at: at, dims: assign.NewSizes()}
				if at.Role == ir.RoleEach {
					a.always(v, "#each")
				} else {
					a.value(v, nil)
				}
			})
		})
	}
}

// always checks a whole value, which cannot be absent.
func (a *assignment) always(v *ir.Value, what string) {
	in := a.p.scopes[a.graph].TypeOf(v)
	if in.Optional && in.Type != nil {
		a.errorf(diag.TypeMismatch, v.Pos, "%s is %s, which may be absent", what, valueName(v)).
			Hintf("make the field required, or put the value in a field of an object").
			Also(in.Type.Pos, "it is declared here")
	}
	a.value(v, nil)
}
