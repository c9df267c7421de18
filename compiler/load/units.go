package load

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"
)

// parseDuration reads a length of time such as "50ms", "1.5s" or "1m30s". The
// units are ms, s, m and h; signs and blanks are refused.
func parseDuration(s string) (time.Duration, error) {
	for _, unit := range []string{"ns", "us", "µs", "μs"} {
		if strings.Contains(s, unit) {
			return 0, fmt.Errorf("%q is finer than a millisecond", s)
		}
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, errors.New(`want a number and a unit, such as "50ms"`)
	}
	d, err := time.ParseDuration(s)
	if err != nil || s == "0" {
		return 0, errors.New(`want a number and a unit, such as "50ms"`)
	}
	return d, nil
}

// sizeUnits gives the factor of each unit of [parseSize].
var sizeUnits = []struct {
	suffix string
	factor int64
}{
	{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"Ti", 1 << 40},
	{"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"", 1},
}

// parseSize reads a number of bytes such as "512Ki", "32Mi", "1.5Gi" or
// "1000". The result is rounded down to a whole byte.
func parseSize(s string) (int64, error) {
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		if !decimal(digits) {
			return 0, errors.New(`want a number and a unit, such as "32Mi"`)
		}
		r, ok := new(big.Rat).SetString(digits)
		if !ok {
			return 0, errors.New(`want a number and a unit, such as "32Mi"`)
		}
		r.Mul(r, new(big.Rat).SetInt64(u.factor))
		n := new(big.Int).Quo(r.Num(), r.Denom())
		if !n.IsInt64() || n.Int64() == math.MaxInt64 {
			return 0, fmt.Errorf("%q is too large", s)
		}
		return n.Int64(), nil
	}
	return 0, errors.New(`want a number and a unit, such as "32Mi"`)
}

// decimal reports whether s is digits, or digits with a point between them.
func decimal(s string) bool {
	whole, frac, point := strings.Cut(s, ".")
	return digits(whole) && (!point || digits(frac))
}

func digits(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "0123456789") == ""
}
