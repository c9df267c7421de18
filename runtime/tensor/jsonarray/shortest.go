package jsonarray

import "math/bits"

// shortest gives the decimal digits × 10^exp that is nearest to the positive,
// finite float32 with these bits among the shortest ones that read back as it
// (R. Giulietti, "The Schubfach way to render doubles", for 32 bits). Digits may
// end in zeros.
func shortest(b uint32) (digits uint32, exp int) {
	frac, biased := b&(1<<23-1), int(b>>23)
	c, q := frac, 1-150 // the number is c × 2^q
	if biased != 0 {
		c, q = frac|1<<23, biased-150
		if q <= 0 && q > -24 && bits.TrailingZeros32(c) >= -q {
			return c >> -q, 0 // a whole number
		}
	}
	// Below a power of two the neighbour is only half as far away.
	closer := uint32(0)
	k := q * 1262611 >> 22 // floor(log10(2^q))
	if frac == 0 && biased > 1 {
		closer = 1
		k = (q*1262611 - 524031) >> 22 // floor(log10(3/4 × 2^q))
	}
	// Bounds and value in units of 10^k / 4, rounded to odd.
	h := q + -k*1741647>>19 + 1
	g := powers[-k-powersFrom]
	lower := roundToOdd(g, (4*c-2+closer)<<h)
	value := roundToOdd(g, 4*c<<h)
	upper := roundToOdd(g, (4*c+2)<<h)
	if c&1 != 0 { // the bounds themselves round to an even neighbour
		lower++
		upper--
	}
	s := value / 4
	if s >= 10 { // one digit less?
		t := s / 10
		under, over := lower <= 40*t, 40*t+40 <= upper
		if under != over {
			if over {
				t++
			}
			return t, k + 1
		}
	}
	under, over := lower <= 4*s, 4*s+4 <= upper
	if under != over {
		if over {
			s++
		}
		return s, k
	}
	// A tie goes to the even digit; strconv goes up where the bounds are uneven
	// (only 2^-12 is such a tie).
	if mid := 4*s + 2; value > mid || value == mid && (s&1 != 0 || closer == 1) {
		s++
	}
	return s, k
}

// roundToOdd is g × c / 2^64 with the lowest bit set where bits were lost.
func roundToOdd(g uint64, c uint32) uint32 {
	hi, lo := bits.Mul64(g, uint64(c))
	if lo>>32 > 1 { // g is rounded up: what is lost below that may be its error
		hi |= 1
	}
	return uint32(hi)
}

// powersFrom is the exponent of the first entry of powers.
const powersFrom = -31

// powers has 10^-31 to 10^45 with 64 significant bits, rounded up. A test
// computes them anew.
var powers = [...]uint64{
	0x81ceb32c4b43fcf5, 0xa2425ff75e14fc32, 0xcad2f7f5359a3b3f, 0xfd87b5f28300ca0e,
	0x9e74d1b791e07e49, 0xc612062576589ddb, 0xf79687aed3eec552, 0x9abe14cd44753b53,
	0xc16d9a0095928a28, 0xf1c90080baf72cb2, 0x971da05074da7bef, 0xbce5086492111aeb,
	0xec1e4a7db69561a6, 0x9392ee8e921d5d08, 0xb877aa3236a4b44a, 0xe69594bec44de15c,
	0x901d7cf73ab0acda, 0xb424dc35095cd810, 0xe12e13424bb40e14, 0x8cbccc096f5088cc,
	0xafebff0bcb24aaff, 0xdbe6fecebdedd5bf, 0x89705f4136b4a598, 0xabcc77118461cefd,
	0xd6bf94d5e57a42bd, 0x8637bd05af6c69b6, 0xa7c5ac471b478424, 0xd1b71758e219652c,
	0x83126e978d4fdf3c, 0xa3d70a3d70a3d70b, 0xcccccccccccccccd, 0x8000000000000000,
	0xa000000000000000, 0xc800000000000000, 0xfa00000000000000, 0x9c40000000000000,
	0xc350000000000000, 0xf424000000000000, 0x9896800000000000, 0xbebc200000000000,
	0xee6b280000000000, 0x9502f90000000000, 0xba43b74000000000, 0xe8d4a51000000000,
	0x9184e72a00000000, 0xb5e620f480000000, 0xe35fa931a0000000, 0x8e1bc9bf04000000,
	0xb1a2bc2ec5000000, 0xde0b6b3a76400000, 0x8ac7230489e80000, 0xad78ebc5ac620000,
	0xd8d726b7177a8000, 0x878678326eac9000, 0xa968163f0a57b400, 0xd3c21bcecceda100,
	0x84595161401484a0, 0xa56fa5b99019a5c8, 0xcecb8f27f4200f3a, 0x813f3978f8940985,
	0xa18f07d736b90be6, 0xc9f2c9cd04674edf, 0xfc6f7c4045812297, 0x9dc5ada82b70b59e,
	0xc5371912364ce306, 0xf684df56c3e01bc7, 0x9a130b963a6c115d, 0xc097ce7bc90715b4,
	0xf0bdc21abb48db21, 0x96769950b50d88f5, 0xbc143fa4e250eb32, 0xeb194f8e1ae525fe,
	0x92efd1b8d0cf37bf, 0xb7abc627050305ae, 0xe596b7b0c643c71a, 0x8f7e32ce7bea5c70,
	0xb35dbf821ae4f38c,
}
