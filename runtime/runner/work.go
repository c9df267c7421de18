package runner

import (
	"slices"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/tensor"
)

// Work is what the work of a run is counted in, where the bento says so: the cost of
// batches is learned by it, and it bounds them.
type Work struct {
	// Unit names it, such as "bytes", in what is shown of the runner.
	Unit string
	// Of is how much an item is.
	Of func(inputs []tensor.Tensor) float64
	// Max is the most that several items may be together; 0 is any. One item that is
	// more runs alone.
	Max float64
}

// Axis is a dimension of an input of one item, both from 0.
type Axis struct{ Input, Axis int }

// Elements counts the elements of all inputs.
func Elements(inputs []tensor.Tensor) (n float64) {
	for i := range inputs {
		n += elements(&inputs[i])
	}
	return n
}

func elements(t *tensor.Tensor) float64 {
	if t.List != nil {
		return Elements(t.List)
	}
	n := 1.0
	for _, d := range t.Shape {
		n *= float64(d)
	}
	return n
}

// Bytes counts the bytes of all inputs, those of texts included.
func Bytes(inputs []tensor.Tensor) (n float64) {
	for i := range inputs {
		t := &inputs[i]
		n += float64(len(t.Data)) + Bytes(t.List)
		for _, s := range t.Strings {
			n += float64(len(s))
		}
	}
	return n
}

// Lengths gives what counts the product of the lengths of dimensions, such as the
// pixels of a picture or the length of a sentence. A dimension that an item does not
// have counts as 1.
func Lengths(of ...Axis) func(inputs []tensor.Tensor) float64 {
	return func(inputs []tensor.Tensor) float64 {
		n := 1.0
		for _, a := range of {
			if a.Input < len(inputs) && a.Axis < len(inputs[a.Input].Shape) {
				n *= float64(inputs[a.Input].Shape[a.Axis])
			}
		}
		return n
	}
}

// work is what is counted where the bento does not say: items, or bytes where the items
// may be of several shapes.
func (o *opened) work() Work {
	switch {
	case o.cfg.Work.Of != nil:
		return o.cfg.Work
	case ragged(o.signature.Inputs):
		return Work{Unit: "bytes", Of: Bytes}
	}
	return Work{Unit: "items"}
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
