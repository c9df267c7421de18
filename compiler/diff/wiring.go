package diff

import (
	"bytes"
	"cmp"

	"bentoc.dev/compiler/ir"
)

// wiring compares where two run-time values of a graph come from.
type wiring struct {
	c *Call
	// oldGraph and graph are the paths of the graphs that the values stand in.
	oldGraph, graph string
	found           func(field string, old, new *ir.Value)
}

// value goes down as far as both sides are made of fields alike, so that what is found is
// the smallest part that comes from elsewhere.
func (w wiring) value(field string, old, new *ir.Value) {
	switch {
	case w.same(old, new):
	case old != nil && new != nil && len(old.Object) > 0 && len(new.Object) > 0:
		for _, m := range old.Object {
			w.value(joinPath(field, m.Name), m.Value, member(new, m.Name))
		}
		for _, m := range new.Object {
			if member(old, m.Name) == nil {
				w.value(joinPath(field, m.Name), nil, m.Value)
			}
		}
	default:
		w.found(field, old, new)
	}
}

func member(v *ir.Value, name string) *ir.Value {
	for _, m := range v.Object {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// same tells whether two values come from the same, whatever that is called.
func (w wiring) same(old, new *ir.Value) bool {
	switch {
	case old == nil || new == nil:
		return old == new
	case old.Edge != nil && new.Edge != nil:
		return w.sameEdge(old.Edge, new.Edge)
	case old.Const != nil && new.Const != nil:
		return sameConst(old.Const, new.Const)
	case old.Edge != nil || new.Edge != nil || old.Const != nil || new.Const != nil:
		return false
	case old.Empty != new.Empty || len(old.Object) != len(new.Object) || len(old.List) != len(new.List):
		return false
	}
	for _, m := range old.Object {
		if other := member(new, m.Name); other == nil || !w.same(m.Value, other) {
			return false
		}
	}
	for i, m := range old.List {
		if !w.same(m, new.List[i]) {
			return false
		}
	}
	return true
}

func (w wiring) sameEdge(old, new *ir.Edge) bool {
	if old.From != new.From || len(old.Path) != len(new.Path) {
		return false
	}
	for i := range old.Path {
		if old.Path[i] != new.Path[i] {
			return false
		}
	}
	return old.Node == new.Node && old.Node == "" || w.c.same(w.oldGraph+".nodes."+old.Node, w.graph+".nodes."+new.Node)
}

func sameConst(old, new ir.Const) bool {
	a, errA := ir.CanonicalConst(old)
	b, errB := ir.CanonicalConst(new)
	if errA != nil || errB != nil {
		return bytes.Equal(old, new)
	}
	return bytes.Equal(a, b)
}

// rewired is the finding about a value that comes from elsewhere; what names whatever
// gets it.
func rewired(what string, old, new *ir.Value) Finding {
	f := Finding{Before: valueText(old), After: valueText(new)}
	if old != nil {
		f.Old = old.Pos
	}
	if new != nil {
		f.New = new.Pos
	}
	switch {
	case old == nil:
		f.Reason = what + " is " + f.After + ", where nothing was given"
	case new == nil:
		f.Reason = what + " is not given any more"
	case old.Const != nil && new.Const != nil:
		f.Reason = what + " is another constant"
	case new.Const != nil:
		f.Reason = what + " is a constant, and no longer comes from " + f.Before
	case old.Const != nil:
		f.Reason = what + " comes from " + f.After + ", and is no longer the constant " + f.Before
	default:
		f.Reason = what + " comes from " + cmp.Or(f.After, "elsewhere")
	}
	return f
}
