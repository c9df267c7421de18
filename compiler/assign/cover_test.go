package assign_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// TestCommon: a value that types have in common and others lack.
func TestCommon(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, out, want string }{
		{`bool`, ``, `true`},
		{`bool`, `true`, `false`},
		{`bool`, `true; false`, `no`},
		{`string | null`, `string`, `null`},
		{`string | null`, `string; null`, `no`},
		{`"a" | "b"`, `"a"`, `"b"`},
		{`"a" | "b"; string =~"b"`, ``, `"b"`},
		{`string =~"^a"; string =~"b$"`, ``, `"ab"`},
		{`string =~"^a"; string =~"^b"`, ``, `no`},
		{`string`, `string =~"^a"; string !~"^a"`, `no`},
		{`string`, `string =~"^a" max 3; string !~"^a"`, `"aaaa"`},
		{`string max 2`, `string max 1; string min 2`, `no`},
		{`string max 2`, `string max 1; string min 3`, `"aa"`},
		{`string`, `string !="a"; "a"`, `no`},
		{`string !="a"`, `string !="b"`, `"b"`},
		{`int`, `int <=3; int >=5`, `4`},
		{`int`, `int <=3; int >=4`, `no`},
		{`int`, `float <3.5; float >=3.5`, `no`},
		{`int`, `float <3.5; float >4`, `4`},
		{`int >=0 <=10 step 5`, `0; 10`, `5`},
		{`int >=0 <=10 step 5`, `0; 5; 10`, `no`},
		{`int step 0.5`, `int <=3; int >=5`, `4`},
		{`int step 1.5 >=1 <=5`, ``, `3`},
		{`int >9223372036854775806`, ``, `9223372036854775807`},
		{`int >9223372036854775807`, ``, `no`},
		{`int`, `int !=3`, `3`},
		{`float`, `float <0.5; float >0.5`, `0.5`},
		{`float`, `float <=0.5; float >0.5`, `no`},
		{`float`, `float <0.3; float >=0.30000000000000001`, `no`},
		{`float <=0.3; float >=0.30000000000000001`, ``, `0.3`},
		{`float`, `float <0; float >0`, `0`},
		{`float <0.1 >0`, `float <=0.09999`, `0.09999000000000001`},
		{`float`, `float <=1e400`, `no`},
		{`float >1e400`, ``, `no`},
		{`float`, `1; float >1; float <1`, `no`},
		{`float`, `int`, `undecided`},
		{`1.5`, `1`, `1.5`},
		{`int; 1.5`, ``, `no`},
		{`"1"; 1`, ``, `no`},
		{`image`, ``, `undecided`},
	} {
		got := "no"
		found := assign.Common(&ir.Bento{}, types(c.in), types(c.out))
		switch {
		case !found.Decided:
			got = "undecided"
		case found.Found:
			got = string(found.Value)
		}
		if got != c.want {
			t.Errorf("in %s, and not in %s: got %s, want %s", c.in, c.out, got, c.want)
		}
	}
}

func types(list string) (all []*ir.Type) {
	for text := range strings.SplitSeq(list, "; ") {
		if text != "" {
			all = append(all, notation.Type(text))
		}
	}
	return all
}

// TestCommonNumbers compares with a look at every number of a few: the ends of all
// ranges, and the numbers beside them.
func TestCommonNumbers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(10, 3))
	ends := []float64{-2, -0.5, 0, 0.1, 0.3, 1, 1.5, 2, 3}
	var tried []float64
	for _, e := range ends {
		tried = append(tried, e, math.Nextafter(e, math.Inf(1)), math.Nextafter(e, math.Inf(-1)), e+0.01, e-0.01, e+1, e-1)
	}
	f := assign.New(&ir.Bento{})
	for range 1000 {
		kind := []string{"int", "float"}[r.IntN(2)]
		made := func() string {
			end := func() string { return fmt.Sprint(ends[r.IntN(len(ends))]) }
			switch r.IntN(5) {
			case 0:
				return kind + " " + []string{">", ">="}[r.IntN(2)] + end()
			case 1:
				return kind + " " + []string{"<", "<="}[r.IntN(2)] + end()
			case 2:
				return kind + " >=" + end() + " <" + end()
			case 3:
				return kind + " !=" + end()
			}
			return end()
		}
		var in, out []string
		in = append(in, kind)
		for range r.IntN(3) {
			in = append(in, made())
		}
		for range r.IntN(4) {
			out = append(out, made())
		}
		holds := func(n float64) bool {
			v := ir.Const(fmt.Sprint(n))
			for _, typ := range types(strings.Join(in, "; ")) {
				if f.Conforms(v, typ).Verdict != assign.Fits {
					return false
				}
			}
			for _, typ := range types(strings.Join(out, "; ")) {
				if typ.Enum == nil && f.Conforms(v, typ).Verdict == assign.Fits || typ.Enum != nil && string(typ.Enum[0]) == string(v) {
					return false
				}
			}
			return true
		}
		want := false
		for _, n := range tried {
			want = want || holds(n)
		}
		got := assign.Common(&ir.Bento{}, types(strings.Join(in, "; ")), types(strings.Join(out, "; ")))
		var shown float64
		if _, err := fmt.Sscan(string(got.Value), &shown); got.Found && (err != nil || !holds(shown)) {
			t.Errorf("in %v, and not in %v: %s is none", in, out, got.Value)
		}
		if !got.Decided || got.Found != want {
			t.Errorf("in %v, and not in %v: found %t (%s), want %t", in, out, got.Found, got.Value, want)
		}
	}
}
