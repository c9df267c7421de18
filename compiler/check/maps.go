package check

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkMaps sees that map nodes map over lists that are always there.
func checkMaps(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		s := p.scopes[name]
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			if n.Map == nil {
				return
			}
			in := s.TypeOf(n.Map)
			at, pos := nodePath(name, path)+".map", first(n.Map.Pos, n.Pos)
			t := p.b.Resolve(in.Type)
			switch {
			case t == nil:
			case t.Kind != ir.KindList:
				p.errorf(diag.TypeMismatch, pos, at, "node %s maps over %s, which is no list but %s", n.Name, valueName(n.Map), describe(p.b, in.Type)).
					Also(in.Type.Pos, "it is declared here")
			case in.Optional:
				p.errorf(diag.TypeMismatch, pos, at, "node %s maps over %s, which may be absent", n.Name, valueName(n.Map)).
					Hintf("make the field required, or give it a default such as *[] | […]").
					Also(in.Type.Pos, "it is declared here")
			}
		})
	}
}

// valueName names a value in a message.
func valueName(v *ir.Value) string {
	switch {
	case v.Edge != nil:
		return v.Edge.Ref()
	case v.Const != nil:
		return "the constant " + shorten(string(v.Const))
	case v.Object != nil || v.Empty == "object":
		return "an object"
	}
	return "a list"
}

// shorten keeps a constant readable in a message.
func shorten(s string) string {
	const most = 40
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
