package check

import "bentoc.dev/compiler/ir"

// eachArm: every arm of the producer has to fit; where only some do, the server
// looks which one it has.
func (f *fitter) eachArm(p, c *ir.Type) answer {
	fits, bad := 0, sure()
	for _, arm := range p.Arms {
		a := f.fit(arm, c)
		if a.verdict != no {
			fits++
		}
		bad = bad.and(a)
	}
	if bad.verdict == no && fits > 0 {
		bad.verdict = checked
	}
	return bad
}

// someArm: the producer has to fit one arm of the consumer. Arms that do not fit
// leave no trace in the sizes of symbols.
func (f *fitter) someArm(p, c *ir.Type) answer {
	best, failed, near := answer{}, answer{}, 0
	for _, arm := range c.Arms {
		saved := f.dims.clone()
		a := f.fit(p, arm)
		if a.verdict == yes {
			return a
		}
		if a.verdict == checked && best.verdict == no {
			best = a
			continue
		}
		*f.dims = *saved
		if k := f.named(arm); k != nil && f.named(p) != nil && k.Kind == f.named(p).Kind {
			near++
			failed = a
		}
	}
	switch {
	case best.verdict == checked:
		return best
	case near == 1:
		return failed
	}
	return never("%s fits none of %s", describe(f.b, p), describe(f.b, c))
}
