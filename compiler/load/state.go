package load

import (
	"cuelang.org/go/cue"

	"bentoc.dev/compiler/ir"
)

// state reads what a runner keeps of its sessions.
func (d *decoder) state(v cue.Value, at string) *ir.State {
	s := &ir.State{
		Overlap:     d.numbers(get(v, "overlap"), join(at, "overlap")),
		MaxSessions: d.number(v, "maxSessions", at),
		MaxBytes:    d.size(v, "maxBytes", at),
		TTLMs:       float64(d.duration(v, "ttl", at).Microseconds()) / 1000,
		Pos:         d.index.labelPos(at),
	}
	for name, t := range named(d, get(v, "tensors"), join(at, "tensors"), d.stateTensor) {
		if s.Tensors == nil {
			s.Tensors = map[string]ir.StateTensor{}
		}
		s.Tensors[name] = *t
	}
	return s
}

func (d *decoder) stateTensor(v cue.Value, _, at string) *ir.StateTensor {
	t := &ir.StateTensor{From: text(v, "from"), Pos: d.index.labelPos(at)}
	shape := get(v, "shape")
	if !shape.Exists() {
		return t
	}
	it, err := shape.List()
	if err != nil {
		return t // which CUE reports
	}
	t.Shape = []int{}
	for it.Next() {
		n, _ := it.Value().Int64()
		t.Shape = append(t.Shape, int(n))
	}
	return t
}
