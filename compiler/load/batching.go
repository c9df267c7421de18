package load

import (
	"cuelang.org/go/cue"

	"bentoc.dev/compiler/ir"
)

func (d *decoder) batching(v cue.Value, at string) *ir.Batching {
	b := &ir.Batching{
		MaxSize:         d.number(v, "maxSize", at),
		LatencyTargetMs: float64(d.duration(v, "latencyTarget", at).Microseconds()) / 1000,
		Pos:             d.index.labelPos(at),
	}
	if f := get(v, "fixed"); f.Exists() {
		wait := d.duration(f, "wait", join(at, "fixed"))
		b.Fixed = &ir.FixedBatching{WaitMs: float64(wait.Microseconds()) / 1000}
	}
	if c := get(v, "cost"); c.Exists() {
		b.Cost = &ir.BatchCost{Of: text(c, "of"), Dimensions: texts(get(c, "of")), Max: d.number(c, "max", join(at, "cost"))}
	}
	if p := get(v, "pad"); p.Exists() {
		b.Pad = &ir.BatchPad{Of: text(p, "of"), Pos: d.index.labelPos(join(at, "pad"))}
		b.Pad.Value, _ = scalar(p, "value").Float64()
		b.Pad.Budget, _ = scalar(p, "budget").Float64()
	}
	if p := get(v, "profile"); p.Exists() {
		b.Profile = d.batchProfile(p, join(at, "profile"))
	}
	return b
}

func (d *decoder) batchProfile(v cue.Value, at string) *ir.BatchProfile {
	unit, _ := scalar(v, "unit").String()
	p := &ir.BatchProfile{Unit: unit}
	it, err := get(v, "sizes").List()
	if err != nil {
		return p // which CUE reports
	}
	for it.Next() {
		s := it.Value()
		work, _ := scalar(s, "work").Float64()
		seconds, _ := scalar(s, "seconds").Float64()
		p.Sizes = append(p.Sizes, ir.BatchSize{Work: work, Seconds: seconds, Runs: d.number(s, "runs", join(at, "sizes"))})
	}
	return p
}
