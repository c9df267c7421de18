package check

import (
	"strconv"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

func itoa(i int) string { return strconv.Itoa(i) }

// edge checks the type at an edge's beginning against the declared type, if any,
// and then against the one that is expected.
func (a *assignment) edge(v *ir.Value, want *ir.Type) {
	in, err := a.p.scopes[a.graph].EdgeType(v.Edge)
	if err != nil || in.Type == nil {
		return // reported with the edges, or pending
	}
	if v.Declared != nil {
		c := a.edgeFitter(v.Edge).fit(in.Type, v.Declared)
		if c.verdict == no {
			a.mismatch(v, v.Edge.Ref(), posOf(v.Declared), c)
			return
		}
		if c.verdict == checked {
			a.check(v, v.Declared)
		}
	}
	if want == nil {
		return
	}
	f := a.edgeFitter(v.Edge)
	saved := f.dims.clone()
	c := f.fit(in.Type, want)
	if c.verdict != yes && v.Declared != nil {
		*f.dims = *saved
		c = a.edgeFitter(v.Edge).fit(v.Declared, want)
	}
	switch c.verdict {
	case no:
		a.mismatch(v, v.Edge.Ref(), posOf(want), c)
	case checked:
		a.check(v, want)
	}
}

// edgeFitter keeps symbols apart by what the edge begins at: two results of one
// node share their symbols, results of two nodes do not.
func (a *assignment) edgeFitter(e *ir.Edge) *fitter {
	return a.fitter(string(e.From) + " " + e.Node)
}

// check makes the server compare the edge's value with t. Of two checks the
// narrower is kept.
func (a *assignment) check(v *ir.Value, t *ir.Type) {
	e := v.Edge
	if a.dry {
		return
	}
	old := e.Check
	switch {
	case old == nil || newFitter(a.p.b).fit(t, old).verdict == yes:
		e.Check = t
	case newFitter(a.p.b).fit(old, t).verdict != yes:
		a.errorf(diag.TypeMismatch, first(e.Pos, v.Pos), "%s would be checked against %s and %s, bentoc checks an edge once", e.Ref(), describe(a.p.b, old), describe(a.p.b, t)).
			Hintf("declare one type that is both")
	}
}

// mismatch reports that a value does not fit. Wanted is where the type that it
// does not fit is written.
func (a *assignment) mismatch(v *ir.Value, what string, wanted ir.Pos, c answer) {
	pos := v.Pos
	if v.Edge != nil {
		pos = first(v.Edge.Pos, v.Pos)
	}
	d := a.errorf(diag.TypeMismatch, pos, "%s does not fit %s: %s", what, a.place(), c)
	if a.dry {
		return
	}
	if v.Edge != nil {
		in, err := a.p.scopes[a.graph].EdgeType(v.Edge)
		if err == nil && in.Type != nil {
			d.Also(first(in.Type.Pos, a.p.originPos(a.graph, v.Edge)), "%s is %s", v.Edge.Ref(), describe(a.p.b, in.Type))
		}
	}
	switch wanted = first(wanted, a.takerPos()); {
	case !wanted.IsValid():
	case a.at.Role == ir.RoleIn:
		d.Also(wanted, "%s is declared here", a.place())
	default:
		d.Also(wanted, "the type is declared here")
	}
}

// place names where the value goes.
func (a *assignment) place() string {
	if a.at.Role == ir.RoleIn {
		return inputName(a.at)
	}
	return "its declared type"
}

// takerPos is where what takes the value is declared.
func (a *assignment) takerPos() ir.Pos {
	if a.at.Role != ir.RoleIn {
		return ir.Pos{}
	}
	if r := a.p.b.Runners[a.at.Node.Call]; r != nil {
		return first(posOf(r.Input), r.Pos)
	}
	if g := a.p.b.Graphs[a.at.Node.Graph]; g != nil {
		return first(posOf(g.Input), g.Pos)
	}
	return ir.Pos{}
}
