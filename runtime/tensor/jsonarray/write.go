package jsonarray

import "strconv"

// Append writes the elements as arrays nested by shape, or as a bare element
// where shape is empty, and returns the extended buffer. Numbers are written as
// [AppendFloat64] writes them, strings as [AppendText] does. The shape must hold
// exactly the elements of data.
func Append[T Element](dst []byte, data []T, shape []int) []byte {
	write := formOf[T]().write
	if len(shape) == 0 {
		return write(dst, data[0])
	}
	dst, _ = appendNested(dst, data, shape, write)
	return dst
}

// appendRow writes elements with commas between them.
func appendRow[T any](dst []byte, data []T, write func([]byte, T) []byte) []byte {
	for i, v := range data {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = write(dst, v)
	}
	return dst
}

func appendNested[T any](dst []byte, data []T, shape []int, write func([]byte, T) []byte) (out []byte, rest []T) {
	dst = append(dst, '[')
	if len(shape) == 1 {
		dst = appendRow(dst, data[:shape[0]], write)
		return append(dst, ']'), data[shape[0]:]
	}
	for i := range shape[0] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst, data = appendNested(dst, data, shape[1:], write)
	}
	return append(dst, ']'), data
}

func appendInt[T int8 | int16 | int32 | int64](dst []byte, v T) []byte {
	return strconv.AppendInt(dst, int64(v), 10)
}

func appendUint[T uint8 | uint16 | uint32 | uint64](dst []byte, v T) []byte {
	return strconv.AppendUint(dst, uint64(v), 10)
}

func appendHalf[T interface{ Float32() float32 }](dst []byte, v T) []byte {
	return AppendFloat32(dst, v.Float32())
}

func appendString(dst []byte, s string) []byte {
	return append(AppendText(append(dst, '"'), s), '"')
}
