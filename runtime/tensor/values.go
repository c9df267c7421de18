package tensor

import "fmt"

// elements is what is done with tensors of one dtype, whatever its Go type.
type elements interface {
	values(Tensor) (any, error)
	from(data any, shape []int) (Tensor, error)
	float32s(Tensor) ([]float32, error)
}

// of is the elements of type T, with the number that each is.
type of[T Element] struct{ number func(T) float32 }

func (of[T]) values(t Tensor) (any, error) { return View[T](t) }

func (of[T]) from(data any, shape []int) (Tensor, error) { return New(data.([]T), shape) }

func (o of[T]) float32s(t Tensor) ([]float32, error) { return convert(t, o.number) }

func number[T float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](v T) float32 {
	return float32(v)
}

// kinds has a row for every dtype but String, whose elements are no bytes.
var kinds = [...]elements{
	Float32: of[float32]{number[float32]}, Float64: of[float64]{number[float64]},
	Float16: of[F16]{F16.Float32}, BFloat16: of[BF16]{BF16.Float32},
	Int8: of[int8]{number[int8]}, Int16: of[int16]{number[int16]}, Int32: of[int32]{number[int32]}, Int64: of[int64]{number[int64]},
	Uint8: of[uint8]{number[uint8]}, Uint16: of[uint16]{number[uint16]}, Uint32: of[uint32]{number[uint32]}, Uint64: of[uint64]{number[uint64]},
	Bool: of[bool]{func(v bool) float32 {
		if v {
			return 1
		}
		return 0
	}},
}

// kindOf gives the row of a dtype, nil for String and for none.
func kindOf(d DType) elements {
	if int(d) < len(kinds) {
		return kinds[d]
	}
	return nil
}

// Values gives the elements of t as a slice of their Go type, such as []float32,
// []F16 or []string, sharing memory as [View] does.
func Values(t Tensor) (any, error) {
	if t.DType == String {
		return t.Strings, nil
	}
	if k := kindOf(t.DType); k != nil {
		return k.values(t)
	}
	return nil, fmt.Errorf("a tensor of dtype %s has no values", t.DType)
}

// FromValues makes a tensor of a slice of any element type without copying it, or
// says why the shape does not hold it.
func FromValues(data any, shape []int) (Tensor, error) {
	d := TypeOfValues(data)
	if d == String {
		t := Tensor{DType: String, Shape: shape, Strings: data.([]string)}
		return t, t.Check()
	}
	if k := kindOf(d); k != nil {
		return k.from(data, shape)
	}
	return Tensor{}, fmt.Errorf("%T holds no elements of a tensor", data)
}
