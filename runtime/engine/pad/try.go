package pad

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/tensor"
	"bentoc.dev/runtime/tensor/alike"
)

// Error says that what a model gives for an item changes when the item is padded.
type Error struct {
	Of       string // the dimension
	From, To int    // lengths
	Output   string // which is another; "" where there is none at all
	Err      error  // why there is none
}

func (e *Error) Error() string {
	text := fmt.Sprintf("an item of %s=%d that is padded to %d ", e.Of, e.From, e.To)
	if e.Err != nil {
		return text + "has no answer: " + e.Err.Error()
	}
	return text + "has another output " + e.Output
}

// Unwrap gives why there is no output.
func (e *Error) Unwrap() error { return e.Err }

// lengths are pairs of lengths that padding is tried with: models take some, such as a
// multiple of what they divide by, and not others.
var lengths = [][2]int{{3, 4}, {24, 32}, {240, 320}}

// Try holds what run gives for made-up items alone against what it gives when they are
// padded: its error is an [*Error]. Items that the model does not take say nothing; tried
// is how many it took.
func (p *Padding) Try(s engine.Signature, run func([]tensor.Tensor) ([]tensor.Tensor, error)) (tried int, err error) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, l := range lengths {
		for _, low := range []float64{-1, 0, -0.5} { // below what is added, above it, and around it
			item, ok := p.madeUp(s.Inputs, l[0], l[1], low, random)
			if !ok {
				return tried, nil
			}
			alone, err := run(item)
			if err != nil {
				continue
			}
			if err := p.compare(s.Outputs, item, alone, l, run); err != nil {
				return tried, err
			}
			tried++
		}
	}
	return tried, nil
}

func (p *Padding) compare(outputs []engine.Tensor, item, alone []tensor.Tensor, l [2]int, run func([]tensor.Tensor) ([]tensor.Tensor, error)) error {
	long, err := p.Pad(item, l[1])
	var padded []tensor.Tensor
	if err == nil {
		padded, err = run(long)
	}
	if err == nil {
		padded = slices.Clone(padded)
		err = p.Cut(padded, l[0], l[1])
	}
	if err != nil {
		return &Error{Of: p.Of, From: l[0], To: l[1], Err: err}
	}
	for i := range outputs {
		if !alike.Same(padded[i], alone[i], alike.Largest(alone[i])) {
			return &Error{Of: p.Of, From: l[0], To: l[1], Output: outputs[i].Name}
		}
	}
	return nil
}

// madeUp is an item of a length, whose other free dimensions are free, of numbers from low
// on to one more than that, counted from what padding adds. It is false for inputs that
// nothing can be made up for.
func (p *Padding) madeUp(inputs []engine.Tensor, length, free int, low float64, random *rand.Rand) ([]tensor.Tensor, bool) {
	item := make([]tensor.Tensor, len(inputs))
	for i, in := range inputs {
		if in.Shape == nil || in.DType == tensor.String {
			return nil, false
		}
		shape := slices.Clone(in.Shape)
		for k, d := range shape {
			if d < 0 {
				shape[k] = free
			}
			if slices.Contains(p.Inputs, Axis{i, k}) {
				shape[k] = length
			}
		}
		t, err := tensor.Make(in.DType, shape)
		if err == nil {
			item[i], err = filled(t, func() float64 { return p.Value + low + random.Float64() }, random)
		}
		if err != nil {
			return nil, false
		}
	}
	return item, true
}

// filled is t with made-up elements: integers are from 0 to 3, which most models take
// whatever they stand for.
func filled(t tensor.Tensor, number func() float64, random *rand.Rand) (tensor.Tensor, error) {
	switch t.DType {
	case tensor.Float64:
		x, err := tensor.View[float64](t)
		for i := range x {
			x[i] = number()
		}
		return t, err
	case tensor.Float32, tensor.Float16, tensor.BFloat16:
		n, err := tensor.Count(t.Shape)
		if err != nil {
			return t, err
		}
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(number())
		}
		return tensor.FromFloat32(t.DType, x, t.Shape)
	}
	most := 4
	if t.DType == tensor.Bool {
		most = 2
	}
	for i := 0; i < len(t.Data); i += t.DType.Size() {
		t.Data[i] = byte(random.IntN(most)) // little-endian
	}
	return t, nil
}
