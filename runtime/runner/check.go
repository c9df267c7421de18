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

// shapeKey tells items apart that cannot run together: those of different shapes, and of
// different values of what is one for all. Where two that differ have one key, which is
// rare, the engine refuses to run them together.
func (o *opened) shapeKey(inputs []tensor.Tensor) uint64 {
	h := uint64(14695981039346656037) // FNV-1a over words
	for i := range inputs {
		for _, d := range inputs[i].Shape {
			h = (h ^ uint64(d)) * 1099511628211
			h ^= h >> 29
		}
		h = (h ^ 0x9e3779b97f4a7c15) * 1099511628211
		if o.signature.Inputs[i].Shared {
			h = valueKey(h, &inputs[i])
		}
	}
	return h
}

// valueKey mixes the elements of a tensor into h.
func valueKey(h uint64, t *tensor.Tensor) uint64 {
	for _, b := range t.Data {
		h = (h ^ uint64(b)) * 1099511628211
	}
	for _, s := range t.Strings {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
		h = (h ^ uint64(len(s))) * 1099511628211
	}
	return h ^ h>>29
}
