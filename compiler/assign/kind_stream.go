package assign

import "bentoc.dev/compiler/ir"

// stream compares what the items may be: each goes through by itself.
func (f *Fitter) stream(p, c *ir.Type) Result {
	if p.Elem == nil || c.Elem == nil {
		return sure() // load has said so
	}
	return f.item(p.Elem, c.Elem).in("[]")
}

func streamText(b *ir.Bento, t *ir.Type, depth int) string {
	return "stream of " + describeTo(b, t.Elem, depth-1)
}
