package ir

import (
	"maps"
	"slices"
	"strconv"
)

// WarmUp has the instances of a runner run before it is open.
type WarmUp struct {
	Sizes map[string]int `json:"sizes,omitempty"` // of dimensions, by their names
	Pos   Pos            `json:"-"`
}

// WarmInput is one input of a run that warms a model up.
type WarmInput struct {
	Name  string
	DType string
	Shape []int
	// Unknown is the first dimension whose size nobody says, its place or its name; "" for
	// none.
	Unknown string
}

// WarmInputs gives the inputs of an item with which a runner of a model of that signature
// warms up: those of its calls, in the order of t, and those of its state.
func (r *Runner) WarmInputs(t *Type, sig *Signature) (inputs []WarmInput) {
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Type.Kind != KindTensor {
			continue // the session
		}
		in := r.warmInput(f.Name, f.Type.Shape, sig)
		if r.State != nil && r.State.Overlap[f.Name] > 0 && len(in.Shape) > 0 {
			in.Shape[len(in.Shape)-1] += r.State.Overlap[f.Name]
		}
		inputs = append(inputs, in)
	}
	if r.State == nil {
		return inputs
	}
	for _, name := range slices.Sorted(maps.Keys(r.State.Tensors)) {
		in := r.warmInput(name, nil, sig)
		if shape := r.State.Tensors[name].Shape; shape != nil {
			in.Shape, in.Unknown = shape, ""
		}
		inputs = append(inputs, in)
	}
	return inputs
}

func (r *Runner) warmInput(name string, shape []Dim, sig *Signature) WarmInput {
	in := WarmInput{Name: name}
	for _, f := range sig.Inputs {
		if f.Name != name {
			continue
		}
		in.DType = f.DType
		if shape == nil && f.Shape != nil {
			shape = f.Shape
		}
		if shape == nil && f.Shape == nil {
			in.Unknown = "0" // it may have any number of them
		}
	}
	for i, d := range shape {
		size := int(d.Size)
		if size == 0 && d.Symbol != "" {
			size = r.WarmUp.Sizes[d.Symbol]
		}
		if size == 0 && in.Unknown == "" {
			if in.Unknown = d.Symbol; d.Symbol == "" {
				in.Unknown = strconv.Itoa(i)
			}
		}
		in.Shape = append(in.Shape, size)
	}
	return in
}
