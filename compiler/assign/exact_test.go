package assign

import (
	"strconv"
	"testing"

	"bentoc.dev/compiler/ir"
)

// TestRanges asks about every two of some ranges of integers, with and without holes, and wants
// what their values say one by one.
func TestRanges(t *testing.T) {
	t.Parallel()
	ends := []*ir.Bound{nil}
	for _, v := range []string{"-2", "0", "1", "1.0", "1.5", "3"} {
		ends = append(ends, &ir.Bound{Value: v}, &ir.Bound{Value: v, Exclusive: true})
	}
	var types []*ir.Type
	for _, kind := range []ir.Kind{ir.KindInt, ir.KindFloat} {
		for _, low := range ends {
			for _, high := range ends {
				types = append(types, &ir.Type{Kind: kind, Min: low, Max: high})
				if low == nil && high != nil {
					types = append(types, &ir.Type{Kind: kind, Max: high, MultipleOf: "2"}, &ir.Type{Kind: kind, Max: high, Not: []ir.Const{ir.Const("1")}})
				}
			}
		}
	}
	b := &ir.Bento{}
	const most = 6 // values beyond all ends behave like this one
	within := map[*ir.Type]map[int]bool{}
	for _, typ := range types {
		within[typ] = map[int]bool{}
		for n := -most; n <= most; n++ {
			if Across(b, b, Wire{}).Conforms(ir.Const(strconv.Itoa(n)), typ).Verdict == Fits {
				within[typ][n] = true
			}
		}
	}
	for _, p := range types {
		if p.Kind != ir.KindInt {
			continue
		}
		for _, c := range types {
			sent, taken := len(within[p]), 0
			for n := range within[p] {
				if within[c][n] {
					taken++
				}
			}
			if sent == 0 { // nothing is ever sent
				continue
			}
			want := FitsAtRunTime
			switch taken {
			case sent:
				want = Fits
			case 0:
				want = No
			}
			got := Across(b, b, Wire{}).Fit(p, c).Verdict
			// Of a producer with an end open, or at a fraction, no values are counted: it may be
			// that less is known, but never that more fits.
			_, low := wholeNumber(whole(p).Min)
			_, high := wholeNumber(whole(p).Max)
			if exact := low && high || rangeAlone(p) && rangeAlone(c); exact && got != want || got == Fits && want != Fits {
				t.Errorf("%s into %s: verdict %v, and %d of %d fit", Describe(b, p), Describe(b, c), got, taken, sent)
			}
		}
	}
}
