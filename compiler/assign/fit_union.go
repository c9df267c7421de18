package assign

import (
	"slices"

	"bentoc.dev/compiler/ir"
)

// eachArm: every arm of the producer has to fit; where only some do, the server
// looks which one it has.
func (f *Fitter) eachArm(p, c *ir.Type) Result {
	fits, bad := 0, sure()
	for _, arm := range p.Arms {
		a := f.Fit(arm, c)
		if a.Verdict != No {
			fits++
		}
		bad = bad.and(a)
	}
	if bad.Verdict == No && fits > 0 {
		bad.Verdict = FitsAtRunTime
	}
	return bad
}

// someArm: the producer has to fit one arm of the consumer. Arms that do not fit
// leave no trace in the sizes of symbols.
func (f *Fitter) someArm(p, c *ir.Type) Result {
	if parts := f.byTag(p, c); parts != nil {
		return f.eachArm(&ir.Type{Kind: ir.KindUnion, Arms: parts}, c)
	}
	best, failed, near := Result{}, Result{}, 0
	for _, arm := range c.Arms {
		saved := f.sizes.Clone()
		a := f.Fit(p, arm)
		if a.Verdict == Fits {
			return a
		}
		if a.Verdict == FitsAtRunTime && best.Verdict == No {
			best = a
			continue
		}
		*f.sizes = *saved
		if k, from := f.Named(arm), f.given(p); k != nil && from != nil && k.Kind == from.Kind {
			near++
			failed = a
		}
	}
	switch {
	case best.Verdict == FitsAtRunTime:
		return best
	case near == 1:
		return failed
	}
	return Never("%s fits none of %s", Describe(f.b, p), Describe(f.b, c))
}

// byTag takes an object apart by the values of the field that tells the arms of c
// apart, nil where it does not list several: {kind: "circle" | "box"} may fit one arm
// with each.
func (f *Fitter) byTag(p, c *ir.Type) (parts []*ir.Type) {
	i := slices.IndexFunc(p.Fields, func(field ir.Field) bool { return field.Name == c.Discriminator })
	if c.Discriminator == "" || p.Kind != ir.KindObject || i < 0 {
		return nil
	}
	tag := f.given(p.Fields[i].Type)
	if tag == nil || len(tag.Enum) < 2 {
		return nil
	}
	for _, v := range tag.Enum {
		one, part := *tag, *p
		one.Enum = []ir.Const{v}
		part.Fields = slices.Clone(p.Fields)
		part.Fields[i].Type = &one
		parts = append(parts, &part)
	}
	return parts
}
