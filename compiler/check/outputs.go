package check

import (
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
		out := assignment{p: p, graph: name, at: ir.Place{Role: ir.RoleOutput}, dims: newDims()}
		out.always(g.Output, "#output")
		ir.WalkNodes(g, func(path string, n *ir.Node) {
			scope, _ := ir.SplitPath(path)
			at := ir.Place{Scope: scope, Node: n, Path: path, Role: ir.RoleMap}
			if n.Map != nil {
				over := assignment{p: p, graph: name, at: at, dims: newDims()}
				over.value(n.Map, nil)
			}
			if n.Each != nil {
				at.Scope, at.Role = path, ir.RoleEach
				each := assignment{p: p, graph: name, at: at, dims: newDims()}
				each.always(n.Each, "#each")
			}
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
