package jsonarray

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"
	"unsafe"

	"bentoc.dev/runtime/tensor"
)

// elemFunc reads the one element that begins at buf[pos] and gives the position
// after it.
type elemFunc[T any] func(buf []byte, pos int) (v T, next int, err error)

// rowFunc reads the elements of an innermost array: buf[pos] begins the first
// one. It appends them to dst, at most limit, and stops at the closing bracket,
// whose position it returns. On an error it returns what it had read before it.
type rowFunc[T any] func(buf []byte, pos int, dst []T, limit int) ([]T, int, error)

// elemOf picks the reader of elements of T.
func elemOf[T Element]() elemFunc[T] {
	var zero T
	var f any
	switch any(zero).(type) {
	case float32:
		f = elemFunc[float32](parseFloat32)
	case float64:
		f = elemFunc[float64](parseFloat64)
	case tensor.F16:
		f = rounded(tensor.ToF16)
	case tensor.BF16:
		f = rounded(tensor.ToBF16)
	case int8:
		f = elemFunc[int8](parseSigned[int8])
	case int16:
		f = elemFunc[int16](parseSigned[int16])
	case int32:
		f = elemFunc[int32](parseSigned[int32])
	case int64:
		f = elemFunc[int64](parseSigned[int64])
	case uint8:
		f = elemFunc[uint8](parseUnsigned[uint8])
	case uint16:
		f = elemFunc[uint16](parseUnsigned[uint16])
	case uint32:
		f = elemFunc[uint32](parseUnsigned[uint32])
	case uint64:
		f = elemFunc[uint64](parseUnsigned[uint64])
	case bool:
		f = elemFunc[bool](parseBool)
	case string:
		f = elemFunc[string](parseString)
	}
	return f.(elemFunc[T])
}

// rowOf picks the reader of rows of T: a loop of its own for float32, where the
// time goes, and one over elem for the others.
func rowOf[T Element](elem elemFunc[T]) rowFunc[T] {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return any(rowFunc[float32](rowFloat32)).(rowFunc[T])
	}
	return func(buf []byte, pos int, dst []T, limit int) ([]T, int, error) {
		for n := 0; ; n++ {
			if n >= limit {
				return dst, pos, tooMany(pos, limit)
			}
			v, next, err := elem(buf, pos)
			if err != nil {
				return dst, pos, err
			}
			dst = append(dst, v)
			var end bool
			if pos, end, err = comma(buf, next); err != nil || end {
				return dst, pos, err
			}
		}
	}
}

func rowFloat32(buf []byte, pos int, dst []float32, limit int) ([]float32, int, error) {
	for n := 0; ; n++ {
		if n >= limit {
			return dst, pos, tooMany(pos, limit)
		}
		f, next, err := parseFloat32(buf, pos)
		if err != nil {
			return dst, pos, err
		}
		dst = append(dst, f)
		// The common case in one compare: a comma and no white space.
		if next+1 < len(buf) && buf[next] == ',' && buf[next+1] > ' ' {
			pos = next + 1
			continue
		}
		var end bool
		if pos, end, err = comma(buf, next); err != nil || end {
			return dst, pos, err
		}
	}
}

// comma steps from the end of an element to the start of the next one; end is
// true at the closing bracket.
func comma(buf []byte, pos int) (next int, end bool, err error) {
	pos = space(buf, pos)
	if pos >= len(buf) {
		return pos, false, syntax(pos, "the array does not end")
	}
	switch buf[pos] {
	case ',':
		return space(buf, pos+1), false, nil
	case ']':
		return pos, true, nil
	}
	return pos, false, syntax(pos, "expected a comma or ], found %s", quote(buf[pos]))
}

func tooMany(pos, limit int) error {
	return &Error{Offset: pos, Kind: Shape, Msg: fmt.Sprintf("more than %d elements", limit)}
}

// rounded reads through float32 (numpy goes through float64).
func rounded[T any](to func(float32) T) elemFunc[T] {
	return func(buf []byte, pos int) (T, int, error) {
		f, next, err := parseFloat32(buf, pos)
		return to(f), next, err
	}
}

func parseSigned[T int8 | int16 | int32 | int64](buf []byte, pos int) (T, int, error) {
	m, neg, next, err := parseInt(buf, pos)
	if err != nil {
		return 0, next, err
	}
	var v T
	bits := unsafe.Sizeof(v) * 8
	top := uint64(1) << (bits - 1) // magnitude of the least value
	if m > top || m == top && !neg {
		return 0, next, outOfRange(buf[pos:next], pos, fmt.Sprintf("int%d", bits))
	}
	if v = T(m); neg {
		v = -v
	}
	return v, next, nil
}

func parseUnsigned[T uint8 | uint16 | uint32 | uint64](buf []byte, pos int) (T, int, error) {
	m, neg, next, err := parseInt(buf, pos)
	if err != nil {
		return 0, next, err
	}
	v := T(m)
	if uint64(v) != m || neg && m != 0 {
		return 0, next, outOfRange(buf[pos:next], pos, fmt.Sprintf("uint%d", unsafe.Sizeof(v)*8))
	}
	return v, next, nil
}

func parseBool(buf []byte, pos int) (bool, int, error) {
	rest := buf[min(pos, len(buf)):]
	switch {
	case bytes.HasPrefix(rest, []byte("true")):
		return true, pos + 4, nil
	case bytes.HasPrefix(rest, []byte("false")):
		return false, pos + 5, nil
	}
	return false, pos, unexpected(buf, pos, "true or false")
}

// parseInt reads a whole number: digits, or a number with a fraction or exponent
// that is whole all the same, such as 3.0, which JSON does not tell from 3.
func parseInt(buf []byte, pos int) (m uint64, neg bool, next int, err error) {
	num, ok := scan(buf, pos)
	if !ok {
		return 0, false, pos, notNumber(buf, pos)
	}
	if num.whole && num.digits <= 19 {
		return num.mant, num.neg, num.end, nil
	}
	if num.whole {
		return parseLong(buf, pos, num)
	}
	f, next, err := parseFloat64(buf, pos)
	if err != nil {
		return 0, false, next, err
	}
	if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false, next, &Error{Offset: pos, Kind: Type, Msg: fmt.Sprintf("expected a whole number, found %s", clip(buf[pos:next]))}
	}
	return uint64(math.Abs(f)), f < 0, next, nil
}

// parseLong reads a whole number of 20 digits or more, which fits uint64 only
// just, if at all.
func parseLong(buf []byte, pos int, num number) (uint64, bool, int, error) {
	start := pos
	if num.neg {
		start++
	}
	var m uint64
	for _, c := range buf[start:num.end] {
		d := uint64(c - '0')
		if m > (math.MaxUint64-d)/10 {
			return 0, false, num.end, outOfRange(buf[pos:num.end], pos, "64 bits")
		}
		m = m*10 + d
	}
	return m, num.neg, num.end, nil
}

// parseString reads a string. Text without escapes is copied; the rest is left
// to encoding/json.
func parseString(buf []byte, pos int) (s string, next int, err error) {
	if pos >= len(buf) || buf[pos] != '"' {
		return "", pos, unexpected(buf, pos, "a string")
	}
	plain := true
	for i := pos + 1; i < len(buf); i++ {
		switch c := buf[i]; {
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return "", pos, syntax(i, "control character 0x%02x in a string", c)
		case c == '"':
			if text := buf[pos+1 : i]; plain && utf8.Valid(text) {
				return string(text), i + 1, nil
			}
			if err := json.Unmarshal(buf[pos:i+1], &s); err != nil {
				return "", pos, syntax(pos, "%s", err)
			}
			return s, i + 1, nil
		}
	}
	return "", pos, syntax(len(buf), "the string does not end")
}

// unexpected says that buf[pos] does not begin what is wanted.
func unexpected(buf []byte, pos int, want string) error {
	if pos >= len(buf) {
		return syntax(pos, "the array does not end")
	}
	return &Error{Offset: pos, Kind: Type, Msg: fmt.Sprintf("expected %s, found %s", want, what(buf[pos]))}
}

// what names the JSON value that begins with c.
func what(c byte) string {
	switch {
	case c == '"':
		return "a string"
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == 't' || c == 'f':
		return "a boolean"
	case c == 'n':
		return "null"
	case c == '-' || c >= '0' && c <= '9':
		return "a number"
	}
	return quote(c)
}

func outOfRange(text []byte, pos int, want string) error {
	return &Error{Offset: pos, Kind: Type, Msg: fmt.Sprintf("%s is out of range for %s", clip(text), want)}
}

// clip shortens a number for a message.
func clip(text []byte) string {
	if len(text) > 40 {
		return string(text[:37]) + "..."
	}
	return string(text)
}
