package codec

import (
	"math"
	"strconv"
)

// number steps over a JSON number and gives its text.
func (r *Reader) number() ([]byte, bool) {
	start, i, d := r.pos, r.pos, r.data
	if i < len(d) && d[i] == '-' {
		i++
	}
	switch {
	case i < len(d) && d[i] == '0':
		i++
	case i < len(d) && d[i] >= '1' && d[i] <= '9':
		i = digits(d, i)
	default:
		r.pos = i
		r.syntax("expected a digit")
		return nil, false
	}
	if i < len(d) && d[i] == '.' {
		j := digits(d, i+1)
		if j == i+1 {
			r.pos = j
			r.syntax("expected a digit after the point")
			return nil, false
		}
		i = j
	}
	if i < len(d) && d[i]|0x20 == 'e' {
		i++
		if i < len(d) && (d[i] == '+' || d[i] == '-') {
			i++
		}
		j := digits(d, i)
		if j == i {
			r.pos = j
			r.syntax("expected a digit in the exponent")
			return nil, false
		}
		i = j
	}
	r.pos = i
	return d[start:i], true
}

// digits gives the index behind the digits at i.
func digits(d []byte, i int) int {
	for i < len(d) && d[i] >= '0' && d[i] <= '9' {
		i++
	}
	return i
}

// Int reads an integer of 64 bits. 1.0 and 1e2 are integers too, as in JSON
// Schema: many languages cannot tell them from 1 and 100.
func (r *Reader) Int(v *int64) bool {
	if c := r.peek(); r.err != nil || r.raw || c != '-' && (c < '0' || c > '9') {
		return r.wrong("int_type", "an integer")
	}
	if r.infinity() {
		r.Problem("finite_number", "must be an integer, not -Infinity")
		return false
	}
	tok, ok := r.number()
	if !ok {
		return false
	}
	n, state := parseInt(tok)
	switch state {
	case fraction:
		r.Problem("int_from_float", "must be an integer, not %s", clip(tok))
		return false
	case overflow:
		r.Problem("int_parsing_size", "must fit in 64 bits")
		return false
	}
	*v = n
	return true
}

type intState int

const (
	exact intState = iota
	fraction
	overflow
)

// parseInt reads a JSON number as an integer.
func parseInt(tok []byte) (int64, intState) {
	neg, i := false, 0
	if tok[0] == '-' {
		neg, i = true, 1
	}
	var n uint64
	for ; i < len(tok); i++ {
		c := tok[i] - '0'
		if c > 9 {
			return parseDecimal(tok)
		}
		if n > (math.MaxUint64-9)/10 {
			return parseDecimal(tok)
		}
		n = n*10 + uint64(c)
	}
	return signed(n, neg)
}

func signed(n uint64, neg bool) (int64, intState) {
	switch {
	case neg && n <= 1<<63:
		return int64(-n), exact
	case !neg && n < 1<<63:
		return int64(n), exact
	}
	return 0, overflow
}

// parseDecimal reads a number with a point or an exponent as an integer, without
// going through a float.
func parseDecimal(tok []byte) (int64, intState) {
	neg := tok[0] == '-'
	var ds []byte
	exp, i := 0, 0
	if neg {
		i = 1
	}
	point := false
	for ; i < len(tok) && tok[i]|0x20 != 'e'; i++ {
		if tok[i] == '.' {
			point = true
			continue
		}
		if point {
			exp--
		}
		if len(ds) > 0 || tok[i] != '0' {
			ds = append(ds, tok[i])
		}
	}
	for len(ds) > 0 && ds[len(ds)-1] == '0' {
		ds = ds[:len(ds)-1]
		exp++
	}
	if len(ds) == 0 {
		return 0, exact
	}
	exp += exponent(tok[i:])
	if exp < 0 {
		return 0, fraction
	}
	if len(ds)+exp > 20 {
		return 0, overflow
	}
	for ; exp > 0; exp-- {
		ds = append(ds, '0')
	}
	n, err := strconv.ParseUint(string(ds), 10, 64)
	if err != nil {
		return 0, overflow
	}
	return signed(n, neg)
}

// exponent reads e12, E-3 or nothing, kept within a million.
func exponent(s []byte) int {
	if len(s) == 0 {
		return 0
	}
	s = s[1:]
	neg := false
	if s[0] == '-' || s[0] == '+' {
		neg = s[0] == '-'
		s = s[1:]
	}
	n := 0
	for _, c := range s {
		n = min(n*10+int(c-'0'), 1_000_000_000)
	}
	if neg {
		return -n
	}
	return n
}

func clip(tok []byte) string {
	if len(tok) > 40 {
		return string(tok[:40]) + "…"
	}
	return string(tok)
}

// Float reads a number. The tokens NaN, Infinity and -Infinity, which Python
// writes, are numbers too.
func (r *Reader) Float(v *float64) bool {
	c := r.peek()
	switch {
	case r.err != nil, r.raw:
		return r.wrong("float_type", "a number")
	case c == '-' && r.infinity():
		*v = math.Inf(-1)
		return true
	case c == '-', c >= '0' && c <= '9':
		return r.float(v)
	case r.literal("NaN"):
		*v = math.NaN()
		return true
	case r.literal("Infinity"):
		*v = math.Inf(1)
		return true
	}
	return r.wrong("float_type", "a number")
}

func (r *Reader) float(v *float64) bool {
	start := r.pos
	tok, ok := r.number()
	if !ok {
		return false
	}
	f, ok := parseFloat(tok)
	if !ok {
		r.Problem("float_parsing", "is too large for a number of 64 bits, at byte %d", start)
		return false
	}
	*v = f
	return true
}

// pow10 are the powers of ten that a float64 holds exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseFloat reads a JSON number: exact when the digits and the power of ten are
// both exact floats (Clinger's fast path), by strconv otherwise. It is false when
// the number is too large.
func parseFloat(tok []byte) (float64, bool) {
	var m uint64
	exp, i, n := 0, 0, 0
	neg := tok[0] == '-'
	if neg {
		i = 1
	}
	point := false
	for ; i < len(tok); i++ {
		c := tok[i] - '0'
		if c > 9 {
			if tok[i] == '.' {
				point = true
				continue
			}
			exp += exponent(tok[i:])
			break
		}
		if n++; n > 19 {
			return slowFloat(tok)
		}
		m = m*10 + uint64(c)
		if point {
			exp--
		}
	}
	if m > 1<<53 || exp < -22 || exp > 22 {
		return slowFloat(tok)
	}
	f := float64(m)
	if exp < 0 {
		f /= pow10[-exp]
	} else {
		f *= pow10[exp]
	}
	if neg {
		f = -f
	}
	return f, true
}

func slowFloat(tok []byte) (float64, bool) {
	f, err := strconv.ParseFloat(string(tok), 64)
	return f, err == nil
}
