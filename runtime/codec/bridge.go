package codec

import (
	"fmt"
	"math"

	"bentoc.dev/runtime/tensor"
)

// ToTensor makes what a model takes out of a tensor, without copying it except
// for the half floats, which are rounded.
func ToTensor[T Element](v Tensor[T], dtype tensor.DType) (tensor.Tensor, error) {
	return toTensor(v.Data, v.Shape, dtype)
}

// toTensor rounds float32 where a model takes half floats.
func toTensor(data any, shape []int, dtype tensor.DType) (tensor.Tensor, error) {
	if d, ok := data.([]float32); ok && dtype != tensor.Invalid {
		var c Checker
		switch dtype {
		case tensor.Float16:
			c.Float16(shape, d)
		case tensor.BFloat16:
			c.BFloat16(shape, d)
		}
		if err := c.Err("what a model takes"); err != nil {
			return tensor.Tensor{}, err
		}
		return tensor.FromFloat32(dtype, d, shape)
	}
	return tensor.FromValues(data, shape)
}

// FromTensor makes a tensor out of what a model gave. Half floats become float32;
// any other element type than T is an error.
func FromTensor[T Element](t tensor.Tensor) (Tensor[T], error) {
	v, err := AnyFromTensor(t)
	out := Tensor[T]{Shape: v.Shape}
	if err != nil {
		return out, err
	}
	var ok bool
	if out.Data, ok = v.Data.([]T); !ok {
		return out, fmt.Errorf("a tensor of %s is not one of %s", t.DType, elementName(out.Data))
	}
	return out, nil
}

// AsTensor gives a tensor of a type known at run time as one of T; where it is
// none, that is a problem. Numbers that came as JSON without a type become numbers
// of another type where that holds them.
func AsTensor[T Element](c *Checker, v AnyTensor) Tensor[T] {
	data, ok := v.Data.([]T)
	if !ok {
		var want []T
		dtype := elementName(want)
		made, err := numbersAs(v, dtype)
		if data, ok = made.([]T); !ok {
			c.Problem("tensor_type", "must be a tensor of %s, not of %s", dtype, v.DType)
		} else if err != nil {
			err.report(c)
		}
		if !ok || err != nil {
			return Tensor[T]{Shape: []int{0}}
		}
	}
	return Tensor[T]{Shape: v.Shape, Data: data}
}

// numbersAs makes the numbers of an untyped tensor elements of another type; nil
// where they are no numbers, or where it is no type of numbers.
func numbersAs(v AnyTensor, dtype string) (any, *rangeError) {
	switch d := v.Data.(type) {
	case []int64:
		return convertNumbers(d, v.Shape, dtype)
	case []float64:
		return convertNumbers(d, v.Shape, dtype)
	}
	return nil, nil
}

func convertNumbers[A int64 | float64](in []A, shape []int, dtype string) (any, *rangeError) {
	switch dtype {
	case "float64":
		return converted(in, shape, dtype, func(v A) (float64, bool) { return float64(v), true })
	case "float32":
		return converted(in, shape, dtype, func(v A) (float32, bool) {
			f := float32(v)
			return f, !math.IsInf(float64(f), 0) || math.IsInf(float64(v), 0)
		})
	case "float16":
		return converted(in, shape, dtype, func(v A) (tensor.F16, bool) {
			h := tensor.RoundF16(float64(v))
			return h, !h.IsInf() || math.IsInf(float64(v), 0)
		})
	case "bfloat16":
		return converted(in, shape, dtype, func(v A) (tensor.BF16, bool) {
			h := tensor.RoundBF16(float64(v))
			return h, !h.IsInf() || math.IsInf(float64(v), 0)
		})
	case "int8":
		return converted(in, shape, dtype, whole[A, int8])
	case "int16":
		return converted(in, shape, dtype, whole[A, int16])
	case "int32":
		return converted(in, shape, dtype, whole[A, int32])
	case "int64":
		return converted(in, shape, dtype, whole[A, int64])
	case "uint8":
		return converted(in, shape, dtype, whole[A, uint8])
	case "uint16":
		return converted(in, shape, dtype, whole[A, uint16])
	case "uint32":
		return converted(in, shape, dtype, whole[A, uint32])
	case "uint64":
		return converted(in, shape, dtype, whole[A, uint64])
	}
	return nil, nil
}

// whole makes an integer of v if that is one, and of the type.
func whole[A int64 | float64, B int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](v A) (B, bool) {
	if f := float64(v); f != math.Trunc(f) || f < -(1<<63) || f > 1<<64 {
		return 0, false
	}
	n := B(v)
	return n, A(n) == v && n < 0 == (v < 0)
}

func converted[A, B any](in []A, shape []int, dtype string, to func(A) (B, bool)) (any, *rangeError) {
	out := make([]B, len(in))
	for i, v := range in {
		var ok bool
		if out[i], ok = to(v); !ok {
			return out, &rangeError{index(shape, i), fmt.Sprint(v), dtype}
		}
	}
	return out, nil
}

// rangeError says that an element is not one of the type that is wanted.
type rangeError struct {
	index []int
	value string
	dtype string
}

func (e *rangeError) Error() string {
	return fmt.Sprintf("element %v: %s is out of range for %s", e.index, e.value, e.dtype)
}

func (e *rangeError) report(c *Checker) {
	for _, i := range e.index {
		c.InItem(i)
	}
	c.Problem("tensor_type", "%s is out of range for %s", e.value, e.dtype)
	for range e.index {
		c.Out()
	}
}

// index gives the indexes of element i of a tensor.
func index(shape []int, i int) []int {
	at := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0 && shape[d] > 0; d-- {
		at[d] = i % shape[d]
		i /= shape[d]
	}
	return at
}

// Float16 wants elements that float16 holds: none that rounds to an infinite one.
func (c *Checker) Float16(shape []int, data []float32) {
	inRange(c, shape, data, tensor.Float16, tensor.ToF16)
}

// BFloat16 is Float16 for bfloat16.
func (c *Checker) BFloat16(shape []int, data []float32) {
	inRange(c, shape, data, tensor.BFloat16, tensor.ToBF16)
}

func inRange[H interface{ IsInf() bool }](c *Checker, shape []int, data []float32, dtype tensor.DType, round func(float32) H) {
	for i, f := range data {
		if round(f).IsInf() && !math.IsInf(float64(f), 0) {
			e := rangeError{index(shape, i), fmt.Sprint(f), dtype.String()}
			e.report(c)
			return
		}
	}
}

// elementName gives the element type of a slice.
func elementName(s any) string { return fmt.Sprintf("%T", s)[len("[]"):] }

// AnyFromTensor makes a tensor of whatever type a model gave. Half floats become
// float32.
func AnyFromTensor(t tensor.Tensor) (v AnyTensor, err error) {
	v = AnyTensor{DType: t.DType.String(), Shape: t.Shape}
	if v.Shape == nil {
		v.Shape = []int{}
	}
	if t.DType == tensor.Float16 || t.DType == tensor.BFloat16 {
		v.DType = tensor.Float32.String()
		v.Data, err = tensor.ToFloat32(t)
		return v, err
	}
	v.Data, err = tensor.Values(t)
	return v, err
}

// AnyToTensor makes what a model takes out of a tensor whose type is known at run
// time only. Numbers that came as JSON without a type become what is asked for; one
// that is out of its range is a mistake of the request.
func AnyToTensor(v AnyTensor, dtype tensor.DType) (tensor.Tensor, error) {
	data, err := numbersAs(v, dtype.String())
	switch {
	case err != nil:
		var c Checker
		err.report(&c)
		return tensor.Tensor{}, c.InputErr("a tensor")
	case data != nil:
		return tensor.FromValues(data, v.Shape)
	}
	return toTensor(v.Data, v.Shape, dtype)
}
