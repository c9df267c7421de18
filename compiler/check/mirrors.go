package check

import (
	"time"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkMirrors sees that the second runner of a node takes all that its own one takes and
// gives what can be compared.
func checkMirrors(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			if n.Mirror == nil {
				return
			}
			at := p.nodePath(name, path) + ".mirror"
			if n.Kind() != ir.NodeCall {
				p.errorf(diag.UnknownField, first(n.Mirror.Pos, n.Pos), at, "only a node with call has a mirror").
					Hintf("give it to the nodes inside")
				return
			}
			p.mirror(at, n)
		})
	}
}

func (p *pass) mirror(at string, n *ir.Node) {
	m := n.Mirror
	pos := first(m.Pos, n.Pos)
	switch {
	case p.b.Runners[m.Call] == nil || p.b.Runners[n.Call] == nil:
		return // which other rules have reported
	case m.Call == n.Call:
		p.errorf(diag.BadMirror, pos, at+".call", "runner %s would be compared with itself", n.Call).
			Hintf("call the runner that is to take its place")
		return
	case p.b.Runners[m.Call].State != nil:
		p.errorf(diag.BadMirror, pos, at+".call", "runner %s has state, and a mirror would see some of its calls, in no order", m.Call).
			Also(p.b.Runners[m.Call].State.Pos, "its state is here")
		return
	case m.TimeoutMs > float64(maxTimeout/time.Millisecond):
		p.errorf(diag.ResourceBounds, pos, at+".timeout", "timeout is longer than a day").Hintf("give at most 24h")
	}
	in, out := p.b.RunnerInput(n.Call), p.b.RunnerOutput(n.Call)
	in2, out2 := p.b.RunnerInput(m.Call), p.b.RunnerOutput(m.Call)
	if in == nil || out == nil || in2 == nil || out2 == nil {
		return // of models that are not locked yet
	}
	for _, t := range []*ir.Type{in, in2, out, out2} {
		if held := p.part(t, map[string]bool{}, notCopied); held != nil {
			p.errorf(diag.BadMirror, pos, at, "node %s cannot be mirrored: of %s there are no copies", n.Name, assign.Describe(p.b, held)).
				Hintf("mirror a node that comes before or after").
				Also(first(held.Pos, t.Pos), "it is here")
			return
		}
	}
	p.fits(pos, at, "runner "+m.Call+" does not take all that runner "+n.Call+" takes", in, in2)
	other := "what runner " + m.Call + " gives is not what runner " + n.Call + " gives"
	if p.fits(pos, at, other, out2, out) {
		p.fits(pos, at, other, out, out2)
	}
}

// fits reports a type that does not always fit another one, and tells whether it does.
func (p *pass) fits(pos ir.Pos, at, what string, from, to *ir.Type) bool {
	r := assign.New(p.b).Fit(from, to)
	if r.Verdict == assign.Fits {
		return true
	}
	why := r.Why
	if r.Where != "" {
		why = r.Where + ": " + why
	}
	p.errorf(diag.BadMirror, pos, at, "%s: %s", what, why).
		Also(from.Pos, "%s is here", assign.Describe(p.b, from)).
		Also(to.Pos, "%s is here", assign.Describe(p.b, to))
	return false
}

// notCopied reports whether a mirror has no copies of values of a type.
func notCopied(t *ir.Type) bool {
	switch t.Kind {
	case ir.KindUnion:
		return !nullable(t)
	case ir.KindImage, ir.KindAudio, ir.KindFile, ir.KindStream, ir.KindTable:
		return true
	}
	return false
}

// nullable reports whether a union is one type or null.
func nullable(t *ir.Type) bool {
	return len(t.Arms) == 2 && (t.Arms[0].Kind == ir.KindNull || t.Arms[1].Kind == ir.KindNull)
}
