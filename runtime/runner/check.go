package runner

import "bentoc.dev/runtime/tensor"

// check compares an item with the inputs.
func (o *opened) check(inputs []tensor.Tensor) error {
	if len(inputs) != len(o.signature.Inputs) {
		return o.badInput("%d inputs given, the model takes %d", len(inputs), len(o.signature.Inputs))
	}
	for i := range inputs {
		t, p := &inputs[i], &o.signature.Inputs[i]
		if t.DType != p.DType {
			return o.badInput("input %s: got a tensor of %s, the model takes %s", p.Name, t.DType, p.DType)
		}
		if p.Shape != nil && !tensor.Fits(t.Shape, p.Shape) || len(t.Shape) < p.Rank {
			return o.badInput("input %s: got a tensor of shape %s, the model takes %s", p.Name, tensor.ShapeText(t.Shape), tensor.ShapeText(p.Shape))
		}
		if err := t.Check(); err != nil {
			return o.badInput("input %s: %s", p.Name, err)
		}
	}
	return nil
}

// shapeKey tells items of different shapes apart, which cannot run together.
func shapeKey(inputs []tensor.Tensor) uint64 {
	h := uint64(14695981039346656037) // FNV-1a over words
	for i := range inputs {
		for _, d := range inputs[i].Shape {
			h = (h ^ uint64(d)) * 1099511628211
			h ^= h >> 29
		}
		h = (h ^ 0x9e3779b97f4a7c15) * 1099511628211
	}
	return h
}
