package jsonarray

import (
	"strconv"

	"bentoc.dev/runtime/tensor"
)

// form is how elements of T are read and written.
type form[T Element] struct {
	read  elemFunc[T]
	write func(dst []byte, v T) []byte
}

// written is a form whatever its element is.
type written interface {
	appendValues(dst []byte, data any, shape []int) []byte
}

func (f form[T]) appendValues(dst []byte, data any, shape []int) []byte {
	return Append(dst, data.([]T), shape)
}

// forms has a row for every dtype. Nothing of it is computed when a program starts, so
// that it is not linked where it is not used.
var forms = [...]written{
	tensor.Float32:  form[float32]{parseFloat32, AppendFloat32},
	tensor.Float64:  form[float64]{parseFloat64, AppendFloat64},
	tensor.Float16:  form[tensor.F16]{parseF16, appendHalf[tensor.F16]},
	tensor.BFloat16: form[tensor.BF16]{parseBF16, appendHalf[tensor.BF16]},
	tensor.Int8:     form[int8]{parseSigned[int8], appendInt[int8]},
	tensor.Int16:    form[int16]{parseSigned[int16], appendInt[int16]},
	tensor.Int32:    form[int32]{parseSigned[int32], appendInt[int32]},
	tensor.Int64:    form[int64]{parseSigned[int64], appendInt[int64]},
	tensor.Uint8:    form[uint8]{parseUnsigned[uint8], appendUint[uint8]},
	tensor.Uint16:   form[uint16]{parseUnsigned[uint16], appendUint[uint16]},
	tensor.Uint32:   form[uint32]{parseUnsigned[uint32], appendUint[uint32]},
	tensor.Uint64:   form[uint64]{parseUnsigned[uint64], appendUint[uint64]},
	tensor.Bool:     form[bool]{parseBool, strconv.AppendBool},
	tensor.String:   form[string]{parseString, appendString},
}

func formOf[T Element]() form[T] { return forms[tensor.TypeOf[T]()].(form[T]) }

// AppendValues writes a slice of any element type like [Append]; it panics where it
// is none, for which [tensor.TypeOfValues] gives Invalid.
func AppendValues(dst []byte, data any, shape []int) []byte {
	return forms[tensor.TypeOfValues(data)].appendValues(dst, data, shape)
}

// within has texts take their bytes of room.
func within(room Room, read elemFunc[string]) elemFunc[string] {
	return func(buf []byte, pos int) (string, int, error) {
		v, next, err := read(buf, pos)
		if err == nil && !room.Take(int64(len(v))) {
			return "", pos, ErrRoom
		}
		return v, next, err
	}
}
