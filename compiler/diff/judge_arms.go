package diff

import (
	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// arms compares a union with a union, or with a type that is no union: that is one of one
// arm.
func (j *judge) arms(s spot, open map[visit]bool) (bad bool) {
	old, new := armsOf(j.w.old, s.old.Type), armsOf(j.w.new, s.new.Type)
	if s.old.Type.Kind == ir.KindUnion && s.new.Type.Kind == ir.KindUnion {
		bad = j.aspect(s, &tagAspect)
	}
	to := pairArms(j, old, new)
	taken := map[int]bool{}
	for i, arm := range old {
		k := to[i]
		if k < 0 {
			bad = j.armGone(s, arm) || bad
			continue
		}
		taken[k] = true
		part := s
		part.old, part.new = &Place{Direction: j.direction, Type: arm, Field: s.old.Field}, &Place{Direction: j.direction, Type: new[k], Field: s.new.Field}
		bad = j.compare(part, open) || bad
	}
	for k, arm := range new {
		if !taken[k] {
			bad = j.armCame(s, arm) || bad
		}
	}
	return bad
}

// armGone: the new side does not have an arm of the old one.
func (j *judge) armGone(s spot, arm *ir.Type) bool {
	f := Finding{Before: assign.Describe(j.w.old, arm), After: assign.Describe(j.w.new, s.new.Type)}
	if j.direction == Request {
		return j.breaks(s, "request-arm-removed", f, j.make.values(arm, 0), nil)
	}
	f.Reason = "it does not come any more"
	j.report(s, "answer-arm-removed", f)
	return false
}

// armCame: the old side does not have an arm of the new one.
func (j *judge) armCame(s spot, arm *ir.Type) bool {
	f := Finding{Before: assign.Describe(j.w.old, s.old.Type), After: assign.Describe(j.w.new, arm)}
	if j.direction == Answer {
		return j.breaks(s, "answer-arm-added", f, j.make.values(arm, 0), nil)
	}
	f.Reason = "it is taken too"
	j.report(s, "request-arm-added", f)
	return false
}

func armsOf(b *ir.Bento, t *ir.Type) (arms []*ir.Type) {
	if t.Kind != ir.KindUnion {
		return []*ir.Type{t}
	}
	for _, a := range t.Arms {
		if r := b.Resolve(a); r != nil && r.Kind == ir.KindUnion {
			arms = append(arms, armsOf(b, r)...)
		} else if r != nil {
			arms = append(arms, r)
		}
	}
	return arms
}

// pairArms gives for each old arm the new one that it became, -1 for none: first arms
// that are alike, then those with the same constants in a field, then the only ones left
// of a kind, then of a kind of JSON.
func pairArms(j *judge, old, new []*ir.Type) []int {
	to := make([]int, len(old))
	taken := map[int]bool{}
	for i := range to {
		to[i] = -1
	}
	match := func(alike func(a, b *ir.Type) bool) {
		for i, a := range old {
			found, n := -1, 0
			for k, b := range new {
				if to[i] < 0 && !taken[k] && alike(a, b) {
					found = k
					n++
				}
			}
			rivals := 0
			for m, other := range old {
				if found >= 0 && to[m] < 0 && alike(other, new[found]) {
					rivals++
				}
			}
			if n == 1 && rivals == 1 {
				to[i], taken[found] = found, true
			}
		}
	}
	match(func(a, b *ir.Type) bool { return j.w.alike(a, b) })
	match(func(a, b *ir.Type) bool { return sameTag(j.w, a, b) })
	match(func(a, b *ir.Type) bool { return a.Kind == b.Kind })
	match(func(a, b *ir.Type) bool { return a.Kind.JSON() != "" && a.Kind.JSON() == b.Kind.JSON() })
	return to
}

// sameTag tells whether two objects have a field of the same constant.
func sameTag(w *walk, a, b *ir.Type) bool {
	for i := range a.Fields {
		from, to := w.old.Resolve(a.Fields[i].Type), b.Field(a.Fields[i].Name)
		if to == nil || from == nil || len(from.Enum) != 1 {
			continue
		}
		if t := w.new.Resolve(to.Type); t != nil && len(t.Enum) == 1 && string(t.Enum[0]) == string(from.Enum[0]) {
			return true
		}
	}
	return false
}
