package check

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// FuzzRun: whatever Parse lets through can be checked, twice with one result.
func FuzzRun(f *testing.F) {
	b := notation.Bento(`
type Shape = {kind: "circle", r: float} | {kind: "box", inner: #Shape}
runner draw {shape: #Shape, t: tensor float32 [n, n]} -> {l: [...string =~"^a"] max 3}
graph g {r: float, s?: #Shape, t: tensor} {
	a call draw {shape: {kind: "circle", r: #input.r}, t: #input.t}
	m map a.#out.l {
		b call draw {shape: #input.s, t: #input.t}
		each {x: m.#item & string, y: b.#out.l}
	}
	-> {a: a.#out.l, m: m.#out, c: "x"}
}
service s { g graph g }
`)
	seed, err := b.Canonical()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ir.Parse(data)
		if err != nil {
			return
		}
		first := report(Run(b, Options{})) + filledIn(b)
		if again := report(Run(b, Options{})) + filledIn(b); again != first {
			t.Fatalf("first:\n%s\nagain:\n%s", first, again)
		}
	})
}
