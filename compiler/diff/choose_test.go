package diff

import "testing"

// TestChoices: what is said of arms that get other requests.
func TestChoices(t *testing.T) {
	t.Parallel()
	const head = "runner say {text: string} -> {text: string}\nservice s { g graph g }\ngraph g {text: string} {\n\ta choose "
	const tail = "\n\tb call say {text: a.#out}\n\t-> {out: b.#out.text}\n}\n"
	const was = `key X-U header X-A string { x 9 "x" { -> "x" } y 1 { -> #input.text } }`
	for _, c := range []struct{ is, want string }{
		{was, ""},
		{`key X-U header X-A string { x 90 "x" { -> "x" } y 10 { -> #input.text } }`, ""},
		{`key X-U header X-A string { y 1 { -> #input.text } x 9 "x" { -> "x" } }`, ""},
		{`key X-U header X-A string { x 1 "x" { -> "x" } y 1 { -> #input.text } }`, "arm-shares-changed graphs.g.nodes.a.arms.x; arm-shares-changed graphs.g.nodes.a.arms.y"},
		{`key X-V header X-A string { x 9 "x" { -> "x" } y 1 { -> #input.text } }`, "arm-shares-changed graphs.g.nodes.a.choose"},
		{`header X-B string { x 9 "x" { -> "x" } y 1 { -> #input.text } }`, "arm-shares-changed graphs.g.nodes.a.choose"},
		{`key X-U header X-A string { x 9 "x" "z" { -> "x" } y 1 { -> #input.text } }`, "arm-shares-changed graphs.g.nodes.a.arms.x"},
		{`key X-U header X-A string { x 9 "x" { -> "x" } }`, "arm-shares-changed graphs.g.nodes.a.arms.x; arm-shares-changed graphs.g.nodes.a.arms.y"},
		{`key X-U header X-A string { x 9 "x" { -> "z" } y 1 { -> #input.text } }`, "node-rewired graphs.g.nodes.a/x.#output"},
	} {
		if got := said(t, head+was+tail, head+c.is+tail); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.is, got, c.want)
		}
	}
}
