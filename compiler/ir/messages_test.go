package ir_test

import (
	"fmt"
	"strings"
	"testing"

	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/ir/notation"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	b := notation.Bento(`
type Line = {text: string, at?: {x: int, y: int}, more: [...#Line]}
type Hit = {box: [int, int]}
runner read {image: image, opts?: null | {lang: string}} -> {lines: [...#Line], any: {[string]: {n: int}}, kind: #Hit | string | {a: int}}
runner lone {s: string} -> {s: string}
graph g {s: string, pair: [{a: int}, {b: int}]} {
	r call lone {s: #input.s}
	-> {made: r.#out.s, first: #input.pair}
}
service s { up graph g, read runner read }
`)
	check.Run(b, check.Options{})
	var got strings.Builder
	for _, m := range b.Messages() {
		fmt.Fprint(&got, m.Key)
		for _, p := range m.Parts {
			fmt.Fprint(&got, " ", p.Name)
		}
		got.WriteString("\n")
	}
	const want = `s.read.input image opts
s.read.input.opts lang
s.read.output lines any kind
#Line text at more
#Line.at x y
s.read.output.any[] n
s.read.output.kind #Hit string a
#Hit box
s.read.output.kind|a a
s.up.input s pair
s.up.input.pair[0] a
s.up.input.pair[1] b
s.up.output made first
s.up.output.first[0] a
s.up.output.first[1] b
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
