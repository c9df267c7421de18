package assign

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// TestAcross is the table of what an older side and a newer one take from each other.
func TestAcross(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		producer, consumer string
		wire               Wire
		want               string
	}{
		{`{a: int, b: int}`, `{a: int}`, Wire{Ignores: true}, `ok`},
		{`{a: int, b: int}`, `{a: int}`, Wire{}, `field "b" is not allowed by {a: int}`},
		{`{a: int = 1}`, `{a: int}`, Wire{}, `ok`},
		{`{a: int = 1}`, `{a: int}`, Wire{Omits: true}, `field "a" may be absent, but is required`},
		{`{a: int, ...}`, `{a: int, b?: string}`, Wire{Ignores: true}, `check: field "b" may be there already, as anything`},
		{`{a: int, ...}`, `{a: int}`, Wire{}, `check: it may have other fields, which are refused`},
		{`{a: int, ...}`, `{a: int, ...}`, Wire{}, `ok`},
		{`int >=0 <=3`, `0 | 1 | 2 | 3 | 9`, Wire{}, `ok`},
		{`int >=0 <=4`, `0 | 1 | 2 | 3 | 9`, Wire{}, `check: 4 is not 0 | 1 | 2 | 3 | 9`},
		{`int >=0 <=9 step 4`, `int !=3`, Wire{}, `ok`},
		{`string =~"^(cat|dog)$"`, `"dog" | "cat"`, Wire{}, `ok`},
		{`string =~"^ab"`, `string =~"^a"`, Wire{}, `ok`},
		{`string =~"^a"`, `string =~"^ab"`, Wire{}, `check: "a" does not match "^ab"`},
		{`string max 5`, `string max 4`, Wire{}, `check: it has 5 characters, but at most 4 are allowed`},
		{`image`, `image pixels 50000000`, Wire{Omits: true}, `ok`},
		{`image pixels 60000000`, `image`, Wire{Omits: true}, `check: it may have more than 50000000 pixels`},
		{`image`, `image pixels 50000000`, Wire{Full: true}, `check: it may have more than 50000000 pixels`},
		{`file`, `file size 1000`, Wire{Omits: true, MaxBody: 1000}, `ok`},
		{`file size 2000`, `file size 1000`, Wire{Omits: true, MaxBody: 1000}, `ok`},
		{`file`, `file size 900`, Wire{Omits: true, MaxBody: 1000}, `check: it may have more than 900 bytes`},
		{`#Old`, `#New`, Wire{Ignores: true}, `check: .kids[].n: int may lie outside int >=0`},
		{`#Old`, `#Old2`, Wire{Ignores: true}, `ok`},
	} {
		old := &ir.Bento{Types: map[string]*ir.Type{"Old": notation.Type(`{n: float | int, kids: [...{n: int, kids?: [...#Old]}]}`)}}
		new := &ir.Bento{Types: map[string]*ir.Type{
			"New":  notation.Type(`{n: float | int, kids: [...{n: int >=0, kids?: [...#New]}]}`),
			"Old2": notation.Type(`{n: float, kids: [...{n: int, kids?: [...#Old2]}]}`),
		}}
		if got := verdictText(Across(old, new, c.wire).Fit(notation.Type(c.producer), notation.Type(c.consumer))); got != c.want {
			t.Errorf("%s into %s:\ngot  %s\nwant %s", c.producer, c.consumer, got, c.want)
		}
	}
}

// TestTravels is what comes over the wire as tensors and files.
func TestTravels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, typ, want string }{
		{`[[1,2],[3,4]]`, `tensor float32 [n, n]`, `ok`},
		{`[[1,2,3],[3,4,5]]`, `tensor float32 [n, n]`, `dimension 1 is 3, but n is 2 already`},
		{`[[1,2],[3]]`, `tensor float32`, `[[1,2],[3]] is no tensor of float32`},
		{`1`, `tensor float32 []`, `ok`},
		{`[1]`, `tensor float32 []`, `it has 1 dimension, not 0 dimensions`},
		{`[300]`, `tensor uint8`, `[300] is no tensor of uint8`},
		{`[0.5]`, `tensor int8`, `[0.5] is no tensor of int8`},
		{`[1e39]`, `tensor float32`, `[1e39] is no tensor of float32`},
		{`[1e39]`, `tensor float64`, `ok`},
		{`[true]`, `tensor`, `ok`},
		{`{"$tensor": {"dtype": "float32", "shape": [3, 4]}}`, `tensor float32 [3, w]`, `ok`},
		{`{"$tensor": {"dtype": "float32", "shape": [3, 4]}}`, `tensor float64 [3, w]`, `its dtype is float32, not float64`},
		{`{"$file": {"mediaType": "image/png", "bytes": 9}}`, `image image/png size 9`, `ok`},
		{`{"$file": {"mediaType": "image/png", "bytes": 10}}`, `image image/png size 9`, `it has 10 bytes, more than 9`},
		{`{"$file": {"mediaType": "text/plain"}}`, `image`, `it is text/plain, not an image`},
		{`"x"`, `file`, `"x" is no file`},
		{`{"a": [1, 2], "b": [1]}`, `{a: tensor int8 [n], b: tensor int8 [n]}`, `.b: dimension 0 is 1, but n is 2 already`},
		{`[[1, 2], [1]]`, `[...tensor int8 [n]]`, `ok`},
	} {
		b := &ir.Bento{}
		if got := verdictText(Across(b, b, Wire{}).Conforms(ir.Const(c.value), notation.Type(c.typ))); got != c.want {
			t.Errorf("%s as %s:\ngot  %s\nwant %s", c.value, c.typ, got, c.want)
		}
	}
}
