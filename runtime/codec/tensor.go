package codec

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"bentoc.dev/runtime/tensor"
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

// ReadTensor reads nested lists, all of one length at each level. Want are the sizes
// that the type gives it, -1 for any, for whoever checks them afterwards: what has them
// is read at once into a place of its size.
func ReadTensor[T Element](r *Reader, v *Tensor[T], want ...int) bool {
	if r.err != nil {
		return false
	}
	if r.raw {
		return r.wrong("tensor_type", "a tensor, as nested lists")
	}
	data, shape, ok := readTensor[T](r, want)
	if ok {
		*v = Tensor[T]{Shape: shape, Data: data}
	}
	return ok
}

// ReadFloat16 reads like [ReadTensor], numbers that float16 has: they are rounded to
// the nearest, and out of range where that is an infinite one.
func ReadFloat16(r *Reader, v *Tensor[float32], want ...int) bool {
	return readHalf[tensor.F16](r, v, want)
}

// ReadBFloat16 is [ReadFloat16] for bfloat16.
func ReadBFloat16(r *Reader, v *Tensor[float32], want ...int) bool {
	return readHalf[tensor.BF16](r, v, want)
}

func readHalf[H interface {
	tensor.F16 | tensor.BF16
	Float32() float32
}](r *Reader, v *Tensor[float32], want []int) bool {
	if r.err != nil {
		return false
	}
	if r.raw {
		return r.wrong("tensor_type", "a tensor, as nested lists")
	}
	halves, shape, ok := readTensor[H](r, want)
	if !ok || !r.Take(4*int64(len(halves))) {
		return false
	}
	data := make([]float32, len(halves))
	for i, h := range halves {
		data[i] = h.Float32()
	}
	*v = Tensor[float32]{Shape: shape, Data: data}
	return true
}

func readTensor[T jsonarray.Element](r *Reader, want []int) (data []T, shape []int, ok bool) {
	start := r.pos
	data, shape, next, err := jsonarray.ReadWithin[T](r.data, start, want, nil, nil, r)
	if want != nil && r.err == nil && (err != nil || len(data) == 0) {
		// What is there is said by its own shape.
		data, shape, next, err = jsonarray.ReadWithin[T](r.data, start, nil, nil, nil, r)
	}
	if r.err != nil { // there is no memory for it
		return nil, nil, false
	}
	if err != nil {
		return nil, nil, r.notTensor(start, err)
	}
	r.pos = next
	if shape == nil {
		shape = []int{}
	}
	switch any(data).(type) {
	case []float32, []float64, []tensor.F16, []tensor.BF16:
		return data, shape, r.finite(start)
	}
	return data, shape, true
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

// AppendTensor writes nested lists. A shape that does not hold the elements makes
// the answer an error.
func AppendTensor[T Element](b []byte, v Tensor[T]) []byte {
	if msg := misfit(len(v.Data), v.Shape); msg != "" {
		return unwritable(b, msg)
	}
	return jsonarray.Append(b, v.Data, v.Shape)
}

// misfit says that a shape does not hold n elements; "" where it does.
func misfit(n int, shape []int) string {
	if m, ok := product(shape); ok && m == n {
		return ""
	}
	return fmt.Sprintf("is a tensor of %s, which is not what the shape %s holds", count(n, "element"), shapeText(shape))
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
