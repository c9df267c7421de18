package jsonarray

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// Integer is compared with arithmetic on rationals.
func TestIntegersAreExact(t *testing.T) {
	t.Parallel()
	check := func(s string) {
		t.Helper()
		x, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatal(s)
		}
		want, wantHow := uint64(0), Exact
		switch n := new(big.Int).Abs(x.Num()); {
		case !x.IsInt():
			wantHow = Fraction
		case !n.IsUint64():
			wantHow = Overflow
		default:
			want = n.Uint64()
		}
		if m, how := Integer([]byte(s)); m != want || how != wantHow {
			t.Errorf("%s is %d (%d), want %d (%d)", s, m, how, want, wantHow)
		}
	}
	for _, s := range []string{"0", "-0", "0.0", "-0.0e5", "0e-9", "1", "1.0", "1e3", "1.5e1", "1.55e1", "100e-2", "1000e-4", "9007199254740993.0",
		"18446744073709551615", "18446744073709551616", "1844674407370955161500e-2", "1844674407370955161501e-2", "184467440737095516150e-1",
		"0.00000000000000000000000001e26", "1e19", "1e20", "2e19", "1e-1", "1.00000000000000000000000000000000", "1.00000000000000000000000000000001",
		"100000000000000000000000000000e-29", "-9223372036854775808", "10.010e2", "10.010e3"} {
		check(s)
	}
	r := rand.New(rand.NewPCG(21, 22))
	for range 20_000 {
		var b strings.Builder
		b.WriteByte(byte('1' + r.IntN(9)))
		for range r.IntN(22) {
			b.WriteByte("0000123456789"[r.IntN(13)])
		}
		if r.IntN(2) == 0 {
			b.WriteByte('.')
			for range 1 + r.IntN(8) {
				b.WriteByte("00000009"[r.IntN(8)])
			}
		}
		if r.IntN(2) == 0 {
			b.WriteString("e" + strconv.Itoa(r.IntN(30)-12))
		}
		check(b.String())
	}
}
