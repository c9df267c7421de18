package check

import (
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkInputs sees that each node gets all that it takes and nothing else, and
// that types fit. Where a type fits only sometimes, the edge gets its run-time
// check.
func checkInputs(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			want, _ := n.Argument(p.b)
			if want == nil {
				return // takes nothing, does not exist, or has no type yet: reported elsewhere
			}
			scope, _ := ir.SplitPath(path)
			a := assignment{p: p, graph: name, at: ir.Place{Scope: scope, Node: n, Path: path, Role: ir.RoleIn}, dims: assign.NewSizes()}
			a.root(n, want)
		})
	}
}

// assignment checks one value, with all that is in it, against one type.
type assignment struct {
	p     *pass
	graph string
	at    ir.Place
	dims  *assign.Sizes
	// dry is set while arms of a union are tried: nothing is reported or filled
	// in then, only failed is set.
	dry    bool
	failed bool
}

// root checks the whole argument of a node. A node that takes nothing needs no #in.
func (a *assignment) root(n *ir.Node, want *ir.Type) {
	if n.In != nil {
		a.member(n.In, want, true)
		return
	}
	if t := a.p.b.Resolve(want); t != nil && t.Kind == ir.KindObject {
		a.members(&ir.Value{Empty: "object", Pos: n.Pos}, t)
		return
	}
	a.errorf(diag.MissingInput, n.Pos, "%s gets no input", consumer(n)).
		Hintf("set #in")
}

// into is the assignment of a member.
func (a *assignment) into(member string) *assignment {
	c := *a
	c.at.Field = append(a.at.Field[:len(a.at.Field):len(a.at.Field)], member)
	return &c
}

func (a *assignment) errorf(code diag.Code, pos ir.Pos, format string, args ...any) *diag.Diagnostic {
	a.failed = true
	if a.dry {
		return new(diag.Diagnostic)
	}
	return a.p.errorf(code, first(pos, a.pos()), a.p.placePath(a.graph, a.at), format, args...)
}

// pos is the nearest place around that has one.
func (a *assignment) pos() ir.Pos {
	if a.at.Node != nil {
		return a.at.Node.Pos
	}
	return a.p.b.Graphs[a.graph].Pos
}

// value checks v, which goes where want is expected; want is nil where nothing
// but what the user declared is.
func (a *assignment) value(v *ir.Value, want *ir.Type) {
	if v.Declared != nil && v.Edge == nil {
		a.plain(v, v.Declared)
	}
	switch {
	case v.Edge != nil:
		a.edge(v, want)
	case want != nil:
		a.plain(v, want)
	case v.Declared == nil:
		a.inside(v)
	}
}

// inside checks the members of a value that nothing in particular is expected of.
func (a *assignment) inside(v *ir.Value) {
	for _, m := range v.Object {
		b := a.into(m.Name)
		b.value(m.Value, nil)
	}
	for i, m := range v.List {
		b := a.into(itoa(i))
		b.listed(m, nil)
	}
}

// listed checks an item of a list, which has no place for what is absent.
func (a *assignment) listed(v *ir.Value, want *ir.Type) {
	if !a.p.scopes[a.graph].TypeOf(v).Optional {
		a.value(v, want)
		return
	}
	d := a.errorf(diag.TypeMismatch, edgePos(v), "%s may be absent, and the items of a list are always there", valueName(v)).
		Hintf("make the field required, give it a default, or put it in a field of an object")
	a.alsoOrigin(d, v)
}

// plain checks a value that is no edge.
func (a *assignment) plain(v *ir.Value, want *ir.Type) {
	t := a.fitter("").Named(want)
	switch {
	case t == nil:
	case v.Const != nil:
		if c := a.fitter("").Conforms(v.Const, t); c.Verdict == assign.No {
			a.mismatch(v, valueName(v), posOf(want), c)
		}
	case t.Kind == ir.KindUnion:
		a.arms(v, t)
	case t.Kind == ir.KindTable:
		a.table(v, t)
	case v.Object != nil || v.Empty == "object":
		a.object(v, t)
	case v.List != nil || v.Empty == "list":
		a.list(v, t)
	}
}

// table checks a table that is written out: of its cells none comes by an edge.
func (a *assignment) table(v *ir.Value, t *ir.Type) {
	doc, ok := v.Constant()
	if !ok {
		a.mismatch(v, valueName(v), t.Pos, assign.Never("a table is an edge or constant as a whole")).
			Hintf("let a step make it of what the edges lead to")
		return
	}
	if c := a.fitter("").Conforms(doc, t); c.Verdict == assign.No {
		a.mismatch(v, valueName(v), t.Pos, c)
	}
}

func (a *assignment) fitter(from string) *assign.Fitter {
	return assign.With(a.p.b, a.dims, from)
}

func (a *assignment) object(v *ir.Value, t *ir.Type) {
	switch t.Kind {
	case ir.KindObject:
		a.members(v, t)
	case ir.KindMap:
		if c := a.fitter("").HasLength(int64(len(v.Object)), t, "field"); c.Verdict == assign.No {
			a.mismatch(v, valueName(v), t.Pos, c)
		}
		for _, m := range v.Object {
			b := a.into(m.Name)
			b.dims = assign.NewSizes()
			if t.Key != nil && assign.EntryOf(t, m.Name) == nil {
				b.mismatch(m.Value, "the key "+m.Name, t.Key.Pos, assign.Never("keys are %s", assign.Describe(a.p.b, t.Key)))
			}
			b.member(m.Value, t.Elem, true)
			a.failed = a.failed || b.failed
		}
	case ir.KindAny:
		a.each(v, t)
	default:
		a.mismatch(v, valueName(v), t.Pos, assign.Never("an object does not fit %s", assign.Describe(a.p.b, t)))
	}
}

// each checks the members of v against one type.
func (a *assignment) each(v *ir.Value, t *ir.Type) {
	for _, m := range v.Object {
		b := a.into(m.Name)
		b.member(m.Value, t, false)
		a.failed = a.failed || b.failed
	}
	for i, m := range v.List {
		b := a.into(itoa(i))
		b.listed(m, t)
		a.failed = a.failed || b.failed
	}
}

// member checks a member of a value; one that has to be there must not be absent.
func (a *assignment) member(v *ir.Value, want *ir.Type, required bool) {
	if required && a.p.scopes[a.graph].TypeOf(v).Optional {
		a.mismatch(v, valueName(v), posOf(want), assign.Never("it may be absent, but is required"))
		return
	}
	a.value(v, want)
}

// members checks a value against the fields of an object type.
func (a *assignment) members(v *ir.Value, t *ir.Type) {
	given := map[string]bool{}
	for _, m := range v.Object {
		given[m.Name] = true
		b := a.into(m.Name)
		f := t.Field(m.Name)
		entry := assign.EntryOf(t, m.Name)
		switch {
		case f == nil && entry != nil:
			b.dims = assign.NewSizes()
			b.member(m.Value, entry.Elem, true)
		case f != nil:
			b.member(m.Value, f.Type, f.Required)
		case !t.Open:
			d := b.errorf(diag.UnknownInput, first(m.Pos, m.Value.Pos), "%s has no %s %q", a.taker(), a.part(), m.Name)
			suggest(d, m.Name, fieldNames(t))
			d.Also(t.Pos, "it takes %s", assign.Describe(a.p.b, t))
		default:
			b.value(m.Value, nil)
		}
		a.failed = a.failed || b.failed
	}
	for _, f := range t.Fields {
		if f.Required && !given[f.Name] {
			a.missing(v, &f)
		}
	}
}

func (a *assignment) missing(v *ir.Value, f *ir.Field) {
	name := strings.Join(append(a.at.Field[:len(a.at.Field):len(a.at.Field)], f.Name), ".")
	d := a.errorf(diag.MissingInput, v.Pos, "%s %s of %s is missing", a.part(), name, a.taker()).
		Hintf("add %s: …, which takes %s", f.Name, assign.Describe(a.p.b, f.Type))
	d.Also(first(f.Pos, f.Type.Pos), "%s is declared here", f.Name)
}

// taker names what the value goes to.
func (a *assignment) taker() string {
	if a.at.Role == ir.RoleIn {
		return consumer(a.at.Node)
	}
	if a.at.Node != nil && a.at.Node.Kind() == ir.NodeArm {
		if of, name := ir.SplitPath(a.at.Path); name == ir.FallbackArm && a.p.scopes[a.graph].Node(of).Fallback != nil {
			return "#out of node " + of
		}
		if of, _ := ir.SplitPath(a.at.Path); a.p.scopes[a.graph].Node(of).Choose != nil {
			return "#out of node " + of
		}
		return "#out of the switch"
	}
	if a.at.Node != nil && a.at.Node.Kind() == ir.NodeFold {
		return "#out of node " + a.at.Node.Name
	}
	return "the declared type"
}

// part is what a field of it is called.
func (a *assignment) part() string {
	if a.at.Role == ir.RoleIn {
		return "input"
	}
	return "field"
}

func (a *assignment) list(v *ir.Value, t *ir.Type) {
	if t.Kind == ir.KindAny {
		a.each(v, t)
		return
	}
	if t.Kind != ir.KindList {
		a.mismatch(v, valueName(v), t.Pos, assign.Never("a list does not fit %s", assign.Describe(a.p.b, t)))
		return
	}
	if c := a.fitter("").HasLength(int64(len(v.List)), t, "item"); c.Verdict == assign.No {
		a.mismatch(v, valueName(v), t.Pos, c)
	}
	for i, m := range v.List {
		want := assign.Part(t, i)
		if want == nil {
			continue // more than the list may have
		}
		b := a.into(itoa(i))
		b.dims = assign.NewSizes()
		b.listed(m, want)
		a.failed = a.failed || b.failed
	}
}
