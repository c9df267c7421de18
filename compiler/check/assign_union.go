package check

import (
	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// arms finds the arm that a value made of values is for. Where one alone can fit, the
// value is checked against it. Where several can, as of {kind: #input.kind, …}, the
// server looks which one a value is of. Where none can, the arm that the value's
// constants point at says why.
func (a *assignment) arms(v *ir.Value, union *ir.Type) {
	var fits []*ir.Type
	var sizes *assign.Sizes
	for _, arm := range union.Arms {
		try := *a
		try.dry, try.failed, try.dims = true, false, a.dims.Clone()
		try.plain(v, arm)
		if !try.failed {
			fits, sizes = append(fits, arm), try.dims
		}
	}
	switch {
	case len(fits) > 1:
		a.inside(v)
	case len(fits) == 1 && a.dry:
		*a.dims = *sizes
	case len(fits) == 1:
		a.plain(v, fits[0])
	default:
		if arm := a.meant(v, union); arm != nil && !a.dry {
			a.plain(v, arm)
			return
		}
		a.mismatch(v, valueName(v), union.Pos, assign.Never("it fits none of %s", assign.Describe(a.p.b, union)))
	}
}

// meant gives the only arm whose constants the value has, nil where there is
// none or more: of {kind: "circle", …} | {kind: "box", …} the one of its kind.
func (a *assignment) meant(v *ir.Value, union *ir.Type) *ir.Type {
	var found *ir.Type
	for _, arm := range union.Arms {
		t := a.fitter("").Named(arm)
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
		if want := a.fitter("").Named(field.Type); want == nil || len(want.Enum) == 0 {
			continue
		}
		if a.fitter("").Conforms(m.Value.Const, field.Type).Verdict != assign.Fits {
			return false
		}
		listed = true
	}
	return listed
}
