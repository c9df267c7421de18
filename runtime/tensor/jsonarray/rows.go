package jsonarray

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf8"
	"unsafe"

	"bentoc.dev/runtime/tensor"
)

// elemFunc reads the one element that begins at buf[pos] and gives the position
// after it.
type elemFunc[T any] func(buf []byte, pos int) (v T, next int, err error)

// row reads the elements of an innermost array: buf[pos] begins the first one. It
// appends them to dst, at most limit, and stops at the closing bracket, whose position
// it returns. On an error it returns what it had read before it.
func row[T Element](r *nest, pos int, dst []T, elem elemFunc[T], limit int) ([]T, int, error) {
	for n := 0; ; n++ {
		if n >= limit {
			return dst, pos, tooMany(pos, limit)
		}
		v, next, err := elem(r.buf, pos)
		if err != nil {
			return dst, pos, err
		}
		if len(dst) == cap(dst) {
			if dst, err = grow(r, dst, 4); err != nil {
				return dst, pos, err
			}
		}
		dst = append(dst, v)
		var end bool
		if pos, end, err = comma(r.buf, next); err != nil || end {
			return dst, pos, err
		}
	}
}

// rowFloat32 is [row] for float32.
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
		// The common cases: a comma, with no white space or, as Python writes, one blank.
		if next+2 < len(buf) && buf[next] == ',' {
			if pos = next + 1; buf[pos] == ' ' {
				pos++
			}
			if buf[pos] > ' ' {
				continue
			}
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

func parseF16(buf []byte, pos int) (tensor.F16, int, error) {
	return rounded(buf, pos, tensor.RoundF16, tensor.Float16)
}

func parseBF16(buf []byte, pos int) (tensor.BF16, int, error) {
	return rounded(buf, pos, tensor.RoundBF16, tensor.BFloat16)
}

// rounded reads a half float. A number that would round to an infinite one is out
// of range, as it is for wider floats.
func rounded[T interface{ IsInf() bool }](buf []byte, pos int, to func(float64) T, dtype tensor.DType) (v T, next int, err error) {
	f, next, err := parseFloat64(buf, pos)
	if v = to(f); v.IsInf() && !math.IsInf(f, 0) || next > pos && err != nil {
		return v, next, outOfRange(buf[pos:next], pos, dtype.String())
	}
	return v, next, err
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
	num, wrong := ScanNumber(buf, pos)
	if wrong != "" {
		return 0, false, pos, notNumber(buf, pos)
	}
	m, how := num.magnitude(buf[pos:num.End])
	switch how {
	case Fraction:
		return 0, false, num.End, &Error{Offset: pos, Kind: Type, Msg: "expected a whole number, found " + clip(buf[pos:num.End])}
	case Overflow:
		return 0, false, num.End, outOfRange(buf[pos:num.End], pos, "64 bits")
	}
	return m, num.neg, num.End, nil
}

// parseString reads a string.
func parseString(buf []byte, pos int) (s string, next int, err error) {
	if pos >= len(buf) || buf[pos] != '"' {
		return "", pos, unexpected(buf, pos, "a string")
	}
	text, escaped, end, wrong := ScanText(buf, pos)
	if wrong == "" && !utf8.Valid(text) {
		end, wrong = pos, "a text is not UTF-8"
	}
	switch {
	case wrong != "":
		return "", pos, syntax(end, "%s", wrong)
	case escaped:
		return string(Unescape(text)), end, nil
	}
	return string(text), end, nil
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
