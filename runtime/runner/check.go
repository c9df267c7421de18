package runner

import (
	"slices"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/tensor"
)

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

// ragged says whether items may be of several shapes.
func ragged(inputs []engine.Tensor) bool {
	for i := range inputs {
		if inputs[i].Shape == nil || slices.Contains(inputs[i].Shape, -1) {
			return true
		}
	}
	return false
}

// bytes is the work that an item of any shape is, at a guess: its size.
func bytes(inputs []tensor.Tensor) float64 {
	n := 1
	for i := range inputs {
		n += len(inputs[i].Data) + len(inputs[i].Strings)
	}
	return float64(n)
}
