package jsonarray

import "math"

// Whole tells how a number is an integer.
type Whole int

// The ways.
const (
	Exact    Whole = iota // an integer whose magnitude fits 64 bits
	Fraction              // no integer
	Overflow              // a larger integer
)

// Int64 gives the number, which is written as tok, as an integer.
func (num *Number) Int64(tok []byte) (int64, Whole) {
	m, how := num.magnitude(tok)
	switch {
	case how != Exact:
		return 0, how
	case num.neg && m <= 1<<63:
		return int64(-m), Exact
	case !num.neg && m < 1<<63:
		return int64(m), Exact
	}
	return 0, Overflow
}

func (num *Number) magnitude(tok []byte) (uint64, Whole) {
	if num.Whole && num.digits <= 19 {
		return num.mant, Exact
	}
	return Integer(tok)
}

// Integer gives the magnitude of a number of JSON's grammar, however it is written,
// without going through a float.
func Integer(tok []byte) (m uint64, how Whole) {
	i := 0
	if tok[0] == '-' {
		i = 1
	}
	exp, zeros, point := 0, 0, false
	for ; i < len(tok) && tok[i]|0x20 != 'e'; i++ {
		c := tok[i] - '0'
		switch {
		case tok[i] == '.':
			point = true
			continue
		case point:
			exp--
		}
		if c == 0 { // kept back: they may be behind the last digit that counts
			zeros++
			continue
		}
		for ; zeros > 0 && m > 0; zeros-- {
			if m, how = shift(m, 0, how); how == Overflow {
				break
			}
		}
		m, how = shift(m, c, how)
		zeros = 0
	}
	if m == 0 && how == Exact {
		return 0, Exact
	}
	exp += zeros
	if i < len(tok) {
		e, _, _ := exponent(tok, i+1)
		exp += e
	}
	switch {
	case exp < 0: // the digits before do not end in a zero
		return 0, Fraction
	case how == Overflow || exp > 19:
		return 0, Overflow
	}
	for ; exp > 0; exp-- {
		if m, how = shift(m, 0, how); how == Overflow {
			return 0, Overflow
		}
	}
	return m, Exact
}

// shift appends a digit to m.
func shift(m uint64, digit byte, how Whole) (uint64, Whole) {
	if how == Overflow || m > (math.MaxUint64-uint64(digit))/10 {
		return math.MaxUint64, Overflow
	}
	return m*10 + uint64(digit), how
}
