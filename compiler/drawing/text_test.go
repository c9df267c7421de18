package drawing

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// nasty are texts that mean something to one of the formats.
var nasty = []string{`</text><script>alert(1)</script>`, `a"b'c`, "a&amp;b", "日本語のノード", "x\\y", "line\nbreak\x00\x1b[0m", "**bold** `code` $x$ #35; fa:fa-x", "]) --> n1; end", strings.Repeat("long ", 40), "e\u0301\u200d👩\u200d🔬", "\xff\xfe", "]]>"}

func nastyDrawing() *Drawing {
	d := &Drawing{Name: nasty[0] + nasty[1]}
	for i, text := range nasty {
		n := &Node{Path: text, Kind: []Kind{Service, Endpoint, Runner, Model, Step, End, Outer, Rest}[i%8], Title: text, Lines: []string{text, text}, Mark: Mark{Changed, "breaking", []string{text}}}
		if i%5 == 0 {
			n.Inside = &Drawing{Nodes: []*Node{{Path: "in " + text, Kind: End, Title: text}}}
		}
		d.Nodes = append(d.Nodes, n)
		if i > 0 {
			d.Edges = append(d.Edges, &Edge{From: nasty[i-1], To: text, Labels: []string{text, text}, Mark: Mark{Removed, "", []string{text}}})
		}
	}
	return d
}

func TestEscapes(t *testing.T) {
	t.Parallel()
	d := nastyDrawing()
	svg := d.SVG()
	dec := xml.NewDecoder(bytes.NewReader(svg))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
		if e, ok := tok.(xml.StartElement); ok && !strings.Contains(" svg title style rect g text path ", " "+e.Name.Local+" ") {
			t.Errorf("there is an element %s", e.Name.Local)
		}
	}
	for i, line := range strings.Split(string(d.Mermaid()), "\n") {
		if i == 1 { // the title is YAML
			continue
		}
		if strings.Count(line, `"`)%2 != 0 || strings.Contains(line, "<script") || strings.Contains(line, "`") {
			t.Errorf("mermaid: %s", line)
		}
	}
	for _, line := range strings.Split(string(d.Dot()), "\n") {
		plain := strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\"`, "")
		if strings.Count(plain, `"`)%2 != 0 {
			t.Errorf("dot: %s", line)
		}
	}
}

// changed makes the second of two bentos out of the notation of the first.
func changed(t *testing.T, src string, from, to string) (old, new *ir.Bento) {
	t.Helper()
	if !strings.Contains(src, from) {
		t.Fatalf("no %q", from)
	}
	return notation.Bento(src), notation.Bento(strings.Replace(src, from, to, 1))
}

const two = `
runner up {s: string} -> {s: string}
runner down {s: string} -> {s: string}
graph read {text: string, list: [...string]} {
	first call up {s: #input.text}
	lines map #input.list {
		inner call up {s: lines.#item}
		each {s: inner.#out.s, t: first.#out.s}
	}
	-> {s: first.#out.s, all: lines.#out}
}
service one {
	read graph read /read
	down runner down /down
}
`

// mark gives the mark of a node or, with two paths, of an edge.
func markOf(d *Drawing, path ...string) (m *Mark) {
	d.walk(func(d *Drawing) {
		for _, n := range d.Nodes {
			if len(path) == 1 && n.Path == path[0] {
				m = &n.Mark
			}
		}
		for _, e := range d.Edges {
			if len(path) == 2 && e.From == path[0] && e.To == path[1] {
				m = &e.Mark
			}
		}
	})
	return m
}

func TestUnion(t *testing.T) {
	t.Parallel()
	old, new := changed(t, two, "	-> {s: first", "	second call down {s: first.#out.s}\n	-> {s: second")
	d := Union(old, new, map[string]Mark{
		"graphs.read.nodes.lines/inner.in.s":   {Severity: "breaking", Notes: []string{"why"}},
		"graphs.read.nodes.first":              {Severity: "risky"},
		"graphs.read.input.text.minLen":        {Severity: "safe"},
		"graphs.read.nodes.second":             {Severity: "safe"},
		"services.one.endpoints.read.strict":   {Severity: "breaking"},
		"graphs.read.nodes.lines.nodes.inner":  {Severity: "safe"},
		"labels.team":                          {Severity: "breaking"},
		"runners.down.engine.go.package.thing": {Change: Changed},
	})
	for _, c := range []struct {
		path     []string
		change   Change
		severity string
	}{
		{[]string{"graphs.read.nodes.second"}, Added, "safe"},
		{[]string{"graphs.read.nodes.first", "graphs.read.nodes.second"}, Added, ""},
		{[]string{"graphs.read.nodes.first", "graphs.read.output"}, Removed, ""},
		{[]string{"graphs.read.nodes.lines.item", "graphs.read.nodes.lines/inner"}, Same, "breaking"},
		{[]string{"graphs.read.nodes.lines/inner"}, Same, "safe"},
		{[]string{"graphs.read.nodes.first"}, Same, "risky"},
		{[]string{"graphs.read.input"}, Changed, "safe"},
		{[]string{"services.one.endpoints.read"}, Changed, "breaking"},
		{[]string{"services.one.endpoints.down"}, Same, ""},
		{[]string{"runners.down"}, Changed, ""},
		{[]string{"graphs.read", "runners.down"}, Added, ""},
		{[]string{"test"}, Changed, "breaking"}, // what has no place
	} {
		m := markOf(d, c.path...)
		if m == nil || m.Change != c.change || m.Severity != c.severity {
			t.Errorf("%v: %+v, want %q %q", c.path, m, c.change, c.severity)
		}
	}
	if m := markOf(d, "graphs.read.nodes.lines.item", "graphs.read.nodes.lines/inner"); len(m.Notes) != 1 {
		t.Errorf("notes %q", m.Notes)
	}
}

func TestUnionWithNothing(t *testing.T) {
	t.Parallel()
	b := notation.Bento(two)
	if d := Union(nil, b, nil); d.Name != "test" || markOf(d, "graphs.read.nodes.lines/inner").Change != Added || markOf(d, "graphs.read").Change != Added {
		t.Errorf("a bento that appears: %+v", markOf(d, "graphs.read"))
	}
	if d := Union(b, nil, nil); d.Name != "test" || markOf(d, "runners.up").Change != Removed {
		t.Errorf("a bento that is gone: %+v", markOf(d, "runners.up"))
	}
	if d := Union(b, notation.Bento(two), nil); d.marked() || !bytes.Equal(d.SVG(), Of(b).SVG()) {
		t.Error("nothing changed, and it is drawn otherwise")
	}
}
