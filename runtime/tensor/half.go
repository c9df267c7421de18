package tensor

import "math"

// F16 is an IEEE 754 half precision number (float16): 1 bit of sign, 5 of
// exponent, 10 of fraction.
type F16 uint16

// BF16 is the upper half of a float32 (bfloat16): 1 bit of sign, 8 of exponent,
// 7 of fraction.
type BF16 uint16

// ToF16 rounds to the nearest half precision number, ties to even. Numbers that
// are too large become infinite; a NaN stays one.
func ToF16(f float32) F16 {
	b := math.Float32bits(f)
	sign := uint16(b>>16) & 0x8000
	b &= 0x7fffffff
	switch {
	case b >= 0x7f800000: // infinite or NaN
		if b == 0x7f800000 {
			return F16(sign | 0x7c00)
		}
		return F16(sign | 0x7e00 | uint16(b>>13)&0x3ff) // quiet, payload kept
	case b >= 0x477ff000: // rounds to 2^16 or more
		return F16(sign | 0x7c00)
	case b >= 0x38800000: // normal: rebias by 112, round the 13 bits away
		b += 0xfff + b>>13&1
		return F16(sign | uint16((b-0x38000000)>>13))
	case b < 0x33000000: // less than half of the smallest subnormal
		return F16(sign)
	}
	// Subnormal: shift the fraction, with its leading one, into units of 2^-24.
	shift := 126 - b>>23
	frac := b&0x7fffff | 0x800000
	half, rest := uint32(1)<<(shift-1), frac&(1<<shift-1)
	frac >>= shift
	if rest > half || rest == half && frac&1 == 1 {
		frac++
	}
	return F16(sign | uint16(frac))
}

// IsInf tells whether the number is infinite.
func (h F16) IsInf() bool { return h&0x7fff == 0x7c00 }

// IsInf tells whether the number is infinite.
func (h BF16) IsInf() bool { return h&0x7fff == 0x7f80 }

// Float32 is the number, exactly.
func (h F16) Float32() float32 {
	sign := uint32(h&0x8000) << 16
	exp, frac := uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch {
	case exp == 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	case exp != 0:
		return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
	}
	f := float32(frac) * (1.0 / (1 << 24)) // subnormal or zero: exact in float32
	return math.Float32frombits(sign | math.Float32bits(f))
}

// ToBF16 rounds to the nearest bfloat16, ties to even. A NaN stays one.
func ToBF16(f float32) BF16 {
	b := math.Float32bits(f)
	if b&0x7fffffff > 0x7f800000 {
		return BF16(b>>16 | 0x40)
	}
	return BF16((b + 0x7fff + b>>16&1) >> 16)
}

// RoundF16 rounds to the nearest half precision number like [ToF16], at once and
// not by way of a float32.
func RoundF16(f float64) F16 { return ToF16(oddFloat32(f)) }

// RoundBF16 is [RoundF16] for bfloat16.
func RoundBF16(f float64) BF16 { return ToBF16(oddFloat32(f)) }

// oddFloat32 cuts f to a float32 and sets the last bit where something was lost, so
// that a second rounding, to fewer bits, finds on which side of a tie f lies.
func oddFloat32(f float64) float32 {
	r := float32(f)
	if float64(r) == f || f != f {
		return r
	}
	b := math.Float32bits(r)
	if math.Abs(float64(r)) > math.Abs(f) {
		b-- // towards zero
	}
	return math.Float32frombits(b | 1)
}

// Float32 is the number, exactly.
func (h BF16) Float32() float32 { return math.Float32frombits(uint32(h) << 16) }

// ToFloat32 gives the elements of a tensor of any numeric type as float32:
// a view where they are float32 already, else a rounded copy. A tensor of
// strings is an error.
func ToFloat32(t Tensor) ([]float32, error) {
	if t.DType == Float32 {
		return View[float32](t)
	}
	if k := kindOf(t.DType); k != nil {
		return k.float32s(t)
	}
	return nil, errNoNumbers(t.DType)
}

// FromFloat32 makes a Float32, Float16, BFloat16 or Float64 tensor of numbers:
// Float32 shares data, the others copy and round.
func FromFloat32(dtype DType, data []float32, shape []int) (Tensor, error) {
	switch dtype {
	case Float32:
		return New(data, shape)
	case Float16:
		return New(mapped(data, ToF16), shape)
	case BFloat16:
		return New(mapped(data, ToBF16), shape)
	case Float64:
		return New(mapped(data, func(v float32) float64 { return float64(v) }), shape)
	}
	return Tensor{}, errNoNumbers(dtype)
}
