package ir

import (
	"cmp"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// maxExponent bounds the exponent of a number. CUE itself goes no further than
// about 1e±100000; a document that claims more is nonsense or an attack.
const maxExponent = 1_000_000

// decimal is an exact decimal: 0.DIGITS × 10^exp, negated if neg. Zero has no digits.
type decimal struct {
	neg    bool
	digits string // without leading and trailing zeros
	exp    int
}

// parseDecimal reads a number in JSON's grammar.
func parseDecimal(s string) (decimal, error) {
	rest, neg := strings.CutPrefix(s, "-")
	mantissa, exponent := rest, 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		text := strings.TrimPrefix(rest[i+1:], "+")
		e, err := strconv.Atoi(text)
		if err != nil || text[0] == '+' || e > maxExponent || e < -maxExponent || strings.HasPrefix(rest[i+1:], "+-") {
			return decimal{}, fmt.Errorf("reading number %q: bad exponent", s)
		}
		mantissa, exponent = rest[:i], e
	}
	whole, frac, dot := strings.Cut(mantissa, ".")
	if !allDigits(whole) || dot && !allDigits(frac) || len(whole) > 1 && whole[0] == '0' {
		return decimal{}, fmt.Errorf("reading number %q: not a decimal", s)
	}
	digits := strings.TrimLeft(whole+frac, "0")
	d := decimal{neg: neg, exp: len(whole) + exponent - (len(whole) + len(frac) - len(digits))}
	d.digits = strings.TrimRight(digits, "0")
	if d.digits == "" {
		return decimal{}, nil
	}
	return d, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// maxPlain is the longest run of digits that is written without an exponent, as
// in ECMAScript.
const maxPlain = 21

// String writes d the shortest way: plain up to 21 digits, else with an exponent.
func (d decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	sign := ""
	if d.neg {
		sign = "-"
	}
	n := len(d.digits)
	switch {
	case n <= d.exp && d.exp <= maxPlain:
		return sign + d.digits + strings.Repeat("0", d.exp-n)
	case 0 < d.exp && d.exp <= maxPlain:
		return sign + d.digits[:d.exp] + "." + d.digits[d.exp:]
	case -6 < d.exp && d.exp <= 0:
		return sign + "0." + strings.Repeat("0", -d.exp) + d.digits
	case n == 1:
		return sign + d.digits + "e" + strconv.Itoa(d.exp-1)
	}
	return sign + d.digits[:1] + "." + d.digits[1:] + "e" + strconv.Itoa(d.exp-1)
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.neg:
		return -1
	}
	return 1
}

func (d decimal) compare(o decimal) int {
	if c := cmp.Compare(d.sign(), o.sign()); c != 0 || d.sign() == 0 {
		return c
	}
	c := cmp.Or(cmp.Compare(d.exp, o.exp), strings.Compare(d.digits, o.digits))
	return c * d.sign()
}

// CanonicalNumber rewrites a number of JSON's grammar so that equal numbers have
// equal texts: 1.0 and 10e-1 become 1. No digit is lost.
func CanonicalNumber(s string) (string, error) {
	d, err := parseDecimal(s)
	if err != nil {
		return "", err
	}
	return d.String(), nil
}

// CompareNumbers orders two numbers of JSON's grammar exactly. What is not a
// number counts as 0: Parse and the loader let none through.
func CompareNumbers(a, b string) int {
	x, _ := parseDecimal(a)
	y, _ := parseDecimal(b)
	return x.compare(y)
}

// IsInteger reports whether the number s has no fraction: 1, 1.0 and 1e3 have none.
func IsInteger(s string) bool {
	d, err := parseDecimal(s)
	return err == nil && len(d.digits) <= max(d.exp, 0)
}

// maxRatio bounds the exponents for which IsMultiple computes; numbers beyond
// have no use as steps.
const maxRatio = 400

// IsMultiple reports whether the number s is a whole multiple of the number of.
func IsMultiple(s, of string) bool {
	x, err := parseDecimal(s)
	y, err2 := parseDecimal(of)
	if err != nil || err2 != nil || y.sign() == 0 {
		return false
	}
	if x.sign() == 0 {
		return true
	}
	for _, d := range []decimal{x, y} {
		if d.exp > maxRatio || d.exp < -maxRatio || len(d.digits) > maxRatio {
			return false
		}
	}
	a, ok := new(big.Rat).SetString(x.String())
	b, ok2 := new(big.Rat).SetString(y.String())
	return ok && ok2 && a.Quo(a, b).IsInt()
}
