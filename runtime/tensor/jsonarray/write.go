package jsonarray

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"bentoc.dev/runtime/tensor"
)

// Append writes the elements as arrays nested by shape, or as a bare element
// where shape is empty, and returns the extended buffer. Numbers are written as
// encoding/json writes them; one that is infinite or not a number becomes null.
// The shape must hold exactly the elements of data.
func Append[T Element](dst []byte, data []T, shape []int) []byte {
	row := appendRowOf[T]()
	if len(shape) == 0 {
		return row(dst, data[:1])
	}
	dst, _ = appendNested(dst, data, shape, row)
	return dst
}

// AppendTensor writes a tensor like [Append]: a map as an object, a sequence as
// an array of its values.
func AppendTensor(dst []byte, t tensor.Tensor) ([]byte, error) {
	if t.Keys != nil {
		return appendMap(dst, t)
	}
	if t.DType == tensor.Invalid && t.List != nil {
		return appendList(dst, t.List)
	}
	if err := t.Check(); err != nil {
		return dst, err
	}
	switch t.DType {
	case tensor.Float32:
		return appendView[float32](dst, t)
	case tensor.Float64:
		return appendView[float64](dst, t)
	case tensor.Float16:
		return appendView[tensor.F16](dst, t)
	case tensor.BFloat16:
		return appendView[tensor.BF16](dst, t)
	case tensor.Int8:
		return appendView[int8](dst, t)
	case tensor.Int16:
		return appendView[int16](dst, t)
	case tensor.Int32:
		return appendView[int32](dst, t)
	case tensor.Int64:
		return appendView[int64](dst, t)
	case tensor.Uint8:
		return appendView[uint8](dst, t)
	case tensor.Uint16:
		return appendView[uint16](dst, t)
	case tensor.Uint32:
		return appendView[uint32](dst, t)
	case tensor.Uint64:
		return appendView[uint64](dst, t)
	case tensor.Bool:
		return appendView[bool](dst, t)
	case tensor.String:
		return Append(dst, t.Strings, t.Shape), nil
	}
	return dst, fmt.Errorf("arrays of dtype %s are not supported", t.DType)
}

func appendView[T tensor.Element](dst []byte, t tensor.Tensor) ([]byte, error) {
	v, err := tensor.View[T](t)
	if err != nil {
		return dst, err
	}
	return Append(dst, v, t.Shape), nil
}

func appendList(dst []byte, list []tensor.Tensor) ([]byte, error) {
	dst = append(dst, '[')
	for i, t := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = AppendTensor(dst, t); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// appendMap writes the entries in the order of the model's labels.
func appendMap(dst []byte, t tensor.Tensor) ([]byte, error) {
	values, keys := t, *t.Keys
	values.Keys = nil
	flat, err := tensor.ToFloat32(values)
	if err != nil {
		return dst, err
	}
	if keys.Len() != len(flat) {
		return dst, fmt.Errorf("map of %d keys has %d values", keys.Len(), len(flat))
	}
	labels := keys.Strings
	if keys.DType != tensor.String {
		numbers, err := tensor.View[int64](keys)
		if err != nil {
			return dst, err
		}
		for _, n := range numbers {
			labels = append(labels, strconv.FormatInt(n, 10))
		}
	}
	dst = append(dst, '{')
	for i, label := range labels {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, label), ':')
		dst = appendFloat32(dst, flat[i])
	}
	return append(dst, '}'), nil
}

// rowWriter writes elements with commas between them.
type rowWriter[T any] func(dst []byte, data []T) []byte

func appendNested[T any](dst []byte, data []T, shape []int, row rowWriter[T]) (out []byte, rest []T) {
	dst = append(dst, '[')
	if len(shape) == 1 {
		dst = row(dst, data[:shape[0]])
		return append(dst, ']'), data[shape[0]:]
	}
	for i := range shape[0] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst, data = appendNested(dst, data, shape[1:], row)
	}
	return append(dst, ']'), data
}

// appendRowOf picks the writer of rows of T.
func appendRowOf[T Element]() rowWriter[T] {
	var zero T
	var f any
	switch any(zero).(type) {
	case float32:
		f = each(appendFloat32)
	case float64:
		f = each(appendFloat64)
	case tensor.F16:
		f = each(func(dst []byte, v tensor.F16) []byte { return appendFloat32(dst, v.Float32()) })
	case tensor.BF16:
		f = each(func(dst []byte, v tensor.BF16) []byte { return appendFloat32(dst, v.Float32()) })
	case int8:
		f = each(appendInt[int8])
	case int16:
		f = each(appendInt[int16])
	case int32:
		f = each(appendInt[int32])
	case int64:
		f = each(appendInt[int64])
	case uint8:
		f = each(appendUint[uint8])
	case uint16:
		f = each(appendUint[uint16])
	case uint32:
		f = each(appendUint[uint32])
	case uint64:
		f = each(appendUint[uint64])
	case bool:
		f = each(strconv.AppendBool)
	case string:
		f = each(appendString)
	}
	return f.(rowWriter[T])
}

// each makes a writer of rows out of one of elements.
func each[T any](one func(dst []byte, v T) []byte) rowWriter[T] {
	return func(dst []byte, data []T) []byte {
		for i, v := range data {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = one(dst, v)
		}
		return dst
	}
}

func appendInt[T int8 | int16 | int32 | int64](dst []byte, v T) []byte {
	return strconv.AppendInt(dst, int64(v), 10)
}

func appendUint[T uint8 | uint16 | uint32 | uint64](dst []byte, v T) []byte {
	return strconv.AppendUint(dst, uint64(v), 10)
}

// appendString writes a string as encoding/json does. Text that needs no escapes
// is copied.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil { // cannot be: every string has a form
				return append(dst, `""`...)
			}
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// appendFloat64 writes the shortest decimal that reads back as f, as
// encoding/json formats it: with an exponent below 1e-6 and from 1e21.
func appendFloat64(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	dst = strconv.AppendFloat(dst, f, format, -1, 64)
	if n := len(dst); format == 'e' && n >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1] // e-09 is written e-9
		dst = dst[:n-1]
	}
	return dst
}

// appendFloat32 is appendFloat64 for float32.
func appendFloat32(dst []byte, f float32) []byte {
	b := math.Float32bits(f)
	if b>>31 != 0 {
		if b&^(1<<31) > 0x7f800000 {
			return append(dst, "null"...)
		}
		dst = append(dst, '-')
		b &^= 1 << 31
	}
	if b == 0 {
		return append(dst, '0')
	}
	if b >= 0x7f800000 {
		if n := len(dst); n > 0 && f < 0 {
			dst = dst[:n-1] // no sign before null
		}
		return append(dst, "null"...)
	}
	digits, exp := shortest(b)
	if exp < 0 || b >= floor1e21 {
		for digits%10 == 0 {
			digits /= 10
			exp++
		}
	}
	var text [10]byte
	t := text[decimal(&text, digits):]
	switch abs := math.Float32frombits(b); {
	case abs < 1e-6 || b >= floor1e21:
		return appendExponent(dst, t, exp+len(t)-1)
	case exp >= 0:
		return append(append(dst, t...), "000000000000000000000"[:exp]...)
	case len(t) > -exp:
		point := len(t) + exp
		dst = append(dst, t[:point]...)
		return append(append(dst, '.'), t[point:]...)
	default:
		dst = append(dst, "0.0000000"[:2-exp-len(t)]...)
		return append(dst, t...)
	}
}

// floor1e21 has the bits of 1e21, from which numbers are written with an exponent.
var floor1e21 = math.Float32bits(1e21)

// appendExponent writes d.ddde±x.
func appendExponent(dst, digits []byte, exp int) []byte {
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	dst = append(dst, 'e')
	if exp >= 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(exp), 10)
}

const pairs = "00010203040506070809" + "10111213141516171819" + "20212223242526272829" +
	"30313233343536373839" + "40414243444546474849" + "50515253545556575859" +
	"60616263646566676869" + "70717273747576777879" + "80818283848586878889" +
	"90919293949596979899"

// decimal writes v to the end of buf and returns where it begins.
func decimal(buf *[10]byte, v uint32) int {
	i := len(buf)
	for v >= 100 {
		p := v % 100 * 2
		v /= 100
		i -= 2
		buf[i], buf[i+1] = pairs[p], pairs[p+1]
	}
	if v >= 10 {
		i -= 2
		buf[i], buf[i+1] = pairs[v*2], pairs[v*2+1]
		return i
	}
	i--
	buf[i] = byte('0' + v)
	return i
}
