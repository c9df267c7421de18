package codec

import (
	"bytes"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AtLeastInt wants v ≥ min.
func (c *Checker) AtLeastInt(v, min int64) {
	if v < min {
		c.Problem("greater_than_equal", "must be at least %d", min)
	}
}

// AtMostInt wants v ≤ max.
func (c *Checker) AtMostInt(v, max int64) {
	if v > max {
		c.Problem("less_than_equal", "must be at most %d", max)
	}
}

// AtLeast wants v ≥ min; NaN never is.
func (c *Checker) AtLeast(v, min float64) {
	if !(v >= min) {
		c.Problem("greater_than_equal", "must be at least %v", min)
	}
}

// AtMost wants v ≤ max; NaN never is.
func (c *Checker) AtMost(v, max float64) {
	if !(v <= max) {
		c.Problem("less_than_equal", "must be at most %v", max)
	}
}

// Above wants v > min; NaN never is.
func (c *Checker) Above(v, min float64) {
	if !(v > min) {
		c.Problem("greater_than", "must be greater than %v", min)
	}
}

// Below wants v < max; NaN never is.
func (c *Checker) Below(v, max float64) {
	if !(v < max) {
		c.Problem("less_than", "must be less than %v", max)
	}
}

// MultipleOfInt wants a multiple of m, which is not 0.
func (c *Checker) MultipleOfInt(v, m int64) {
	if v%m != 0 {
		c.Problem("multiple_of", "must be a multiple of %d", m)
	}
}

// MultipleOf wants a multiple of the decimal m. Both are taken as the decimals
// that they are written as, so 0.3 is a multiple of 0.1.
func (c *Checker) MultipleOf(v float64, m string) {
	c.multipleOf(strconv.FormatFloat(v, 'g', -1, 64), m)
}

// MultipleOfDecimal is MultipleOf for an integer.
func (c *Checker) MultipleOfDecimal(v int64, m string) {
	c.multipleOf(strconv.FormatInt(v, 10), m)
}

func (c *Checker) multipleOf(v, m string) {
	x, okX := new(big.Rat).SetString(v) // not for NaN and infinities
	y, okY := new(big.Rat).SetString(m)
	if !okX || !okY || y.Sign() == 0 || !x.Quo(x, y).IsInt() {
		c.Problem("multiple_of", "must be a multiple of %s", m)
	}
}

// MinRunes wants a text of at least n characters.
func (c *Checker) MinRunes(s string, n int) {
	if len(s) < n || utf8.RuneCountInString(s) < n {
		c.Problem("string_too_short", "must have at least %s", count(n, "character"))
	}
}

// MaxRunes wants a text of at most n characters.
func (c *Checker) MaxRunes(s string, n int) {
	if len(s) > n && utf8.RuneCountInString(s) > n {
		c.Problem("string_too_long", "must have at most %s", count(n, "character"))
	}
}

// MinBytes wants at least n bytes of size.
func (c *Checker) MinBytes(size, n int) {
	if size < n {
		c.Problem("bytes_too_short", "must have at least %s", count(n, "byte"))
	}
}

// MaxBytes wants at most n bytes of size.
func (c *Checker) MaxBytes(size, n int) {
	if size > n {
		c.Problem("bytes_too_long", "must have at most %s", count(n, "byte"))
	}
}

// MinItems wants at least n items in a list or entries in a map of length size.
func (c *Checker) MinItems(size, n int) {
	if size < n {
		c.Problem("too_short", "must have at least %s", count(n, "item"))
	}
}

// MaxItems wants at most n items in a list or entries in a map of length size.
func (c *Checker) MaxItems(size, n int) {
	if size > n {
		c.Problem("too_long", "must have at most %s", count(n, "item"))
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// Expression is a [*regexp.Regexp]. It is named by what of it is used, so that servers
// without patterns are not made of the package.
type Expression interface {
	MatchString(s string) bool
	String() string
}

// Match wants a text in which the expression is found.
func (c *Checker) Match(s string, re Expression) {
	if !re.MatchString(s) {
		c.Problem("string_pattern_mismatch", "must match %s", re)
	}
}

// NoMatch wants a text in which the expression is not found.
func (c *Checker) NoMatch(s string, re Expression) {
	if re.MatchString(s) {
		c.Problem("string_pattern_mismatch", "must not match %s", re)
	}
}

// Format wants a text to be written as package format has found it to be; kind is the
// type of the problem where it is not.
func (c *Checker) Format(fits bool, kind, want string) {
	if !fits {
		c.Problem(kind, "must be %s", want)
	}
}

// OneOf wants one of the allowed texts.
func (c *Checker) OneOf(v string, allowed ...string) {
	if !slices.Contains(allowed, v) {
		quoted := make([]string, len(allowed))
		for i, a := range allowed {
			quoted[i] = strconv.Quote(a)
		}
		c.Problem("enum", "must be %s", alternatives(quoted))
	}
}

// OneOfInt wants one of the allowed numbers.
func (c *Checker) OneOfInt(v int64, allowed ...int64) {
	if !slices.Contains(allowed, v) {
		texts := make([]string, len(allowed))
		for i, a := range allowed {
			texts[i] = strconv.FormatInt(a, 10)
		}
		c.Problem("enum", "must be %s", alternatives(texts))
	}
}

// OneOfFloat wants one of the allowed numbers.
func (c *Checker) OneOfFloat(v float64, allowed ...float64) {
	if !slices.Contains(allowed, v) {
		texts := make([]string, len(allowed))
		for i, a := range allowed {
			texts[i] = strconv.FormatFloat(a, 'g', -1, 64)
		}
		c.Problem("enum", "must be %s", alternatives(texts))
	}
}

// OneOfJSON wants a value whose JSON is one of the allowed ones.
func (c *Checker) OneOfJSON(v []byte, allowed ...string) {
	for _, a := range allowed {
		if sameJSON(v, []byte(a)) {
			return
		}
	}
	c.Problem("enum", "must be %s", alternatives(allowed))
}

// NotJSON wants a value whose JSON is none of the excluded ones.
func (c *Checker) NotJSON(v []byte, excluded ...string) {
	for _, e := range excluded {
		if sameJSON(v, []byte(e)) {
			c.Problem("value_error", "must not be %s", e)
			return
		}
	}
}

// sameJSON compares two JSON texts as values: white space and the spelling of
// numbers and strings do not count.
func sameJSON(a, b []byte) bool { return bytes.Equal(comparable(a), comparable(b)) }

// comparable writes a JSON text anew so that equal values have equal texts.
func comparable(text []byte) []byte {
	var v any
	if parse(text, &v) != nil {
		return text
	}
	return AppendAny(nil, plain(v))
}

// plain makes integers of the numbers that are whole, as 1.0 is for JSON Schema.
func plain(v any) any {
	switch v := v.(type) {
	case float64:
		if n := int64(v); float64(n) == v && math.Abs(v) < 1<<63 {
			return n
		}
	case []any:
		for i, e := range v {
			v[i] = plain(e)
		}
	case map[string]any:
		for k, e := range v {
			v[k] = plain(e)
		}
	}
	return v
}

// Not wants a text that is none of the excluded ones.
func (c *Checker) Not(v string, excluded ...string) {
	if slices.Contains(excluded, v) {
		c.Problem("value_error", "must not be %q", v)
	}
}

// NotInt wants a number that is none of the excluded ones.
func (c *Checker) NotInt(v int64, excluded ...int64) {
	if slices.Contains(excluded, v) {
		c.Problem("value_error", "must not be %d", v)
	}
}

// NotFloat wants a number that is none of the excluded ones.
func (c *Checker) NotFloat(v float64, excluded ...float64) {
	if slices.Contains(excluded, v) {
		c.Problem("value_error", "must not be %v", v)
	}
}

// Equal wants the one allowed value of a bool.
func (c *Checker) Equal(v, want bool) {
	if v != want {
		c.Problem("enum", "must be %t", want)
	}
}

// alternatives writes "a", "a or b", "a, b or c".
func alternatives(s []string) string {
	if len(s) == 0 {
		return "nothing at all"
	}
	last := len(s) - 1
	if last == 0 {
		return s[0]
	}
	return strings.Join(s[:last], ", ") + " or " + s[last]
}
