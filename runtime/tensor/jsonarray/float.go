package jsonarray

import (
	"encoding/binary"
	"math"
	"strconv"
	"unsafe"
)

// powersOfTen are those that float64 holds exactly.
var powersOfTen = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// parseFloat32 reads the number at buf[pos] as the float32 nearest to it.
//
// The mantissa times a power of ten in float64 is off by less than two units in
// the last place. That decides the float32 unless the float64 lies that close to
// the middle between two float32s, once in a hundred million numbers; then, and
// where the exponent is larger, the way is longer.
func parseFloat32(buf []byte, pos int) (float32, int, error) {
	if mant, exp, end := simple(buf, pos); end > 0 {
		d := float64(mant) / powersOfTen[exp]
		if decided(d) {
			if buf[pos] == '-' {
				d = -d
			}
			return float32(d), end, nil
		}
	}
	num, wrong := ScanNumber(buf, pos)
	if wrong != "" {
		f, next, err := parseSpecial(buf, pos)
		return float32(f), next, err
	}
	if num.digits <= 19 && num.exp >= -22 && num.exp <= 22 {
		d := float64(num.mant)
		if num.exp < 0 {
			d /= powersOfTen[-num.exp]
		} else {
			d *= powersOfTen[num.exp]
		}
		if decided(d) || d == 0 {
			return float32(signed(d, num.neg)), num.End, nil
		}
	}
	return slowFloat32(buf, pos, num)
}

// decided says whether a positive float64 that may be off by two units in the
// last place rounds to one float32 all the same, which is a normal number.
func decided(d float64) bool {
	const half = 1 << 28 // of the 29 bits that float32 lacks
	rest := math.Float64bits(d) & (1<<29 - 1)
	return rest-(half-2) > 4 && d > 1.2e-38 && d < 3.4e38
}

// simple reads the form that nearly all numbers of arrays have, one digit, a
// point and up to 18 more: mant / 10^exp. It returns 0 for end where the number
// has another form; ScanNumber is right then.
func simple(buf []byte, pos int) (mant uint64, exp, end int) {
	if pos < len(buf) && buf[pos] == '-' {
		pos++
	}
	if pos+10 > len(buf) || buf[pos]-'0' > 9 || buf[pos+1] != '.' {
		return 0, 0, 0
	}
	mant = uint64(buf[pos] - '0')
	pos += 2
	from := pos
	w := binary.LittleEndian.Uint64(buf[pos:])
	for allDigits(w) {
		mant = mant*1e8 + eightDigits(w)
		if pos += 8; pos+8 > len(buf) || pos-from > 10 {
			break
		}
		w = binary.LittleEndian.Uint64(buf[pos:])
	}
	for pos < len(buf) && buf[pos]-'0' <= 9 {
		mant = mant*10 + uint64(buf[pos]-'0')
		pos++
	}
	exp = pos - from
	if exp == 0 || exp > 18 || pos < len(buf) && buf[pos]|0x20 == 'e' {
		return 0, 0, 0
	}
	return mant, exp, pos
}

func slowFloat32(buf []byte, pos int, num Number) (float32, int, error) {
	if num.digits <= 19 && num.exp >= -27 && num.exp <= 27 && num.mant != 0 {
		mant, e := round3(num, 24)
		if e >= -149 && e < 127-24 {
			f := math.Ldexp(float64(mant), e) // exact: 25 bits at most
			return float32(signed(f, num.neg)), num.End, nil
		}
	}
	f, err := strconv.ParseFloat(text(buf[pos:num.End]), 32)
	if err != nil {
		return 0, num.End, outOfRange(buf[pos:num.End], pos, "float32")
	}
	return float32(f), num.End, nil
}

// parseFloat64 reads the number at buf[pos] as the float64 nearest to it.
func parseFloat64(buf []byte, pos int) (float64, int, error) {
	num, wrong := ScanNumber(buf, pos)
	if wrong != "" {
		return parseSpecial(buf, pos)
	}
	f, ok := num.Float64(buf[pos:num.End])
	if !ok {
		return 0, num.End, outOfRange(buf[pos:num.End], pos, "float64")
	}
	return f, num.End, nil
}

// Float64 is the float64 nearest to the number, which is written as tok; false where
// it is out of range.
func (num *Number) Float64(tok []byte) (float64, bool) {
	if num.digits > 19 || num.exp < -27 || num.exp > 27 {
		f, err := strconv.ParseFloat(text(tok), 64)
		return f, err == nil
	}
	if num.mant == 0 {
		return signed(0, num.neg), true
	}
	if num.mant < 1<<53 && num.exp >= -22 && num.exp <= 22 {
		// Both operands are exact, so one operation rounds once.
		f := float64(num.mant)
		if num.exp < 0 {
			f /= powersOfTen[-num.exp]
		} else {
			f *= powersOfTen[num.exp]
		}
		return signed(f, num.neg), true
	}
	mant, e := round3(*num, 53)
	// mant lies in [2^52, 2^53], so adding it without its top bit to the biased
	// exponent carries where it must. The range is far from either end.
	b := uint64(e+52+1023)<<52 + (mant - 1<<52)
	return signed(math.Float64frombits(b), num.neg), true
}

// Inexact tells whether the number is a whole one that is written out and that a
// float64 may not hold.
func (num *Number) Inexact() bool { return num.Whole && (num.digits > 19 || num.mant > 1<<53) }

func round3(num Number, prec int) (mant uint64, e int) {
	frac, exp, sticky := exact(num.mant, num.exp)
	return round(frac, exp, sticky, prec)
}

func signed(f float64, neg bool) float64 {
	if neg {
		return -f
	}
	return f
}

// parseSpecial reads the tokens for numbers that JSON has no number for.
func parseSpecial(buf []byte, pos int) (float64, int, error) {
	for _, s := range [...]struct {
		token string
		value float64
	}{{"null", math.NaN()}, {"NaN", math.NaN()}, {"Infinity", math.Inf(1)}, {"-Infinity", math.Inf(-1)}} {
		if end := pos + len(s.token); end <= len(buf) && string(buf[pos:end]) == s.token {
			return s.value, end, nil
		}
	}
	return 0, pos, notNumber(buf, pos)
}

// notNumber says why no number begins at buf[pos].
func notNumber(buf []byte, pos int) error {
	if pos < len(buf) && (buf[pos] == '-' || buf[pos]-'0' <= 9) {
		end := pos
		for end < len(buf) && end < pos+20 && !isSpace(buf[end]) && buf[end] != ',' && buf[end] != ']' {
			end++
		}
		return syntax(pos, "%q is no number", buf[pos:end])
	}
	return unexpected(buf, pos, "a number")
}

// text views bytes as a string while a call lasts.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
