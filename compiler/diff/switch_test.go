package diff

import (
	"fmt"
	"strings"
	"testing"

	"bentoc.dev/compiler/ir/notation"
)

// TestArms: what is said of a switch whose arms change, and what is not.
func TestArms(t *testing.T) {
	t.Parallel()
	const head = "runner say {text: string} -> {text: string}\nservice s { g graph g }\ngraph g {n: int, m: int} {\n\ts switch "
	const was = `#input.n string { few int <=3 { a call say {text: "x"} -> a.#out.text } default { -> "many" } }`
	for _, c := range []struct{ is, want string }{
		{was, ""},
		{`#input.n string { default { -> "many" } few int <=3 { a call say {text: "x"} -> a.#out.text } }`, ""}, // arms have no order
		{`#input.n string { few int <=4 { a call say {text: "x"} -> a.#out.text } default { -> "many" } }`, "arm-chosen-otherwise graphs.g.nodes.s.arms.few"},
		{`#input.n string { default { -> "many" } }`, "arm-chosen-otherwise graphs.g.nodes.s.arms.few; node-removed graphs.g.nodes.s/few/a; runner-removed runners.say"},
		{`#input.n string { few int <=3 { a call say {text: "x"} -> a.#out.text } four 4 { -> "four" } default { -> "many" } }`, "arm-chosen-otherwise graphs.g.nodes.s.arms.four"},
		{`#input.m string { few int <=3 { a call say {text: "x"} -> a.#out.text } default { -> "many" } }`, "node-rewired graphs.g.nodes.s.#on"},
		{`#input.n string { few int <=3 { a call say {text: "x"} -> a.#out.text } default { -> "more" } }`, "node-rewired graphs.g.nodes.s/default.#output"},
	} {
		tail := "\n\t-> {out: s.#out}\n}\n"
		if got := said(t, head+was+tail, head+c.is+tail); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.is, got, c.want)
		}
	}
}

// said gives the rules of what is found between two bentos, each with its path.
func said(t *testing.T, old, new string) string {
	t.Helper()
	report, err := Compare(Side{Bento: notation.Bento(old)}, Side{Bento: notation.Bento(new)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range report.Findings {
		got = append(got, fmt.Sprint(f.Rule, " ", strings.TrimPrefix(f.Path, "bento.")))
	}
	return strings.Join(got, "; ")
}
