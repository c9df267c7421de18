package tensor

import "fmt"

// Values gives the elements of t as a slice of their Go type, such as []float32,
// []F16 or []string, sharing memory as [View] does.
func Values(t Tensor) (any, error) {
	switch t.DType {
	case Float32:
		return viewed[float32](t)
	case Float64:
		return viewed[float64](t)
	case Float16:
		return viewed[F16](t)
	case BFloat16:
		return viewed[BF16](t)
	case Int8:
		return viewed[int8](t)
	case Int16:
		return viewed[int16](t)
	case Int32:
		return viewed[int32](t)
	case Int64:
		return viewed[int64](t)
	case Uint8:
		return viewed[uint8](t)
	case Uint16:
		return viewed[uint16](t)
	case Uint32:
		return viewed[uint32](t)
	case Uint64:
		return viewed[uint64](t)
	case Bool:
		return viewed[bool](t)
	case String:
		return t.Strings, nil
	}
	return nil, fmt.Errorf("a tensor of dtype %s has no values", t.DType)
}

func viewed[T Element](t Tensor) (any, error) { return View[T](t) }

// FromValues makes a tensor of a slice of any element type without copying it, or
// says why the shape does not hold it.
func FromValues(data any, shape []int) (Tensor, error) {
	switch d := data.(type) {
	case []float32:
		return New(d, shape)
	case []float64:
		return New(d, shape)
	case []F16:
		return New(d, shape)
	case []BF16:
		return New(d, shape)
	case []int8:
		return New(d, shape)
	case []int16:
		return New(d, shape)
	case []int32:
		return New(d, shape)
	case []int64:
		return New(d, shape)
	case []uint8:
		return New(d, shape)
	case []uint16:
		return New(d, shape)
	case []uint32:
		return New(d, shape)
	case []uint64:
		return New(d, shape)
	case []bool:
		return New(d, shape)
	case []string:
		t := Tensor{DType: String, Shape: shape, Strings: d}
		return t, t.Check()
	}
	return Tensor{}, fmt.Errorf("%T holds no elements of a tensor", data)
}
