package ir

import "testing"

func TestNumbersOf64Bits(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]struct {
		isInt, isFloat bool
		beyondInt      int
		beyondFloat    int
	}{
		"0":                      {true, true, 0, 0},
		"-0.0":                   {true, true, 0, 0},
		"1e3":                    {true, true, 0, 0},
		"0.1":                    {false, true, 0, 0},
		"3.14159265358979323846": {false, true, 0, 0},
		"9007199254740992":       {true, true, 0, 0},
		"9007199254740993":       {true, false, 0, 0},
		"9007199254740993.5":     {false, true, 0, 0},
		"9223372036854775807":    {true, false, 0, 0},
		"-9223372036854775808":   {true, true, 0, 0},
		"9223372036854775808":    {false, true, 1, 0},
		"-9223372036854775809":   {false, false, -1, 0},
		"1e19":                   {false, true, 1, 0},
		"1e30":                   {false, true, 1, 0},
		"123456789012345670000":  {false, true, 1, 0},
		"123456789012345678901":  {false, false, 1, 0},
		"1.7976931348623157e308": {false, true, 1, 0},
		"1.7976931348623159e308": {false, false, 1, 1},
		"1e400":                  {false, false, 1, 1},
		"-1e400":                 {false, false, -1, -1},
		"1e-400":                 {false, false, 0, 0},
		"5e-324":                 {false, true, 0, 0},
		"-1e100000":              {false, false, -1, -1},
	} {
		if got := FitsInt64(s); got != want.isInt {
			t.Errorf("%s: an int64 holds it: %t", s, got)
		}
		if got := FitsFloat64(s); got != want.isFloat {
			t.Errorf("%s: a float64 holds it: %t", s, got)
		}
		if got := BeyondInt64(s); got != want.beyondInt {
			t.Errorf("%s: beyond int64: %d", s, got)
		}
		if got := BeyondFloat64(s); got != want.beyondFloat {
			t.Errorf("%s: beyond float64: %d", s, got)
		}
	}
}
