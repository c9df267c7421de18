package diff

import "testing"

// TestGuards: what is said of nodes about whose failures something else is done.
func TestGuards(t *testing.T) {
	t.Parallel()
	const head = "runner say {text: string} -> {text: string}\nrunner other {text: string} -> {text: string}\nservice s { g graph g }\n" +
		"graph g {texts: [string]} {\n\to call other {text: \"x\"}\n\ta call say {text: o.#out.text} "
	const was = `timeout 100 fallback { -> {text: "none"} }`
	for _, c := range []struct{ is, want string }{
		{was, ""},
		{`timeout 200 fallback { -> {text: "none"} }`, "node-guarded-otherwise graphs.g.nodes.a"},
		{`timeout 100 retry 2 fallback { -> {text: "none"} }`, "node-guarded-otherwise graphs.g.nodes.a"},
		{`timeout 100`, "node-guarded-otherwise graphs.g.nodes.a"},
		{`timeout 100 fallback { -> {text: "some"} }`, "node-rewired graphs.g.nodes.a/fallback.#output.text"},
		{`timeout 100 fallback { b call say {text: "x"} -> b.#out }`, "node-rewired graphs.g.nodes.a/fallback.#output; node-added graphs.g.nodes.a/fallback/b"},
	} {
		tail := "\n\tm map #input.texts { each m.#item }\n\t-> {out: a.#out.text, m: m.#out}\n}\n"
		if got := said(t, head+was+tail, head+c.is+tail); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.is, got, c.want)
		}
	}
}
