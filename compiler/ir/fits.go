package ir

import (
	"math/big"
	"strconv"
)

// FitsInt64 reports whether the number s is an integer that an int64 holds.
func FitsInt64(s string) bool {
	d, err := parseDecimal(s)
	if err != nil || len(d.digits) > max(d.exp, 0) || d.exp > 19 {
		return false
	}
	_, err = strconv.ParseInt(d.String(), 10, 64)
	return err == nil
}

// FitsFloat64 reports whether a float64 stands for the number s: as 0.1, of which
// there is a nearest one, or 1e30, but not 1e400, and no integer or tiny number that
// would become another one.
func FitsFloat64(s string) bool {
	d, err := parseDecimal(s)
	if err != nil {
		return false
	}
	f, err := strconv.ParseFloat(d.String(), 64)
	if err != nil || f == 0 && d.digits != "" {
		return false
	}
	if len(d.digits) > d.exp || d.exp <= 15 {
		return true // a fraction, or an integer below 2⁵³
	}
	if shortest, err := parseDecimal(strconv.FormatFloat(f, 'e', -1, 64)); err == nil && shortest == d {
		return true
	}
	n, accuracy := new(big.Float).SetFloat64(f).Int(nil)
	return accuracy == big.Exact && n.String() == plain(d.String())
}

// plain writes the integer s without an exponent.
func plain(s string) string {
	r, ok := new(big.Rat).SetString(s)
	if !ok || !r.IsInt() {
		return s
	}
	return r.Num().String()
}

// BeyondFloat64 reports whether the number s is larger than every float64: 1 where it
// is positive, -1 where it is negative, else 0.
func BeyondFloat64(s string) int {
	d, err := parseDecimal(s)
	if err != nil {
		return 0
	}
	if _, err := strconv.ParseFloat(d.String(), 64); err == nil {
		return 0
	}
	return d.sign()
}

// BeyondInt64 is BeyondFloat64 for integers.
func BeyondInt64(s string) int {
	d, err := parseDecimal(s)
	if err != nil {
		return 0
	}
	low, high := decimal{neg: true, digits: "9223372036854775808", exp: 19}, decimal{digits: "9223372036854775807", exp: 19}
	switch {
	case d.compare(high) > 0:
		return 1
	case d.compare(low) < 0:
		return -1
	}
	return 0
}
