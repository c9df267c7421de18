package diff

import (
	"fmt"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// compare reports what has changed at a spot and below it, and tells whether anything of
// that is not safe. Where the producer's type does not fit and nothing below says why,
// the spot itself is reported: a break is never passed over.
func (j *judge) compare(s spot, open map[visit]bool) bool {
	s.old.Type, s.new.Type = j.w.old.Resolve(s.old.Type), j.w.new.Resolve(s.new.Type)
	v := visit{s.old.Type, s.new.Type}
	if s.old.Type == nil || s.new.Type == nil || open[v] || j.w.alike(s.old.Type, s.new.Type) {
		return false
	}
	open[v] = true
	defer delete(open, v)
	p, c := j.sides(s)
	fit := j.fitter().Fit(p, c)
	s.covered = s.covered || fit.Verdict == assign.Fits
	bad := false
	switch {
	case p.Kind != c.Kind && (p.Kind == ir.KindAny || c.Kind == ir.KindAny):
		return j.aspect(s, &typeAspect)
	case p.Kind == ir.KindUnion || c.Kind == ir.KindUnion:
		bad = j.arms(s, open)
	case p.Kind != c.Kind:
		return j.aspect(s, &typeAspect)
	default:
		for i := range aspects {
			bad = j.aspect(s, &aspects[i]) || bad
		}
		bad = j.inside(s, open) || bad
	}
	if fit.Verdict != assign.Fits && !s.covered && !bad {
		return j.whole(s, fit)
	}
	return bad
}

// whole reports a spot of which no part says what does not fit.
func (j *judge) whole(s spot, fit assign.Result) bool {
	before, after := j.texts(s)
	return j.breaks(s, j.id("type", true), Finding{Before: before, After: after}, j.candidates(s), nil)
}

func (j *judge) texts(s spot) (before, after string) {
	return assign.Describe(j.w.old, s.old.Type), assign.Describe(j.w.new, s.new.Type)
}

// id is the rule for an aspect: of requests, less is taken now (narrowed) or more
// (widened); of answers, more may come (widened) or less (narrowed).
func (j *judge) id(aspect string, less bool) string {
	word := map[bool]string{true: "narrowed", false: "widened"}[less == (j.direction == Request)]
	return string(j.direction) + "-" + aspect + "-" + word
}

// aspect compares one aspect of two types of a kind.
func (j *judge) aspect(s spot, a *aspect) bool {
	if a.same(s.old.Type, s.new.Type) {
		return false
	}
	p, c := j.sides(s)
	f := Finding{Before: a.text(j.w.old, s.old.Type), After: a.text(j.w.new, s.new.Type)}
	if f.Before == f.After {
		f.Before, f.After = a.raw(s.old.Type), a.raw(s.new.Type)
	}
	var apart func(ir.Const) bool
	if !a.parts {
		// What the producer has, with the consumer's side of this aspect alone.
		one := a.of(p, c)
		own := assign.Across(j.prod, j.prod, j.wire)
		if own.Fit(p, one).Verdict == assign.Fits {
			f.Reason = map[Direction]string{Request: "all that was taken still is", Answer: "all that may come was allowed already"}[j.direction]
			j.report(s, j.id(a.name, false), f)
			return false
		}
		apart = func(v ir.Const) bool { return own.Takes(v, one).Verdict == assign.No }
	} else if j.fitter().Fit(p, c).Verdict == assign.Fits {
		f.Reason = map[Direction]string{Request: "all that was taken still is", Answer: "all that may come was allowed already"}[j.direction]
		j.report(s, j.id(a.name, false), f)
		return false
	}
	return j.breaks(s, j.id(a.name, true), f, j.candidates(s), apart)
}

// inside compares what two types of one kind are made of.
func (j *judge) inside(s spot, open map[visit]bool) (bad bool) {
	p, c := j.sides(s)
	sub := func(suffix string, i int, old, new *ir.Type) {
		if old == nil || new == nil {
			return
		}
		part := s
		part.oldPath, part.path = s.oldPath+suffix, s.path+suffix
		part.old, part.new = &Place{Direction: j.direction, Type: old}, &Place{Direction: j.direction, Type: new}
		part.embed = func(v ir.Const) (ir.Const, bool) {
			if p.Kind == ir.KindMap {
				n := 1
				if p.MinLen != nil {
					n = max(n, int(min(*p.MinLen, maxItems)))
				}
				return embedded(s, func() (ir.Const, bool) { return j.make.mapOf(p, n, v, 0) })
			}
			if p.Kind == ir.KindTable {
				return embedded(s, func() (ir.Const, bool) { return j.make.table(p, lengthWith(p, 0), v, 0) })
			}
			return embedded(s, func() (ir.Const, bool) { return j.make.list(p, lengthWith(p, i), i, v, 0) })
		}
		bad = j.compare(part, open) || bad
	}
	if p.Kind == ir.KindObject && c.Kind == ir.KindObject {
		return j.fields(s, open)
	}
	for i := range max(len(s.old.Type.Prefix), len(s.new.Type.Prefix)) {
		sub(fmt.Sprintf("[%d]", i), i, assign.Part(s.old.Type, i), assign.Part(s.new.Type, i))
	}
	sub("[]", len(p.Prefix), s.old.Type.Elem, s.new.Type.Elem)
	return bad
}

func embedded(s spot, inner func() (ir.Const, bool)) (ir.Const, bool) {
	v, ok := inner()
	if !ok {
		return nil, false
	}
	return s.embed(v)
}
