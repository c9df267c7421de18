package jsonarray

import (
	"math"
	"strconv"
)

// AppendFloat64 writes the shortest decimal that reads back as f, as Python's
// repr and json do: always with a point or an exponent, so that a reader tells it
// from an integer, and with an exponent below 1e-4 and from 1e16. The numbers that
// JSON has none for are written as Python's tokens NaN, Infinity and -Infinity.
func AppendFloat64(dst []byte, f float64) []byte {
	abs := math.Abs(f)
	switch {
	case abs < 1e16 && abs == math.Trunc(abs):
		if f == 0 && math.Signbit(f) {
			return append(dst, "-0.0"...)
		}
		return append(strconv.AppendInt(dst, int64(f), 10), ".0"...)
	case !(abs <= math.MaxFloat64):
		return append(dst, token(f)...)
	case abs < 1e-4 || abs >= 1e16:
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// token is what stands for a number that is infinite or none.
func token(f float64) string {
	switch {
	case f > 0:
		return "Infinity"
	case f < 0:
		return "-Infinity"
	}
	return "NaN"
}

// AppendFloat32 is [AppendFloat64] with the shortest decimal that reads back as
// the same float32.
func AppendFloat32(dst []byte, f float32) []byte {
	b := math.Float32bits(f)
	if b&^(1<<31) >= 0x7f800000 {
		return append(dst, token(float64(f))...)
	}
	if b>>31 != 0 {
		dst = append(dst, '-')
		b &^= 1 << 31
	}
	if b == 0 {
		return append(dst, "0.0"...)
	}
	digits, exp := shortest(b)
	if exp != 0 {
		for digits%10 == 0 {
			digits /= 10
			exp++
		}
	}
	var text [10]byte
	t := text[decimal(&text, digits):]
	switch first := exp + len(t) - 1; {
	case first < -4 || first >= 16:
		return appendExponent(dst, t, first)
	case exp >= 0:
		dst = append(append(dst, t...), "0000000000000000"[:exp]...)
		return append(dst, ".0"...)
	case len(t) > -exp:
		point := len(t) + exp
		dst = append(dst, t[:point]...)
		return append(append(dst, '.'), t[point:]...)
	default:
		dst = append(dst, "0.0000000"[:2-exp-len(t)]...)
		return append(dst, t...)
	}
}

// appendExponent writes d.ddde±xx.
func appendExponent(dst, digits []byte, exp int) []byte {
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	sign := byte('+')
	if exp < 0 {
		sign, exp = '-', -exp
	}
	return append(dst, 'e', sign, '0'+byte(exp/10), '0'+byte(exp%10))
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
