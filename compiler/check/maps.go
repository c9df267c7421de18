package check

import (
	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkMaps sees that map and fold nodes have lists that are always there.
func checkMaps(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		s := p.scopes[name]
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			list := n.List()
			if list == nil {
				return
			}
			in := s.TypeOf(list)
			at, pos := p.nodePath(name, path)+"."+n.Kind().Field(), first(list.Pos, n.Pos)
			t := p.b.Resolve(in.Type)
			switch {
			case t == nil:
			case t.Kind != ir.KindList:
				p.noList(n, in.Type, pos, at)
			case in.Optional:
				p.errorf(diag.TypeMismatch, pos, at, "node %s goes over %s, which may be absent", n.Name, valueName(list)).
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
		return "the constant " + assign.Shorten(string(v.Const))
	case v.Object != nil || v.Empty == "object":
		return "an object"
	}
	return "a list"
}

// noList reports a map or fold node over something that is no list.
func (p *pass) noList(n *ir.Node, t *ir.Type, pos ir.Pos, at string) {
	what, list, field := assign.Describe(p.b, t), n.List(), n.Kind().Field()
	if list.Edge == nil {
		p.errorf(diag.TypeMismatch, pos, at, "%s needs a list, but this is %s", field, valueName(list)).
			Hintf("%s runs the nodes of %s once for each item of a list; for a single value put them beside it, without %s", field, n.Name, field)
		return
	}
	d := p.errorf(diag.TypeMismatch, pos, at, "%s needs a list, but %s is %s", field, list.Edge.Ref(), article(what))
	if r := p.b.Resolve(t); r != nil && r.Kind == ir.KindAny {
		d.Hintf("declare it as a list, [..._], or of the items that it has")
	} else {
		d.Hintf("%s runs the nodes of %s once for each item of a list; for a single value put them beside it, without %s", field, n.Name, field)
	}
	d.Also(t.Pos, "it is declared here")
}

// article puts "a" before the name of a kind.
func article(what string) string {
	switch what {
	case "number", "string", "tensor", "file":
		return "a " + what
	case "int", "image":
		return "an " + what
	}
	return what
}
