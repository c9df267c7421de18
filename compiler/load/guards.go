package load

import (
	"bentoc.dev/compiler/diag"
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
	if m := get(v, "mirror"); m.Exists() {
		n.Mirror = d.mirror(m, join(at, "mirror"))
	}
	n.Cache = d.cache(v, at)
}

// cacheBytes is what a cache may hold that does not say.
const cacheBytes = 64 << 20

// cache reads what is kept of answers, nil for nothing.
func (d *decoder) cache(v cue.Value, at string) *ir.Cache {
	c := get(v, "cache")
	if !c.Exists() {
		return nil
	}
	at = join(at, "cache")
	k := &ir.Cache{TTLMs: d.milliseconds(c, "ttl", at), MaxBytes: cacheBytes, Pos: d.index.labelPos(at)}
	if get(c, "maxBytes").Exists() {
		k.MaxBytes = d.size(c, "maxBytes", at)
	}
	return k
}

// What a mirror is that does not say.
const (
	mirrorTimeoutMs = 10_000
	mirrorInFlight  = 4
)

func (d *decoder) mirror(v cue.Value, at string) *ir.Mirror {
	m := &ir.Mirror{
		Call:  d.reference(get(v, "call"), "runners", join(at, "call"), diag.UnknownRunner),
		Share: 1, TimeoutMs: mirrorTimeoutMs, MaxInFlight: mirrorInFlight,
		Pos: d.index.labelPos(at),
	}
	if get(v, "share").Exists() {
		m.Share, _ = scalar(v, "share").Float64() // what is no number CUE has said
	}
	m.Tolerance, _ = scalar(v, "tolerance").Float64()
	if get(v, "timeout").Exists() {
		m.TimeoutMs = d.milliseconds(v, "timeout", at)
	}
	if get(v, "maxInFlight").Exists() {
		m.MaxInFlight = d.number(v, "maxInFlight", at)
	}
	return m
}

// milliseconds reads a length of time, 0 where there is none.
func (d *decoder) milliseconds(v cue.Value, field, at string) float64 {
	return float64(d.duration(v, field, at).Microseconds()) / 1000
}
