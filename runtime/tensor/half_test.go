package tensor

import (
	"math"
	"math/big"
	"slices"
	"testing"
)

// TestF16RoundsToTheNearest compares every half precision number, and what lies
// a quarter, a half and three quarters of the way to the next one, with
// arithmetic on rationals.
func TestF16RoundsToTheNearest(t *testing.T) {
	t.Parallel()
	for h := range F16(0x7bff) {
		a, b := h.Float32(), (h + 1).Float32()
		if want := halfValue(h); new(big.Rat).SetFloat64(float64(a)).Cmp(want) != 0 {
			t.Fatalf("%#04x is %v, want %s", uint16(h), a, want)
		}
		even := h
		if h&1 == 1 {
			even = h + 1
		}
		mid := (a + b) / 2 // exact: one more bit
		for _, c := range []struct {
			f    float32
			want F16
		}{{a, h}, {b, h + 1}, {mid, even}, {(a + mid) / 2, h}, {(mid + b) / 2, h + 1},
			{math.Nextafter32(mid, 0), h}, {math.Nextafter32(mid, 1e9), h + 1}} {
			if got := ToF16(c.f); got != c.want {
				t.Fatalf("%v becomes %#04x, want %#04x", c.f, uint16(got), uint16(c.want))
			}
			if got := ToF16(-c.f); got != c.want|0x8000 {
				t.Fatalf("%v becomes %#04x, want %#04x", -c.f, uint16(got), uint16(c.want|0x8000))
			}
		}
	}
}

// halfValue is the value of a finite, positive half precision number by definition.
func halfValue(h F16) *big.Rat {
	exp, frac := int(h>>10), int64(h&0x3ff)
	if exp == 0 {
		return big.NewRat(frac, 1<<24)
	}
	v := big.NewRat(frac+1024, 1<<25)
	return v.Mul(v, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(exp))))
}

func TestF16AtTheEnds(t *testing.T) {
	t.Parallel()
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		f    float32
		want F16
	}{
		{65504, 0x7bff}, {65519.996, 0x7bff}, {65520, 0x7c00}, {1e30, 0x7c00}, {inf, 0x7c00}, {-inf, 0xfc00},
		{5.9604645e-8, 1}, {2.9802322e-8, 0}, {2.9802326e-8, 1}, {1e-30, 0}, {0, 0},
	} {
		if got := ToF16(c.f); got != c.want {
			t.Errorf("%v becomes %#04x, want %#04x", c.f, uint16(got), uint16(c.want))
		}
	}
	nan := float32(math.NaN())
	if f := ToF16(nan).Float32(); f == f {
		t.Errorf("NaN becomes %v", f)
	}
	if f := ToBF16(nan).Float32(); f == f {
		t.Errorf("NaN becomes %v", f)
	}
	if f := F16(0x7c00).Float32(); f != inf {
		t.Errorf("infinity becomes %v", f)
	}
}

func TestBF16RoundsToTheNearest(t *testing.T) {
	t.Parallel()
	for h := range BF16(0x7f7f) {
		a := math.Float32bits(h.Float32())
		even := h
		if h&1 == 1 {
			even++
		}
		for _, c := range []struct {
			bits uint32
			want BF16
		}{{a, h}, {a + 0x7fff, h}, {a + 0x8000, even}, {a + 0x8001, h + 1}} {
			if got := ToBF16(math.Float32frombits(c.bits)); got != c.want {
				t.Fatalf("%#08x becomes %#04x, want %#04x", c.bits, uint16(got), uint16(c.want))
			}
		}
	}
}

// A number just beside a tie, nearer to it than a float32 can say, does not round
// as the tie does.
func TestFloat64IsRoundedOnce(t *testing.T) {
	t.Parallel()
	for h := range F16(0x7bff) {
		a, b := float64(h.Float32()), float64((h + 1).Float32())
		mid := (a + b) / 2
		for _, c := range []struct {
			f    float64
			want F16
		}{{a, h}, {mid, h + h&1}, {math.Nextafter(mid, 0), h}, {math.Nextafter(mid, 1e9), h + 1}} {
			if got := RoundF16(c.f); got != c.want {
				t.Fatalf("%v becomes %#04x, want %#04x", c.f, uint16(got), uint16(c.want))
			}
			if got := RoundF16(-c.f); got != c.want|0x8000 {
				t.Fatalf("%v becomes %#04x, want %#04x", -c.f, uint16(got), uint16(c.want|0x8000))
			}
		}
	}
	for h := range BF16(0x7f7f) {
		a, b := float64(h.Float32()), float64((h + 1).Float32())
		mid := (a + b) / 2
		for _, c := range []struct {
			f    float64
			want BF16
		}{{a, h}, {mid, h + h&1}, {math.Nextafter(mid, 0), h}, {math.Nextafter(mid, 1e39), h + 1}} {
			if got := RoundBF16(c.f); got != c.want {
				t.Fatalf("%v becomes %#04x, want %#04x", c.f, uint16(got), uint16(c.want))
			}
		}
	}
	for _, f := range []float64{65520, 1e39, 1e300, math.Inf(1)} {
		if !RoundF16(f).IsInf() || !RoundF16(-f).IsInf() {
			t.Errorf("%v is no infinite float16", f)
		}
	}
	if RoundF16(65519.999999999).IsInf() || RoundBF16(3.3961775e38).IsInf() || !RoundBF16(3.3961776e38).IsInf() || !RoundBF16(1e300).IsInf() {
		t.Error("a number beside the largest one is not rounded right")
	}
	if RoundF16(1e-300) != 0 || RoundBF16(-1e-300) != 0x8000 || RoundF16(math.NaN()).IsInf() {
		t.Error("a number beside zero, or none, is not rounded right")
	}
}

func TestNumbersOfAnyTypeBecomeFloat32(t *testing.T) {
	t.Parallel()
	want := []float32{0, 1}
	for _, x := range []Tensor{
		Of([]float32{0, 1}, 2), Of([]float64{0, 1}, 2), Of([]F16{0, 0x3c00}, 2), Of([]BF16{0, 0x3f80}, 2),
		Of([]int8{0, 1}, 2), Of([]int16{0, 1}, 2), Of([]int32{0, 1}, 2), Of([]int64{0, 1}, 2),
		Of([]uint8{0, 1}, 2), Of([]uint16{0, 1}, 2), Of([]uint32{0, 1}, 2), Of([]uint64{0, 1}, 2), Of([]bool{false, true}, 2),
	} {
		got, err := ToFloat32(x)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", x.DType, got, err)
		}
	}
	if _, err := ToFloat32(OfStrings([]string{"a"}, 1)); err == nil {
		t.Error("strings became numbers")
	}
	for _, d := range []DType{Float32, Float64, Float16, BFloat16} {
		x, err := FromFloat32(d, want, []int{2})
		if err != nil || x.DType != d {
			t.Fatalf("%s: %v", d, err)
		}
		if back, err := ToFloat32(x); err != nil || !slices.Equal(back, want) {
			t.Errorf("%s: %v, %v", d, back, err)
		}
	}
	if _, err := FromFloat32(Int8, want, []int{2}); err == nil {
		t.Error("floats became int8")
	}
}
