// Package pad lets items whose tensors have several lengths along one dimension run
// together: the shorter ones are lengthened by a value that the model does not heed, and
// their outputs are cut back. Without it package runner puts items of equal shapes into a
// batch only.
//
// Lengths that are near to each other make a class, so that none is lengthened by more
// than its budget: items of one class run together.
package pad

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"bentoc.dev/runtime/tensor"
)

// Axis is a dimension of an input or an output of one item, all from 0.
type Axis struct {
	Tensor int `json:"tensor"`
	Dim    int `json:"dim"`
}

// Config is what a bento declares of the padding of a runner.
type Config struct {
	Of      string  `json:"of"`      // name of the dimension
	Inputs  []Axis  `json:"inputs"`  // the dimensions of inputs that have its length
	Outputs []Axis  `json:"outputs"` // and those of outputs
	Value   float64 `json:"value"`   // of the elements that are added
	Budget  float64 `json:"budget"`  // by which part of its length an item may be lengthened
}

// Padding is the padding of a runner.
type Padding struct {
	Config
	starts []int // the least lengths of the classes, in rising order, from 0
}

// maxLength is from where on each length is a class of its own.
const maxLength = 1 << 24

// New makes the padding that c declares.
func New(c Config) *Padding {
	p := &Padding{Config: c, starts: []int{0, 1}}
	for last := 1; last < maxLength; {
		last += int(float64(last)*c.Budget) + 1
		p.starts = append(p.starts, last)
	}
	return p
}

// Length is the length of an item along the dimension; 0 where its inputs do not agree
// about it, so that it cannot be padded.
func (p *Padding) Length(inputs []tensor.Tensor) int {
	length := 0
	for i, a := range p.Inputs {
		n := inputs[a.Tensor].Shape[a.Dim]
		if i > 0 && n != length {
			return 0
		}
		length = n
	}
	return length
}

// Key is the same for items that may run together: of equal shapes but for the length
// along the dimension, which is of one class.
func (p *Padding) Key(inputs []tensor.Tensor) uint64 {
	class := p.class(p.Length(inputs))
	h := uint64(14695981039346656037) // FNV-1a over words
	for i := range inputs {
		for k, d := range inputs[i].Shape {
			if slices.Contains(p.Inputs, Axis{i, k}) {
				d = class
			}
			h = (h ^ uint64(d)) * 1099511628211
			h ^= h >> 29
		}
		h = (h ^ 0xd1b54a32d192ed03) * 1099511628211
	}
	return h
}

// class is the least length of those that run together.
func (p *Padding) class(length int) int {
	if length >= maxLength {
		return length
	}
	return p.starts[sort.SearchInts(p.starts, length+1)-1]
}

// Pad gives inputs that have the length along the dimension.
func (p *Padding) Pad(inputs []tensor.Tensor, length int) ([]tensor.Tensor, error) {
	out := slices.Clone(inputs)
	for _, a := range p.Inputs {
		t, err := resize(out[a.Tensor], a.Dim, length, p.Value)
		if err != nil {
			return nil, err
		}
		out[a.Tensor] = t
	}
	return out, nil
}

// Cut cuts the outputs of an item that ran with the length padded back to its own.
func (p *Padding) Cut(outputs []tensor.Tensor, length, padded int) error {
	for _, a := range p.Outputs {
		t := &outputs[a.Tensor]
		if a.Dim >= len(t.Shape) || t.Shape[a.Dim] != padded {
			return fmt.Errorf("output %d of an item that was padded to %d has the shape %v: axis %d is not as long", a.Tensor, padded, t.Shape, a.Dim)
		}
		cut, err := resize(*t, a.Dim, length, 0)
		if err != nil {
			return err
		}
		*t = cut
	}
	return nil
}

// resize gives t with another length along an axis: cut at its end, or lengthened by a
// value.
func resize(t tensor.Tensor, axis, length int, value float64) (tensor.Tensor, error) {
	if t.Shape[axis] == length {
		return t, nil
	}
	shape := slices.Clone(t.Shape)
	shape[axis] = length
	out, err := tensor.Make(t.DType, shape)
	if err != nil {
		return out, err
	}
	rows, err := tensor.Count(t.Shape[:axis])
	if err != nil {
		return out, err
	}
	each, err := tensor.Count(t.Shape[axis+1:])
	if err != nil {
		return out, err
	}
	if t.DType == tensor.String {
		if length > t.Shape[axis] {
			return out, errors.New("a tensor of texts is not padded")
		}
		for r := range rows {
			copy(out.Strings[r*length*each:(r+1)*length*each], t.Strings[r*t.Shape[axis]*each:(r+1)*t.Shape[axis]*each])
		}
		return out, nil
	}
	size := t.DType.Size()
	from, to := t.Shape[axis]*each*size, length*each*size
	fill, err := element(t.DType, value)
	if err != nil {
		return out, err
	}
	for r := range rows {
		n := copy(out.Data[r*to:(r+1)*to], t.Data[r*from:(r+1)*from])
		if value != 0 && n < to {
			rest := out.Data[r*to+n : (r+1)*to]
			for done := copy(rest, fill); done < len(rest); {
				done += copy(rest[done:], rest[:done])
			}
		}
	}
	return out, nil
}

// element is a value as an element of a tensor.
func element(d tensor.DType, v float64) ([]byte, error) {
	switch d {
	case tensor.Float32:
		return tensor.Of([]float32{float32(v)}, 1).Data, nil
	case tensor.Float64:
		return tensor.Of([]float64{v}, 1).Data, nil
	case tensor.Float16, tensor.BFloat16:
		t, err := tensor.FromFloat32(d, []float32{float32(v)}, []int{1})
		return t.Data, err
	case tensor.Bool:
		return []byte{byte(min(math.Abs(v), 1))}, nil
	}
	n := int64(v)
	return tensor.Of([]int64{n}, 1).Data[:d.Size()], nil // little-endian
}
