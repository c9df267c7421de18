package check

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// Callers can heed what is deprecated: a field that they must send they cannot leave
// out, and what one node gives another they never see.
func TestDeprecations(t *testing.T) {
	t.Parallel()
	b := notation.Bento(`
type Line = {text: string, box?: int}
runner a {s: string, n?: int, line?: #Line} -> {s: string}
graph g {s: string} {
	x call a {s: #input.s}
	-> {s: x.#out.s}
}
service m {
	g graph g
	h runner a
}`)
	d := &ir.Deprecation{Until: "2027-03-01", Why: "x"}
	fields := b.Runners["a"].Input.Fields
	fields[0].Deprecated, fields[1].Deprecated = d, d
	line := b.Types["Line"].Fields
	line[0].Deprecated, line[1].Deprecated = d, d
	b.Runners["a"].Output.Fields[0].Deprecated = d
	b.Graphs["g"].Nodes[0].In.Object[0].Deprecated = d
	b.Graphs["g"].Output.Object[0].Deprecated = d
	const want = `-: error: @deprecated has no effect on what a node takes [bad-deprecation]
	at bento.graphs.g.nodes.x.#in.s
	hint: it stands behind a field that callers see: of #input, #output or #each
bento.cue:2:14: warning: callers are told not to use text, but it is required of them [bad-deprecation]
	at bento.runners.a.#input.text
	hint: write text?: …, or give it a default
bento.cue:3:11: warning: callers are told not to use s, but it is required of them [bad-deprecation]
	at bento.runners.a.#input.s
	hint: write s?: …, or give it a default
`
	p := &pass{b: b}
	checkDeprecations(p)
	if got := report(p.diags.Sorted()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
