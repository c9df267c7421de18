package codec

import (
	"fmt"

	"bentoc.dev/runtime/tensor"
)

// ToTensor makes what a model takes out of a tensor, without copying it except
// for the half floats, which are rounded.
func ToTensor[T Element](v Tensor[T], dtype tensor.DType) (tensor.Tensor, error) {
	switch d := any(v.Data).(type) {
	case []float32:
		if dtype == tensor.Invalid {
			dtype = tensor.Float32
		}
		return tensor.FromFloat32(dtype, d, v.Shape)
	case []float64:
		return tensor.New(d, v.Shape)
	case []int8:
		return tensor.New(d, v.Shape)
	case []int16:
		return tensor.New(d, v.Shape)
	case []int32:
		return tensor.New(d, v.Shape)
	case []int64:
		return tensor.New(d, v.Shape)
	case []uint8:
		return tensor.New(d, v.Shape)
	case []uint16:
		return tensor.New(d, v.Shape)
	case []uint32:
		return tensor.New(d, v.Shape)
	case []uint64:
		return tensor.New(d, v.Shape)
	case []bool:
		return tensor.New(d, v.Shape)
	}
	t := tensor.Tensor{DType: tensor.String, Shape: v.Shape, Strings: any(v.Data).([]string)}
	return t, t.Check()
}

// FromTensor makes a tensor out of what a model gave. Half floats become float32;
// any other element type than T is an error.
func FromTensor[T Element](t tensor.Tensor) (Tensor[T], error) {
	out := Tensor[T]{Shape: t.Shape}
	if out.Shape == nil {
		out.Shape = []int{}
	}
	var data any
	var err error
	switch any(out.Data).(type) {
	case []float32:
		if t.DType != tensor.Float32 && t.DType != tensor.Float16 && t.DType != tensor.BFloat16 {
			return out, fmt.Errorf("a tensor of %s is not one of float32", t.DType)
		}
		data, err = tensor.ToFloat32(t)
	case []float64:
		data, err = tensor.View[float64](t)
	case []int8:
		data, err = tensor.View[int8](t)
	case []int16:
		data, err = tensor.View[int16](t)
	case []int32:
		data, err = tensor.View[int32](t)
	case []int64:
		data, err = tensor.View[int64](t)
	case []uint8:
		data, err = tensor.View[uint8](t)
	case []uint16:
		data, err = tensor.View[uint16](t)
	case []uint32:
		data, err = tensor.View[uint32](t)
	case []uint64:
		data, err = tensor.View[uint64](t)
	case []bool:
		data, err = tensor.View[bool](t)
	default:
		if t.DType != tensor.String {
			return out, fmt.Errorf("a tensor of %s is not one of string", t.DType)
		}
		data = t.Strings
	}
	if err != nil {
		return out, err
	}
	out.Data = data.([]T)
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

// AnyFromTensor makes a tensor of whatever type a model gave.
func AnyFromTensor(t tensor.Tensor) (AnyTensor, error) {
	switch t.DType {
	case tensor.Float32, tensor.Float16, tensor.BFloat16:
		return anyOf[float32](t, "float32")
	case tensor.Float64:
		return anyOf[float64](t, "float64")
	case tensor.Int8:
		return anyOf[int8](t, "int8")
	case tensor.Int16:
		return anyOf[int16](t, "int16")
	case tensor.Int32:
		return anyOf[int32](t, "int32")
	case tensor.Int64:
		return anyOf[int64](t, "int64")
	case tensor.Uint8:
		return anyOf[uint8](t, "uint8")
	case tensor.Uint16:
		return anyOf[uint16](t, "uint16")
	case tensor.Uint32:
		return anyOf[uint32](t, "uint32")
	case tensor.Uint64:
		return anyOf[uint64](t, "uint64")
	case tensor.Bool:
		return anyOf[bool](t, "bool")
	}
	return anyOf[string](t, "string")
}

func anyOf[T Element](t tensor.Tensor, dtype string) (AnyTensor, error) {
	v, err := FromTensor[T](t)
	return AnyTensor{DType: dtype, Shape: v.Shape, Data: v.Data}, err
}

// AnyToTensor makes what a model takes out of a tensor whose type is known at run
// time only. Numbers that came as JSON without a type become what is asked for.
func AnyToTensor(v AnyTensor, dtype tensor.DType) (tensor.Tensor, error) {
	switch d := v.Data.(type) {
	case []float32:
		return ToTensor(Tensor[float32]{v.Shape, d}, dtype)
	case []float64:
		return fromNumbers(d, v.Shape, dtype)
	case []int64:
		return fromNumbers(d, v.Shape, dtype)
	case []int8:
		return tensor.New(d, v.Shape)
	case []int16:
		return tensor.New(d, v.Shape)
	case []int32:
		return tensor.New(d, v.Shape)
	case []uint8:
		return tensor.New(d, v.Shape)
	case []uint16:
		return tensor.New(d, v.Shape)
	case []uint32:
		return tensor.New(d, v.Shape)
	case []uint64:
		return tensor.New(d, v.Shape)
	case []bool:
		return tensor.New(d, v.Shape)
	case []string:
		return ToTensor(Tensor[string]{v.Shape, d}, dtype)
	}
	return tensor.Tensor{}, fmt.Errorf("a tensor of %T cannot be given to a model", v.Data)
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
