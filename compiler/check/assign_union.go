package check

import "bentoc.dev/compiler/ir"

// arms finds the arm that a value made of values is for: the first that fits.
// Where none does, the arm that the value's constants point at says why.
func (a *assignment) arms(v *ir.Value, union *ir.Type) {
	for _, arm := range union.Arms {
		try := *a
		try.dry, try.failed, try.dims = true, false, a.dims.clone()
		try.plain(v, arm)
		if try.failed {
			continue
		}
		if a.dry {
			*a.dims = *try.dims
		} else {
			a.plain(v, arm)
		}
		return
	}
	if arm := a.meant(v, union); arm != nil && !a.dry {
		a.plain(v, arm)
		return
	}
	a.mismatch(v, valueName(v), union.Pos, never("it fits none of %s", describe(a.p.b, union)))
}

// meant gives the only arm whose constants the value has, nil where there is
// none or more: of {kind: "circle", …} | {kind: "box", …} the one of its kind.
func (a *assignment) meant(v *ir.Value, union *ir.Type) *ir.Type {
	var found *ir.Type
	for _, arm := range union.Arms {
		t := a.fitter("").named(arm)
		if t == nil || t.Kind != ir.KindObject || !a.pointsAt(v, t) {
			continue
		}
		if found != nil {
			return nil
		}
		found = arm
	}
	return found
}

// pointsAt reports whether v sets a field of which t lists the values, and none
// of those to another value.
func (a *assignment) pointsAt(v *ir.Value, t *ir.Type) bool {
	listed := false
	for _, m := range v.Object {
		field := t.Field(m.Name)
		if field == nil || m.Value.Const == nil {
			continue
		}
		if want := a.fitter("").named(field.Type); want == nil || len(want.Enum) == 0 {
			continue
		}
		if a.fitter("").conforms(m.Value.Const, field.Type).verdict != yes {
			return false
		}
		listed = true
	}
	return listed
}
