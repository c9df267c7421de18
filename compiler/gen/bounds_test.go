package gen

import (
	"strconv"
	"strings"
	"testing"

	"bentoc.dev/compiler/ir"
)

// A bound that is no float64 lets through what it says, not what it is rounded to.
func TestBoundsOfFloats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value     string
		exclusive bool
		dir       int
		want      string // "" for none
	}{
		{"0.1", false, -1, "<=0.1"}, {"0.1", true, 1, ">0.1"}, {"100", false, -1, "<=100"},
		{"9007199254740993", false, -1, "<=9.007199254740992e+15"}, {"9007199254740993", true, -1, "<=9.007199254740992e+15"}, {"9007199254740993", false, 1, ">9.007199254740992e+15"},
		{"9007199254740995", false, -1, "<9.007199254740996e+15"}, {"9007199254740995", true, 1, ">=9.007199254740996e+15"},
		{"1e-400", false, 1, ">0"}, {"1e-400", true, 1, ">0"}, {"1e-400", false, -1, "<=0"}, {"-1e-400", false, 1, ">=-0"}, {"-1e-400", false, -1, "<-0"},
		{"1e400", false, -1, ""}, {"-1e400", false, 1, ""},
		{"1e300", false, -1, "<=1e300"}, {"1" + strings.Repeat("0", 300), false, 1, ">=1e+300"}, {"-1" + strings.Repeat("0", 300), true, 1, ">-1e+300"},
		{"1" + strings.Repeat("0", 299) + "1", false, 1, ">=1e+300"}, // which lies above
	} {
		value, exclusive, ok := floatBound(&ir.Bound{Value: c.value, Exclusive: c.exclusive}, c.dir)
		got := ""
		if ok {
			got = map[int]string{1: ">", -1: "<"}[c.dir]
			if !exclusive {
				got += "="
			}
			got += value
		}
		if got != c.want {
			t.Errorf("%s (exclusive %t, %d): got %s, want %s", c.value, c.exclusive, c.dir, got, c.want)
		}
	}
}

// Go's constants of integers end at 512 bits, those of floats do not.
func TestFloatText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ number, want string }{
		{"0.1", "0.1"}, {"-3", "-3"}, {"1" + strings.Repeat("0", 300), "1e+300"}, {"-0." + strings.Repeat("0", 200) + "25", "-2.5e-201"},
	} {
		got, err := floatText(c.number)
		a, _ := strconv.ParseFloat(got, 64)
		if b, _ := strconv.ParseFloat(c.number, 64); err != nil || got != c.want || a != b {
			t.Errorf("%s: got %s, %v", c.number, got, err)
		}
	}
	if _, err := floatText("1e400"); err == nil {
		t.Error("1e400 is a float64")
	}
}
