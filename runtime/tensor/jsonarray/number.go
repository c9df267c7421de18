package jsonarray

import (
	"encoding/binary"
	"math/bits"
)

// Number is a number as it is written: ±mant × 10^exp.
type Number struct {
	End    int  // position after the number, or where it goes wrong
	Whole  bool // it has neither a fraction nor an exponent
	neg    bool
	digits int    // significant digits, leading zeros not counted
	mant   uint64 // wrong where digits > 19
	exp    int
}

// ScanNumber reads a number in JSON's grammar at buf[pos]. Wrong says what is missing
// where there is none.
func ScanNumber(buf []byte, pos int) (num Number, wrong string) {
	num.Whole = true
	if pos < len(buf) && buf[pos] == '-' {
		num.neg = true
		pos++
	}
	first := pos // first digit that is counted as significant
	if pos >= len(buf) {
		num.End = pos
		return num, "expected a digit"
	}
	var m uint64
	switch c := buf[pos] - '0'; {
	case c == 0:
		pos++
		first = pos
	case c <= 9:
		m, pos = digits(buf, pos, 0)
	default:
		num.End = pos
		return num, "expected a digit"
	}
	num.digits = pos - first
	if pos < len(buf) && buf[pos] == '.' {
		num.Whole = false
		pos++
		from := pos
		if num.digits == 0 { // not m == 0: many digits may wrap round to it
			for pos < len(buf) && buf[pos] == '0' {
				pos++
			}
		}
		lead := pos
		m, pos = digits(buf, pos, m)
		if pos == from {
			num.End = pos
			return num, "expected a digit after the point"
		}
		num.digits += pos - lead
		num.exp = from - pos
	}
	num.mant = m
	if pos < len(buf) && buf[pos]|0x20 == 'e' {
		num.Whole = false
		e, next, ok := exponent(buf, pos+1)
		if !ok {
			num.End = next
			return num, "expected a digit in the exponent"
		}
		num.exp += e
		pos = next
	}
	num.End = pos
	return num, ""
}

// digits adds decimal digits to m, eight at a time while there are as many. The
// result wraps round beyond 19 digits.
func digits(buf []byte, pos int, m uint64) (uint64, int) {
	for pos+8 <= len(buf) {
		w := binary.LittleEndian.Uint64(buf[pos:])
		if !allDigits(w) {
			break
		}
		m = m*1e8 + eightDigits(w)
		pos += 8
	}
	for pos < len(buf) {
		c := buf[pos] - '0'
		if c > 9 {
			break
		}
		m = m*10 + uint64(c)
		pos++
	}
	return m, pos
}

// allDigits says whether all eight bytes of w are ASCII digits: the upper nibble
// is 3, and stays 3 when 6 is added.
func allDigits(w uint64) bool {
	const hi = 0xf0f0f0f0f0f0f0f0
	return w&hi|(w+0x0606060606060606)&hi>>4 == 0x3333333333333333
}

// eightDigits is the number that eight digits spell, the first in the lowest
// byte: neighbours are joined to pairs, pairs to fours, fours to eight.
func eightDigits(w uint64) uint64 {
	w -= 0x3030303030303030
	w = w*10 + w>>8
	const mask = 0x000000ff000000ff
	const mul1 = 100 + 1000000<<32
	const mul2 = 1 + 10000<<32
	return ((w&mask)*mul1 + (w>>16&mask)*mul2) >> 32
}

// exponent reads what follows e or E. An exponent too large to matter is capped.
func exponent(buf []byte, pos int) (e, next int, ok bool) {
	neg := false
	if pos < len(buf) && (buf[pos] == '+' || buf[pos] == '-') {
		neg = buf[pos] == '-'
		pos++
	}
	from := pos
	for pos < len(buf) && buf[pos]-'0' <= 9 {
		if e < 1e6 {
			e = e*10 + int(buf[pos]-'0')
		}
		pos++
	}
	if neg {
		e = -e
	}
	return e, pos, pos > from
}

// powersOfFive has 5^0 to 5^27, all that fit 64 bits.
var powersOfFive = func() (p [28]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 5
	}
	return p
}()

// exact gives m × 10^e, for m > 0 and |e| ≤ 27, as frac × 2^exp with the top bit
// of frac set; sticky says that the value is a little more than that. Nothing is
// lost: 10^e is 5^e × 2^e, and 5^|e| fits 64 bits, so that one multiplication or
// division of 128 by 64 bits is exact but for the remainder.
func exact(m uint64, e int) (frac uint64, exp int, sticky bool) {
	if e >= 0 {
		hi, lo := bits.Mul64(m, powersOfFive[e])
		if hi == 0 {
			lz := bits.LeadingZeros64(lo)
			return lo << lz, e - lz, false
		}
		lz := bits.LeadingZeros64(hi)
		return hi<<lz | lo>>(64-lz), e + 64 - lz, lo<<lz != 0
	}
	y := powersOfFive[-e]
	ly, lm := bits.LeadingZeros64(y), bits.LeadingZeros64(m)
	y <<= ly
	m <<= lm
	exp = e - 64 + ly - lm
	hi, lo := m, uint64(0)
	if m >= y { // keep the quotient below 2^64
		hi, lo = m>>1, m<<63
		exp++
	}
	q, rest := bits.Div64(hi, lo, y)
	return q, exp, rest != 0
}

// round makes the nearest number with prec bits out of frac × 2^exp: mant, with
// its top bit set, times 2^e. A carry may make mant one bit longer.
func round(frac uint64, exp int, sticky bool, prec int) (mant uint64, e int) {
	drop := 64 - prec
	mant = frac >> drop
	rest, half := frac&(1<<drop-1), uint64(1)<<(drop-1)
	if rest > half || rest == half && (sticky || mant&1 == 1) {
		mant++
	}
	return mant, exp + drop
}
