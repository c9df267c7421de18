package codec

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"bentoc.dev/runtime/tensor/jsonarray"
)

// Tensor is a tensor of elements of one type, row by row. The type of the same
// name in package bentogen has the same fields, so that one converts to the other.
// float16 and bfloat16 tensors hold float32.
type Tensor[T any] struct {
	Shape []int // one size a dimension; empty for a scalar
	Data  []T   // as many as the product of Shape
}

// Element is what a tensor may hold.
type Element interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | bool | string
}

// ReadTensor reads nested lists, all of one length at each level.
func ReadTensor[T Element](r *Reader, v *Tensor[T]) bool {
	if r.err != nil {
		return false
	}
	if r.raw {
		return r.wrong("tensor_type", "a tensor, as nested lists")
	}
	start := r.pos
	data, shape, next, err := jsonarray.Read[T](r.data, r.pos, nil, nil, nil)
	if err != nil {
		return r.notTensor(start, err)
	}
	r.pos = next
	if shape == nil {
		shape = []int{}
	}
	*v = Tensor[T]{Shape: shape, Data: data}
	return true
}

// notTensor reports what is wrong with the array that begins at start.
func (r *Reader) notTensor(start int, err error) bool {
	var e *jsonarray.Error
	if !errors.As(err, &e) {
		e = &jsonarray.Error{Offset: start, Msg: err.Error()}
	}
	// Only a look at the whole value tells whether it is JSON at all.
	r.pos = start
	if r.Skip(); r.err != nil {
		return false
	}
	for _, i := range e.Index {
		r.InItem(i)
	}
	kind := "tensor_type"
	if e.Kind == jsonarray.Shape {
		kind = "tensor_shape"
	}
	r.Problem(kind, "%s", e.Msg)
	for range e.Index {
		r.Out()
	}
	return false
}

// AppendTensor writes nested lists; null where the shape does not hold the
// elements.
func AppendTensor[T Element](b []byte, v Tensor[T]) []byte {
	if n, ok := product(v.Shape); !ok || n != len(v.Data) {
		return append(b, "null"...)
	}
	return jsonarray.Append(b, v.Data, v.Shape)
}

// Shape wants a tensor of the given sizes, -1 for any, and as many elements as
// they say.
func (c *Checker) Shape(shape []int, elements int, want ...int) {
	fits := len(shape) == len(want)
	for i := 0; fits && i < len(want); i++ {
		fits = want[i] < 0 || want[i] == shape[i]
	}
	if !fits {
		c.Problem("tensor_shape", "must have the shape %s, not %s", shapeText(want), shapeText(shape))
		return
	}
	c.Elements(shape, elements)
}

// Elements wants as many elements as the shape says.
func (c *Checker) Elements(shape []int, elements int) {
	if n, ok := product(shape); !ok || n != elements {
		c.Problem("tensor_shape", "has %s, which is not what the shape %s holds", count(elements, "element"), shapeText(shape))
	}
}

// product gives the number of elements of a shape.
func product(shape []int) (int, bool) {
	n := 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > math.MaxInt/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

func shapeText(shape []int) string {
	b := []byte{'['}
	for i, d := range shape {
		if i > 0 {
			b = append(b, ", "...)
		}
		if d < 0 {
			b = append(b, '*')
		} else {
			b = strconv.AppendInt(b, int64(d), 10)
		}
	}
	return string(append(b, ']'))
}

// A Size is one dimension of a tensor, for [Checker.SameSize].
type Size struct {
	shape []int
	axis  int
	path  []string
}

// SizeOf names one dimension of the tensor that the fields of path lead to, from
// where the checker is.
func SizeOf(shape []int, axis int, path ...string) Size {
	return Size{shape, axis, path}
}

// there tells whether the tensor has such a dimension; where it has none, that is
// reported with its shape.
func (s Size) there() bool { return s.axis < len(s.shape) }

func (s Size) value() int { return s.shape[s.axis] }

// SameSize wants dimensions that the type gives one symbol to be equal. Each
// tensor is right by itself where they are not, so the status is 422.
func (c *Checker) SameSize(symbol string, sizes ...Size) {
	first := slices.IndexFunc(sizes, Size.there)
	if first < 0 {
		return
	}
	want := sizes[first]
	for _, s := range sizes[first+1:] {
		if !s.there() || s.value() == want.value() {
			continue
		}
		other := fmt.Sprintf("dimension %d", want.axis)
		if !slices.Equal(s.path, want.path) {
			other = "that of " + c.pathTo(want.path)
		}
		for _, name := range s.path {
			c.In(name)
		}
		c.ProblemStatus(422, "tensor_shape", "dimension %d (%s) is %d, but %s is %d", s.axis, symbol, s.value(), other, want.value())
		for range s.path {
			c.Out()
		}
	}
}

// pathTo writes the place that the fields of path lead to from here.
func (c *Checker) pathTo(path []string) string {
	loc := c.loc()
	for _, name := range path {
		loc = append(loc, name)
	}
	return Path(loc)
}
