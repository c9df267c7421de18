package codec

import (
	"fmt"

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
// none, that is a problem. Numbers that came as JSON without a type may become
// floats.
func AsTensor[T Element](c *Checker, v AnyTensor) Tensor[T] {
	data, ok := v.Data.([]T)
	if !ok {
		data, ok = numbersAs[T](v.Data)
	}
	if !ok {
		var want []T
		c.Problem("tensor_type", "must be a tensor of %s, not of %s", elementName(want), v.DType)
		return Tensor[T]{Shape: []int{0}}
	}
	return Tensor[T]{Shape: v.Shape, Data: data}
}

// numbersAs makes int64 and float64 elements floats of another type.
func numbersAs[T Element](data any) ([]T, bool) {
	var out any
	switch any(*new(T)).(type) {
	case float32:
		switch d := data.(type) {
		case []int64:
			out = convertNumbers[int64, float32](d)
		case []float64:
			out = convertNumbers[float64, float32](d)
		}
	case float64:
		if d, ok := data.([]int64); ok {
			out = convertNumbers[int64, float64](d)
		}
	}
	s, ok := out.([]T)
	return s, ok
}

func convertNumbers[A int64 | float64, B float32 | float64](in []A) []B {
	out := make([]B, len(in))
	for i, n := range in {
		out[i] = B(n)
	}
	return out
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
// time only. Numbers that came as JSON without a type become what is asked for.
func AnyToTensor(v AnyTensor, dtype tensor.DType) (tensor.Tensor, error) {
	switch d := v.Data.(type) {
	case []float64:
		return fromNumbers(d, v.Shape, dtype)
	case []int64:
		return fromNumbers(d, v.Shape, dtype)
	}
	return toTensor(v.Data, v.Shape, dtype)
}

// fromNumbers makes the numbers of an untyped tensor what a model asks for.
func fromNumbers[T int64 | float64](data []T, shape []int, dtype tensor.DType) (tensor.Tensor, error) {
	switch dtype {
	case tensor.Float32, tensor.Float16, tensor.BFloat16:
		return tensor.FromFloat32(dtype, convertNumbers[T, float32](data), shape)
	case tensor.Float64:
		return tensor.New(convertNumbers[T, float64](data), shape)
	}
	return tensor.New(data, shape)
}
