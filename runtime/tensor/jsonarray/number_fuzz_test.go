package jsonarray

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"
)

// FuzzNumber compares with strconv, bit for bit, what JSON takes for a number; what JSON
// does not take is not read as one to its end.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{
		"0", "-0", "-0.0", "00", "01", "-01", "1.", ".5", "+1", "1e", "1e+", "0x1p3", "1_0", "inf", "Infinity", "NaN",
		"1e-45", "7.0064923216240853e-46", "7.0064923216240854e-46", "1.1754943508222875e-38", "3.4028235677973366e38", "3.4028235677973365e38",
		"4.9e-324", "2.4703282292062327e-324", "1.7976931348623158e308", "1.7976931348623159e308", "1e23", "9007199254740993", "9007199254740993.0",
		"1.000000059604644775390625", "1.0000000596046447753906250000000000001", "16777217", "16777217.0", "0.1", "0.10000000149011612", "123456789012345678901234567890",
		"0.000000000000000000000000000001", "1e22", "1e-22", "1e27", "1e-28", "1e400", "-1e400", "1e-400", "0e999999999", "1e999999999999",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		buf := []byte(text)
		got64, next64, err64 := parseFloat64(buf, 0)
		got32, next32, err32 := parseFloat32(buf, 0)
		if text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') || !json.Valid(buf) || text[len(text)-1] <= ' ' {
			if err32 == nil && next32 == len(buf) && got32-got32 == 0 { // else a token of Python's
				t.Fatalf("%q is read as %v", text, got32)
			}
			return
		}
		want64, err := strconv.ParseFloat(text, 64)
		if (err != nil) != (err64 != nil) || err == nil && (next64 != len(buf) || math.Float64bits(got64) != math.Float64bits(want64)) {
			t.Errorf("%s reads as float64 %v up to %d (%v), want %v (%v)", text, got64, next64, err64, want64, err)
		}
		want32, err := strconv.ParseFloat(text, 32)
		if (err != nil) != (err32 != nil) || err == nil && (next32 != len(buf) || math.Float32bits(got32) != math.Float32bits(float32(want32))) {
			t.Errorf("%s reads as float32 %v up to %d (%v), want %v (%v)", text, got32, next32, err32, want32, err)
		}
	})
}
