package load

import (
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

// defaultBackoff is the pause before a second attempt of a retry that does not say, in
// milliseconds.
const defaultBackoffMs = 20

// guard reads what is done about a node that fails or is slow.
func (d *valuer) guard(n *ir.Node, v cue.Value, at string) {
	n.TimeoutMs = d.milliseconds(v, "timeout", at)
	if r := get(v, "retry"); r.Exists() {
		p := join(at, "retry")
		n.Retry = &ir.Retry{
			MaxAttempts:      d.number(r, "maxAttempts", p),
			InitialBackoffMs: d.milliseconds(r, "initialBackoff", p),
			Pos:              d.index.labelPos(p),
		}
		if !get(r, "initialBackoff").Exists() {
			n.Retry.InitialBackoffMs = defaultBackoffMs
		}
	}
	if f := get(v, ir.FallbackArm); f.Exists() {
		n.Fallback = d.branch(f, ir.FallbackArm, join(at, ir.FallbackArm))
	}
}

// milliseconds reads a length of time, 0 where there is none.
func (d *decoder) milliseconds(v cue.Value, field, at string) float64 {
	return float64(d.duration(v, field, at).Microseconds()) / 1000
}
