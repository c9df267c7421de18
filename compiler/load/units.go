package load

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parseDuration reads a length of time such as "50ms", "1.5s" or "1m30s". The
// units are ms, s, m and h; signs and blanks are refused.
func parseDuration(s string) (time.Duration, error) {
	for _, unit := range []string{"ns", "us", "µs", "μs"} {
		if strings.Contains(s, unit) {
			return 0, tooMuch{fmt.Sprintf("%q is finer than a millisecond", s), "the shortest time is 1ms"}
		}
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, errors.New(`want a number and a unit, such as "50ms"`)
	}
	d, err := time.ParseDuration(s)
	if err != nil && strings.Trim(s, "0123456789.msh") == "" && strings.ContainsAny(s[len(s)-1:], "msh") {
		return 0, tooMuch{fmt.Sprintf("%q is too long", s), "give at most 24h"}
	}
	if err != nil || s == "0" {
		return 0, errors.New(`want a number and a unit, such as "50ms"`)
	}
	return d, nil
}

// tooMuch is the error of an amount that is written rightly and is beyond all bounds.
type tooMuch struct{ msg, hint string }

func (e tooMuch) Error() string { return e.msg }

// sizeUnits gives the factor of each unit that [unquoted] reads, and how CUE spells
// the unit.
var sizeUnits = []struct {
	suffix, cue string
	factor      int64
}{
	{"Ki", "Ki", 1 << 10}, {"Mi", "Mi", 1 << 20}, {"Gi", "Gi", 1 << 30}, {"Ti", "Ti", 1 << 40},
	{"k", "K", 1e3}, {"K", "K", 1e3}, {"M", "M", 1e6}, {"G", "G", 1e9}, {"T", "T", 1e12}, {"", "", 1},
}

// unquoted gives the CUE number that a string in quotes, such as "2Gi", stands for, or "".
// kind is what CUE asks for, int or number; a size that is no whole number of bytes is
// rounded down to an int.
func unquoted(literal, kind string) string {
	if kind != "int" && kind != "number" {
		return ""
	}
	s, err := strconv.Unquote(literal)
	if err != nil {
		return ""
	}
	for _, u := range sizeUnits {
		amount, ok := strings.CutSuffix(s, u.suffix)
		if !ok || !decimal(amount) {
			continue
		}
		r, ok := new(big.Rat).SetString(amount)
		if !ok {
			return ""
		}
		r.Mul(r, new(big.Rat).SetInt64(u.factor))
		if kind == "number" && u.cue == "" || r.IsInt() && (u.cue != "" || !strings.Contains(amount, ".")) {
			if amount = strings.TrimLeft(amount, "0"); amount == "" || amount[0] == '.' {
				amount = "0" + amount // CUE reads no 08
			}
			return amount + u.cue
		}
		return new(big.Int).Quo(r.Num(), r.Denom()).String()
	}
	return ""
}

// sizeText writes a number of bytes with the largest unit that leaves a whole number.
func sizeText(bytes string) string {
	n, err := strconv.ParseInt(bytes, 10, 64)
	if err != nil || n == 0 {
		return bytes
	}
	for _, u := range slices.Backward(sizeUnits[:4]) {
		if n%u.factor == 0 {
			return strconv.FormatInt(n/u.factor, 10) + u.cue
		}
	}
	return bytes
}

// decimal reports whether s is digits, or digits with a point between them.
func decimal(s string) bool {
	whole, frac, point := strings.Cut(s, ".")
	return digits(whole) && (!point || digits(frac))
}

func digits(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "0123456789") == ""
}
