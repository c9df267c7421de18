package diff

import "testing"

// TestMirrors: what is said of nodes that another runner mirrors.
func TestMirrors(t *testing.T) {
	t.Parallel()
	const head = "runner say {text: string} -> {text: string}\nrunner next {text: string} -> {text: string}\nrunner last {text: string} -> {text: string}\nservice s { g graph g }\n" +
		"graph g {text: string} {\n\tn call next {text: #input.text}\n\tl call last {text: #input.text}\n\ta call say {text: #input.text} "
	const tail = "\n\t-> {out: a.#out.text, n: n.#out.text, l: l.#out.text}\n}\n"
	for _, c := range []struct{ was, is, want string }{
		{"mirror next 0.5 0.01", "mirror next 0.5 0.01", ""},
		{"", "mirror next 0.5 0.01", "node-mirrored-otherwise graphs.g.nodes.a.mirror"},
		{"mirror next 0.5 0.01", "", "node-mirrored-otherwise graphs.g.nodes.a.mirror"},
		{"mirror next 0.5 0.01", "mirror last 0.5 0.01", "node-mirrored-otherwise graphs.g.nodes.a.mirror"},
		{"mirror next 0.5 0.01", "mirror next 0.6 0.01", "node-mirrored-otherwise graphs.g.nodes.a.mirror"},
		{"mirror next 0.5 0.01", "mirror next 0.5 0", "node-mirrored-otherwise graphs.g.nodes.a.mirror"},
	} {
		if got := said(t, head+c.was+tail, head+c.is+tail); got != c.want {
			t.Errorf("%s → %s\n got %s\nwant %s", c.was, c.is, got, c.want)
		}
	}
}
