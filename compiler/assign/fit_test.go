package assign

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// TestFit is the table of assignability: producer, consumer, and what is said.
// "ok" fits always; "check: …" fits sometimes, the server looks; the rest never.
func TestFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ producer, consumer, want string }{
		// Kinds.
		{`bool`, `bool`, `ok`},
		{`null`, `null`, `ok`},
		{`int`, `float`, `ok`},
		{`float`, `int`, `number does not fit int`},
		{`string`, `int`, `string does not fit int`},
		{`string`, `bytes`, `string does not fit bytes`},
		{`image`, `file`, `image does not fit file`},
		{`_`, `string`, `check: a value of any type may not be string`},
		{`_`, `image`, `a value of any type does not fit image`},
		{`{a: [...string]}`, `_`, `ok`},
		{`{a: [...image]}`, `_`, `image is no JSON value`},
		{`tensor`, `_`, `tensor is no JSON value`},

		// Numbers.
		{`int >=0 <=10`, `int`, `ok`},
		{`int >=0 <=10`, `int >=0`, `ok`},
		{`int`, `int >=0`, `check: int may lie outside int >=0`},
		{`int >0`, `int >=1`, `ok`},
		{`int >=1`, `int >0`, `ok`},
		{`float >0`, `float >=1`, `check: number >0 may lie outside number >=1`},
		{`float >0`, `float >=0`, `ok`},
		{`float >=0`, `float >0`, `check: number >=0 may lie outside number >0`},
		{`int <0`, `int >=0`, `int <0 is never int >=0`},
		{`float <=0`, `float >0`, `number <=0 is never number >0`},
		{`float >=0 <=1`, `float >=-0.0 <=1e0`, `ok`},
		{`int >0 <2`, `int >=1 <=1`, `ok`},
		{`int step 4`, `int step 2`, `ok`},
		{`int step 3`, `int step 2`, `check: it may be no multiple of 2`},
		{`int`, `float step 0.5`, `ok`},
		{`int`, `int !=0`, `check: it may be 0, which is excluded`},
		{`int >0`, `int !=0`, `ok`},
		{`int !=0`, `int !=0.0`, `ok`},
		{`int >=9007199254740993`, `int >=9007199254740992`, `ok`},
		{`int >=9007199254740992`, `int >=9007199254740993`, `check: int >=9007199254740992 may lie outside int >=9007199254740993`},

		// Enums.
		{`"a" | "b"`, `"a" | "b" | "c"`, `ok`},
		{`"a" | "b"`, `"b" | "c"`, `check: "a" is not "b" | "c"`},
		{`"a" | "b"`, `"c" | "d"`, `"a" is not "c" | "d"`},
		{`"a" | "b"`, `string`, `ok`},
		{`"ab"`, `string =~"^a" max 2`, `ok`},
		{`"ab" | "b"`, `string =~"^a"`, `check: "b" does not match "^a"`},
		{`1 | 2`, `int >=1`, `ok`},
		{`1 | 2`, `float <1`, `1 is not <1`},
		{`1 | 2`, `string`, `1 does not fit string`},
		{`string`, `"a" | "b"`, `check: only "a" | "b" is allowed`},
		{`string =~"^x"`, `"a" | "b"`, `string =~"^x" is none of "a" | "b"`},
		{`int >=5`, `1 | 2`, `int >=5 is none of 1 | 2`},
		{`bool`, `true | false`, `ok`},
		{`bool`, `true`, `check: only true is allowed`},
		{`1.0 | 2.5`, `int`, `check: 2.5 does not fit int`},

		// Text.
		{`string`, `string =~"^a"`, `check: it may not match "^a"`},
		{`string =~"^a"`, `string =~"^a"`, `ok`},
		{`string`, `string !~"^a"`, `check: it may match "^a", which is excluded`},
		{`string !~"^a"`, `string !~"^a"`, `ok`},
		{`string`, `string !=""`, `check: it may be "", which is excluded`},
		{`string min 1`, `string !=""`, `ok`},
		{`string min 1 max 5`, `string max 8`, `ok`},
		{`string`, `string min 1`, `check: it may be less than 1 long`},
		{`string min 9`, `string max 8`, `it is at least 9 long, but at most 8 are allowed`},
		{`bytes max 3`, `bytes min 4`, `it is at most 3 long, but at least 4 are required`},

		// Lists and tuples.
		{`[...int]`, `[...float]`, `ok`},
		{`[...string]`, `[...int]`, `[]: string does not fit int`},
		{`[...int]`, `[...int >=0]`, `check: []: int may lie outside int >=0`},
		{`[...int] min 1`, `[...int] min 1`, `ok`},
		{`[...int]`, `[...int] max 3`, `check: it may be more than 3 items`},
		{`[int, int]`, `[...int]`, `ok`},
		{`[int, string]`, `[...int]`, `[1]: string does not fit int`},
		{`[...int]`, `[int, int]`, `check: it may be more than 2 items`},
		{`[int]`, `[int, int]`, `it is at most 1 items, but at least 2 are required`},
		{`[int, ...string]`, `[int, ...string]`, `ok`},
		{`[int, int]`, `[int, ...int]`, `ok`},
		{`[...int]`, `[...int] unique`, `check: its items may not be unique`},
		{`[...int] max 1`, `[...int] unique`, `ok`},

		// Maps and objects.
		{`{[string]: int}`, `{[string]: float}`, `ok`},
		{`{[string]: int}`, `{[string]: string}`, `[]: int does not fit string`},
		{`{a: int, b: int}`, `{[string]: int}`, `ok`},
		{`{a: int, b: string}`, `{[string]: int}`, `.b: string does not fit int`},
		{`{[string]: int}`, `{a: int}`, `map of int does not fit {a: int}`},
		{`{a: int}`, `{a: int}`, `ok`},
		{`{a: int}`, `{a: int, b?: int}`, `ok`},
		{`{a: int}`, `{a: int, b: int = 3}`, `ok`},
		{`{a: int}`, `{a: int, b: int}`, `field "b" is missing`},
		{`{a?: int}`, `{a: int}`, `field "a" may be absent, but is required`},
		{`{a?: int}`, `{a: int = 1}`, `ok`},
		{`{a: int = 1}`, `{a: int}`, `ok`},
		{`{a: int, z: int}`, `{a: int}`, `field "z" is not allowed by {a: int}`},
		{`{a: int, z: int}`, `{a: int, ...}`, `ok`},
		{`{a: int, ...}`, `{a: int}`, `ok`},
		{`{a: {b: string}}`, `{a: {b: int}}`, `.a.b: string does not fit int`},
		{`{a: {b: int}}`, `{a: {b: int >=0}}`, `check: .a.b: int may lie outside int >=0`},

		// Unions.
		{`int | string`, `string | int | null`, `ok`},
		{`int | string`, `int`, `check: string does not fit int`},
		{`int | string`, `bool`, `int does not fit bool`},
		{`int`, `string | float`, `ok`},
		{`bool`, `string | float`, `bool fits none of string | number`},
		{`int`, `int >=0 | string`, `check: int may lie outside int >=0`},
		{`{kind: "a", x: int}`, `{kind: "a", x: int} | {kind: "b", y: int}`, `ok`},
		{`{kind: "c"}`, `{kind: "a"} | {kind: "b"}`, `{kind: "c"} fits none of {kind: "a"} | {kind: "b"}`},
		{`{kind: "a" | "b"}`, `{kind: "a"} | {kind: "c"}`, `check: .kind: "b" is not "a"`},

		// References and recursion.
		{`#Tree`, `#Tree`, `ok`},
		{`#Tree`, `#Tree2`, `ok`},
		{`#Tree2`, `#Tree`, `check: .n: number does not fit int`},
		{`#Tree`, `#Sad`, `.kids[]: {n: int, kids: list of #Tree} does not fit string`},

		// Tensors.
		{`tensor float32 [3, 4]`, `tensor float32 [3, 4]`, `ok`},
		{`tensor float32 [3, 4]`, `tensor`, `ok`},
		{`tensor float32 [3, 4]`, `tensor float32 [3, _]`, `ok`},
		{`tensor float32 [3, 4]`, `tensor int64 [3, 4]`, `its dtype is float32, not int64`},
		{`tensor [3, 4]`, `tensor float32 [3, 4]`, `check: its dtype may not be float32`},
		{`tensor float32 [3, 4]`, `tensor float32 [3, 5]`, `dimension 1 is 4, not 5`},
		{`tensor float32 [3, _]`, `tensor float32 [3, 5]`, `check: dimension 1 may not be 5`},
		{`tensor float32 [3, w]`, `tensor float32 [3, width]`, `ok`},
		{`tensor float32`, `tensor float32 [3, w]`, `check: its shape may not be [3, w]`},
		{`tensor float32 [3]`, `tensor float32 [3, 1]`, `it has 1 dimension, not 2 dimensions: [3] is not [3, 1]`},
		{`tensor float32 []`, `tensor float32 []`, `ok`},
		{`tensor float32 [1]`, `tensor float32 []`, `it has 1 dimension, not 0 dimensions: [1] is not []`},
		{`tensor float32 [4, 4]`, `tensor float32 [n, n]`, `ok`},
		{`tensor float32 [4, 5]`, `tensor float32 [n, n]`, `dimension 1 is 5, but n is 4 already`},
		{`tensor float32 [a, b]`, `tensor float32 [n, n]`, `check: dimension 1 may not be the n of the other dimensions`},
		{`tensor float32 [a, a]`, `tensor float32 [n, n]`, `ok`},
		{`{a: tensor [3], b: tensor [4]}`, `{a: tensor [n], b: tensor [n]}`, `.b: dimension 0 is 4, but n is 3 already`},
		{`[...{a: tensor [k]}]`, `[...{a: tensor [n]}]`, `ok`},
		{`tensor [3]`, `[...float]`, `tensor [3] does not fit list of number`},

		// Pictures and files.
		{`image`, `image`, `ok`},
		{`image image/png`, `image image/png image/jpeg`, `ok`},
		{`image image/png`, `image image/*`, `ok`},
		{`image image/*`, `image image/png`, `check: it may be none of image/png`},
		{`image`, `image image/png`, `check: it may be none of image/png`},
		{`file audio/mpeg`, `file video/*`, `it is audio/mpeg, not video/*`},
		{`file size 100`, `file size 200`, `ok`},
		{`file`, `file size 200`, `check: it may have more than 200 bytes`},
		{`image pixels 500`, `image pixels 200`, `check: it may have more than 200 pixels`},
	} {
		t.Run(c.producer+" into "+c.consumer, func(t *testing.T) {
			t.Parallel()
			f := New(&ir.Bento{Types: map[string]*ir.Type{
				"Tree":  notation.Type(`{n: int, kids: [...#Tree]}`),
				"Tree2": notation.Type(`{n: float | int, kids: [...#Tree2]}`),
				"Sad":   notation.Type(`{n: int, kids: [...string]}`),
				"Loop":  notation.Type(`#Loop`),
			}})
			a := f.Fit(notation.Type(c.producer), notation.Type(c.consumer))
			if got := verdictText(a); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func verdictText(a Result) string {
	switch a.Verdict {
	case Fits:
		return "ok"
	case FitsAtRunTime:
		return "check: " + a.String()
	}
	return a.String()
}

// TestFitIsReflexive: whatever it is, a type fits itself.
func TestFitIsReflexive(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`int >=0 <10 step 2 !=4`, `string =~"a" !~"b" min 1 max 9 !="ab"`, `"a" | "b"`, `true`, `null`, `_`, `bytes min 1`,
		`[...int] min 1 unique`, `[int, string]`, `[int, ...string]`, `{[string]: {a?: int}}`, `{a: int = 1, b?: string, ...}`,
		`{k: "a"} | {k: "b"}`, `int | string | null`, `tensor float32 [3, n, _, n]`, `tensor []`, `image image/png size 9 pixels 9`, `file audio/*`,
	} {
		typ := notation.Type(src)
		f := New(&ir.Bento{})
		if a := f.Fit(typ, notation.Type(src)); a.Verdict == No {
			t.Errorf("%s does not fit itself: %s", src, a)
		}
	}
}

// TestFitLoop: a type that refers only to itself has no values and fits nothing.
func TestFitLoop(t *testing.T) {
	t.Parallel()
	b := &ir.Bento{Types: map[string]*ir.Type{"Loop": notation.Type(`#Loop`)}}
	if a := New(b).Fit(notation.Type(`#Loop`), notation.Type(`int`)); a.Verdict != No {
		t.Errorf("got %s", verdictText(a))
	}
}

func TestConforms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, typ, want string }{
		{`1`, `int`, `ok`},
		{`1.0`, `int`, `ok`},
		{`1.5`, `int`, `1.5 does not fit int`},
		{`1`, `float >1`, `1 is not >1`},
		{`10`, `int step 3`, `10 is no multiple of 3`},
		{`"a"`, `"a" | "b"`, `ok`},
		{`"c"`, `"a" | "b"`, `"c" is not "a" | "b"`},
		{`"äö"`, `string max 2`, `ok`},
		{`"abc"`, `string max 2`, `it has 3 characters, but at most 2 are allowed`},
		{`"abc"`, `string =~"^b"`, `"abc" does not match "^b"`},
		{`"abc"`, `string !~"^a"`, `"abc" matches "^a", which is excluded`},
		{`"YWJj"`, `bytes max 3`, `ok`},
		{`"YWJj"`, `bytes max 2`, `it has 3 bytes, but at most 2 are allowed`},
		{`"?"`, `bytes`, `"?" is no base64`},
		{`[1, 2]`, `[...int] unique`, `ok`},
		{`[1, 1.0]`, `[...int] unique`, `1.0 is there twice`},
		{`[1, "a"]`, `[...int]`, `[1]: "a" does not fit int`},
		{`[1]`, `[int, int]`, `it has 1 item, but at least 2 are required`},
		{`{"a": 1}`, `{a: int}`, `ok`},
		{`{}`, `{a: int}`, `field "a" is missing`},
		{`{}`, `{a: int = 1}`, `ok`},
		{`{"a": 1, "b": 2}`, `{a: int}`, `field "b" is not allowed by {a: int}`},
		{`{"a": 1, "b": 2}`, `{a: int, ...}`, `ok`},
		{`{"a": "x"}`, `{[string]: int}`, `.a: "x" does not fit int`},
		{`{"a": {"b": [1, true]}}`, `{a: {b: [...int]}}`, `.a.b[1]: true does not fit int`},
		{`true`, `int | string`, `true fits none of int | string`},
		{`null`, `int | null`, `ok`},
		{`null`, `int`, `null does not fit int`},
		{`[1]`, `tensor`, `a constant cannot stand for tensor`},
		{`"x.png"`, `image`, `a constant cannot stand for image`},
		{`{"anything": [1]}`, `_`, `ok`},
	} {
		t.Run(c.value+" as "+c.typ, func(t *testing.T) {
			t.Parallel()
			if got := verdictText(New(&ir.Bento{}).Conforms(ir.Const(c.value), notation.Type(c.typ))); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// An object whose tag may have several values fits a union where it fits with each.
func TestFitByTag(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ producer, consumer, want string }{
		{`{kind: "a" | "b", n: int}`, `{kind: "a", n: int} | {kind: "b", n: float}`, `ok`},
		{`{kind: "a" | "b", n: int}`, `{kind: "a", n: int <=5} | {kind: "b", n: int}`, `check: .n: int may lie outside int <=5`},
		{`{kind: "a" | "b", n: int}`, `{kind: "a", n: int} | {kind: "b", n: int, m: int}`, `check: {kind: "b", n: int} fits none of {kind: "a", n: int} | {kind: "b", n: int, m: int}`},
		{`{kind: "a" | "c", n: int}`, `{kind: "a", n: int} | {kind: "b", n: int}`, `check: {kind: "c", n: int} fits none of {kind: "a", n: int} | {kind: "b", n: int}`},
		{`{kind: "c" | "d", n: int}`, `{kind: "a", n: int} | {kind: "b", n: int}`, `{kind: "c", n: int} fits none of {kind: "a", n: int} | {kind: "b", n: int}`},
		{`{kind: string, n: int}`, `{kind: "a", n: int} | {kind: "b", n: int}`, `check: .kind: only "a" is allowed`},
		{`[...{kind: "a" | "b", n: int}]`, `[...{kind: "a", n: int} | {kind: "b", n: int}]`, `ok`},
	} {
		to := notation.Type(c.consumer)
		union := to
		if to.Kind == ir.KindList {
			union = to.Elem
		}
		union.Discriminator = "kind"
		if got := verdictText(New(&ir.Bento{}).Fit(notation.Type(c.producer), to)); got != c.want {
			t.Errorf("%s into %s:\ngot  %s\nwant %s", c.producer, c.consumer, got, c.want)
		}
	}
}
