package load

import (
	"cuelang.org/go/cue"

	"bentoc.dev/compiler/ir"
)

// rateLimit gives what v says of how many requests may come in a time, nil where it does
// not.
func (d *decoder) rateLimit(v cue.Value, at string) *ir.RateLimit {
	x := get(v, "rateLimit")
	if !x.Exists() {
		return nil
	}
	at = join(at, "rateLimit")
	limit := &ir.RateLimit{All: d.rate(x, "all", at), Pos: d.index.labelPos(at)}
	t := get(x, "tenants")
	if !t.Exists() {
		return limit
	}
	at = join(at, "tenants")
	limit.Tenants = &ir.TenantRates{Header: text(t, "header"), Each: d.rate(t, "each", at)}
	limit.Tenants.Named = named(d, get(t, "named"), join(at, "named"), d.rateOf)
	return limit
}

// rate gives a rate, nil where there is none.
func (d *decoder) rate(v cue.Value, field, at string) *ir.Rate {
	x := get(v, field)
	if !x.Exists() {
		return nil
	}
	return d.rateOf(x, field, join(at, field))
}

func (d *decoder) rateOf(v cue.Value, _, at string) *ir.Rate {
	r := &ir.Rate{Requests: d.number(v, "requests", at), PerMs: d.duration(v, "per", at).Milliseconds(), Burst: d.number(v, "burst", at), Pos: d.index.labelPos(at)}
	if !get(v, "per").Exists() {
		r.PerMs = 1000
	}
	if r.Burst == 0 && r.PerMs > 0 {
		r.Burst = int(max((int64(r.Requests)*1000+r.PerMs-1)/r.PerMs, 1)) // those of a second
	}
	return r
}
