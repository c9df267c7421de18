package check

import (
	"strconv"

	"bentoc.dev/compiler/assign"
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
		a.narrow(v, in.Type)
		c := a.edgeFitter(v.Edge).Fit(in.Type, v.Declared)
		if c.Verdict == assign.No {
			a.lacksAxis(a.mismatch(v, v.Edge.Ref(), posOf(v.Declared), c), v, in.Type, v.Declared)
			return
		}
		if c.Verdict == assign.FitsAtRunTime {
			a.check(v, v.Declared)
		}
	}
	if want == nil {
		return
	}
	f := a.edgeFitter(v.Edge)
	saved := a.dims.Clone()
	c := f.Fit(in.Type, want)
	if c.Verdict != assign.Fits && v.Declared != nil {
		*a.dims = *saved
		c = a.edgeFitter(v.Edge).Fit(v.Declared, want)
	}
	switch c.Verdict {
	case assign.No:
		a.lacksAxis(a.mismatch(v, v.Edge.Ref(), posOf(want), c), v, in.Type, want)
	case assign.FitsAtRunTime:
		a.check(v, want)
		if !c.Unsaid && !a.dry {
			a.mayNotFit(v, want, c)
		}
	}
}

// mayNotFit warns of an edge whose values fit only sometimes, though both ends say
// what they are.
func (a *assignment) mayNotFit(v *ir.Value, want *ir.Type, c assign.Result) {
	e := v.Edge
	status := "500"
	if a.p.fromClient(a.graph, v) {
		status = "422"
	}
	d := a.p.warnf(diag.MayNotFit, first(e.Pos, v.Pos, a.pos()), a.p.placePath(a.graph, a.at), "%s may not fit %s: %s", e.Ref(), a.place(), c).
		Hintf("a value that does not fit is answered %s when it comes; narrow the type that it comes from, or write it beside the edge, %s & …, if that is meant", status, e.Ref())
	if pos := posOf(want); pos.IsValid() {
		d.Also(pos, "%s is declared here", a.place())
	}
}

// narrow makes an integer of a bound that is declared beside an edge which brings
// integers: in x.#out.n & <=10 the bound alone is one of numbers.
func (a *assignment) narrow(v *ir.Value, brought *ir.Type) {
	from, to := a.fitter("").Named(brought), v.Declared
	if from != nil && from.Kind == ir.KindInt && to.Kind == ir.KindFloat && len(to.Enum) == 0 && !a.dry {
		own := *to
		own.Kind = ir.KindInt
		v.Declared = &own
	}
}

// edgeFitter keeps symbols apart by what the edge begins at: two results of one
// node share their symbols, results of two nodes do not.
func (a *assignment) edgeFitter(e *ir.Edge) *assign.Fitter {
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
	case old == nil || assign.New(a.p.b).Fit(t, old).Verdict == assign.Fits:
		e.Check = t
	case assign.New(a.p.b).Fit(old, t).Verdict != assign.Fits:
		a.errorf(diag.TypeMismatch, first(e.Pos, v.Pos), "%s would be checked against %s and %s, bentoc checks an edge once", e.Ref(), assign.Describe(a.p.b, old), assign.Describe(a.p.b, t)).
			Hintf("declare one type that is both")
	}
}

// mismatch reports that a value does not fit. Wanted is where the type that it
// does not fit is written.
func (a *assignment) mismatch(v *ir.Value, what string, wanted ir.Pos, c assign.Result) *diag.Diagnostic {
	d := a.errorf(diag.TypeMismatch, edgePos(v), "%s does not fit %s: %s", what, a.place(), c)
	if a.dry {
		return d
	}
	a.alsoOrigin(d, v)
	switch wanted = first(wanted, a.takerPos()); {
	case !wanted.IsValid():
	case a.at.Role == ir.RoleIn:
		d.Also(wanted, "%s is declared here", a.place())
	default:
		d.Also(wanted, "the type is declared here")
	}
	return d
}

// edgePos is where a value is written.
func edgePos(v *ir.Value) ir.Pos {
	if v.Edge != nil {
		return first(v.Edge.Pos, v.Pos)
	}
	return v.Pos
}

// alsoOrigin adds to d what an edge leads to.
func (a *assignment) alsoOrigin(d *diag.Diagnostic, v *ir.Value) {
	if v.Edge == nil || a.dry {
		return
	}
	in, err := a.p.scopes[a.graph].EdgeType(v.Edge)
	if err == nil && in.Type != nil {
		d.Also(first(in.Type.Pos, a.p.originPos(a.graph, v.Edge)), "%s is %s", v.Edge.Ref(), assign.Describe(a.p.b, in.Type))
	}
}

// fromClient tells whether what a value is made of came with the request.
func (p *pass) fromClient(graph string, v *ir.Value) bool {
	if p.clients == nil {
		p.clients = p.b.ClientGraphs()
	}
	return p.scopes[graph].FromClient(v, p.clients[graph])
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
	t, pos := a.at.Node.Argument(a.p.b)
	return first(posOf(t), pos)
}
