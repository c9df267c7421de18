package load_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// writer writes one bento of a family. What the bento means is drawn from shape; how it is
// written from style, which is nil where everything is spelled out.
type writer struct {
	shape, style *rand.Rand
	top          []string // declarations of the file
	lib          []string // of the package lib
	runners      []string
	n            int
}

// family writes the bento of a seed: spelled out, or by templates.
func family(seed uint64, templates bool) sources {
	w := &writer{shape: rand.New(rand.NewPCG(seed, 1))}
	if templates {
		w.style = rand.New(rand.NewPCG(seed, 2))
	}
	return w.bento()
}

// way draws how something is written: 0 is as it is.
func (w *writer) way(n int) int {
	if w.style == nil {
		return 0
	}
	return w.style.IntN(n)
}

func (w *writer) name(prefix string) string {
	w.n++
	return fmt.Sprintf("%s%d", prefix, w.n)
}

// edge is a reference to a run-time value, or a constant.
type edge struct {
	full, bare string // bare is how it is written where it is in sight
}

const fieldTypes = `{x: int | *1, s: string | *"d", e: "a" | "b", l: [...int] | *[1, 2], o: {p: int, q?: string}}`

func (w *writer) bento() sources {
	var body strings.Builder
	body.WriteString("\tname: \"m\"\n")
	for i := range 2 + w.shape.IntN(3) {
		w.runners = append(w.runners, fmt.Sprintf("r%d", i))
	}
	w.writeRunners(&body)
	graphs := 1 + w.shape.IntN(2)
	for i := range graphs {
		w.graph(&body, fmt.Sprintf("g%d", i))
	}
	w.endpoints(&body, graphs)
	files := sources{}
	imports := "\"bentoc.dev/schema@v0\"\n"
	if len(w.lib) > 0 {
		imports += "\"example.com/m/lib\"\n"
		text := strings.Join(w.lib, "\n")
		use := ""
		if strings.Contains(text, "schema.") {
			use = "import \"bentoc.dev/schema@v0\"\n"
		}
		files["lib/lib.cue"] = "package lib\n" + use + text + "\n"
	}
	files["bento.cue"] = "package m\nimport (\n" + imports + ")\n" + strings.Join(w.top, "\n") + "\nbento: schema.#Bento & {\n" + body.String() + "}\n"
	return files
}

func (w *writer) writeRunners(body *strings.Builder) {
	rest := "#input: " + fieldTypes + ", #output: " + fieldTypes
	for _, r := range w.runners {
		fn := strings.ToUpper(r)
		switch w.way(6) {
		case 0:
			fmt.Fprintf(body, "\trunners: %s: {engine: go: {package: \"./s\", func: %q}, %s}\n", r, fn, rest)
		case 1:
			d := w.name("#Step")
			w.top = append(w.top, fmt.Sprintf("%s: {#fn: string, engine: go: {package: \"./s\", func: #fn}, %s}", d, rest))
			fmt.Fprintf(body, "\trunners: %s: %s & {#fn: %q}\n", r, d, fn)
		case 2:
			d := w.name("#Step")
			w.lib = append(w.lib, fmt.Sprintf("%s: schema.#Runner & {#fn: string, engine: go: {package: \"./s\", func: #fn}, %s}", d, rest))
			fmt.Fprintf(body, "\trunners: %s: lib.%s & {#fn: %q}\n", r, d, fn)
		case 3:
			fmt.Fprintf(body, "\trunners: {for k, f in {%s: %q} {(k): {engine: go: {package: \"./s\", func: f}, %s}}}\n", r, fn, rest)
		case 4:
			d := w.name("_step")
			fmt.Fprintf(body, "\t%s: {engine: go: package: \"./s\", %s}\n\trunners: %s: %s & {engine: go: func: %q}\n", d, rest, r, d, fn)
		case 5:
			d := w.name("#Make")
			w.top = append(w.top, fmt.Sprintf("%s: {fn: string, runner: {engine: go: {package: \"./s\", func: fn}, %s}}", d, rest))
			fmt.Fprintf(body, "\trunners: %s: (%s & {fn: %q}).runner\n", r, d, fn)
		}
	}
}

// ref writes a reference to a runner or a graph.
func (w *writer) ref(kind, name string, lets *[]string) string {
	switch w.way(7) {
	case 1:
		return "bento." + kind + "." + name
	case 2:
		return fmt.Sprintf("bento.%s[%q]", kind, name)
	case 3:
		l := w.name("L")
		*lets = append(*lets, fmt.Sprintf("let %s = bento.%s", l, kind))
		return l + "." + name
	case 4:
		l, k := w.name("L"), w.name("L")
		*lets = append(*lets, fmt.Sprintf("let %s = bento.%s", l, kind), fmt.Sprintf("let %s = %s.%s", k, l, name))
		return k
	case 5:
		return fmt.Sprintf("[for k, v in bento.%s if k == %q {v}][0]", kind, name)
	case 6:
		d := w.name("#Pass")
		w.top = append(w.top, d+": {#p: _, out: #p}")
		return fmt.Sprintf("(%s & {#p: bento.%s.%s}).out", d, kind, name)
	}
	return kind + "." + name
}

// wrap writes a run-time reference or a constant.
func (w *writer) wrap(e edge, lets *[]string) string {
	text := e.bare
	if w.way(3) == 1 {
		text = e.full
	}
	switch w.way(10) {
	case 1:
		l := w.name("L")
		*lets = append(*lets, fmt.Sprintf("let %s = %s", l, e.full))
		return l
	case 2:
		return "[" + text + "][0]"
	case 3:
		return "[for v in [" + e.full + "] {v}][0]"
	case 4:
		return "[if true {" + e.full + "}, 1][0]"
	case 5:
		d := w.name("#Pass")
		w.top = append(w.top, d+": {#p: _, out: #p}")
		return fmt.Sprintf("(%s & {#p: %s}).out", d, e.full)
	case 6:
		d := w.name("#Pass")
		w.lib = append(w.lib, d+": {in: _, out: in}")
		return fmt.Sprintf("(lib.%s & {in: %s}).out", d, e.full)
	case 7:
		return "{a: " + e.full + "}.a"
	case 8:
		h := w.name("_h")
		*lets = append(*lets, fmt.Sprintf("%s: %s", h, e.full))
		return h
	case 9:
		if i := strings.LastIndex(text, "."); i > 0 && !strings.Contains(text[i:], "#") && !strings.HasPrefix(text, `"`) {
			return fmt.Sprintf("%s[%q]", text[:i], text[i+1:])
		}
	}
	return text
}

// in writes what a node takes.
func (w *writer) in(fields map[string]string) string {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	var pairs []string
	for _, n := range names {
		pairs = append(pairs, n+": "+fields[n])
	}
	all := strings.Join(pairs, ", ")
	switch w.way(5) {
	case 1:
		return "{if true {" + all + "}}"
	case 2:
		return "{for k, v in {" + all + "} {(k): v}}"
	case 3:
		return "{{" + all + "}}"
	case 4:
		d := w.name("#In")
		var params, uses, given []string
		for _, n := range names {
			params, uses, given = append(params, "#"+n+": _"), append(uses, n+": #"+n), append(given, "#"+n+": "+fields[n])
		}
		w.top = append(w.top, d+": {"+strings.Join(append(params, uses...), ", ")+"}")
		return d + " & {" + strings.Join(given, ", ") + "}"
	}
	return "{" + all + "}"
}

// sources of a type, among what is in sight.
type sight map[string][]edge

func (s sight) add(full, bare string) {
	for _, field := range []string{"x", "s", "e", "l", "o", "o.p"} {
		typ := strings.Replace(field, "o.p", "x", 1)
		s[typ] = append(s[typ], edge{full + "." + field, bare + "." + field})
	}
}

func (w *writer) fields(in sight, lets *[]string) map[string]string {
	out := map[string]string{}
	constants := map[string]string{"x": "7", "s": `"c"`, "e": `"a"`, "l": "[1, 2]", "o": "{p: 3}"}
	for _, f := range []string{"x", "s", "e", "l", "o"} {
		from := append(slices.Clone(in[f]), edge{constants[f], constants[f]})
		slices.SortFunc(from, func(a, b edge) int { return strings.Compare(a.full, b.full) })
		out[f] = w.wrap(from[w.shape.IntN(len(from))], lets)
	}
	return out
}

func (w *writer) graph(body *strings.Builder, name string) {
	path := "bento.graphs." + name
	in := sight{}
	in.add(path+".#input", "#input")
	var lets []string
	nodes := w.nodes(path, in, &lets, 1)
	out := w.in(w.fields(in.outside(), &lets))
	graph := fmt.Sprintf("{\n\t\t#input: %s\n\t\t%s\n\t\tnodes: {\n%s\t\t}\n\t\t#output: %s\n\t}", fieldTypes, strings.Join(lets, "\n\t\t"), nodes, out)
	switch w.way(5) {
	case 1:
		fmt.Fprintf(body, "\tgraphs: {for k in [%q] {(k): %s}}\n", name, graph)
	case 2:
		fmt.Fprintf(body, "\tgraphs: {if true {%s: %s}}\n", name, graph)
	case 3:
		d := w.name("_graph")
		fmt.Fprintf(body, "\t%s: graph: %s\n\tgraphs: %s: %s.graph\n", d, graph, name, d)
	case 4:
		d := w.name("#Graph")
		fmt.Fprintf(body, "\t%s: %s\n\tgraphs: %s: %s\n", d, graph, name, d)
	default:
		fmt.Fprintf(body, "\tgraphs: %s: %s\n", name, graph)
	}
}

// outside gives the same edges as they are written outside of nodes.
func (s sight) outside() sight {
	out := sight{}
	for typ, edges := range s {
		for _, e := range edges {
			if !strings.HasPrefix(e.bare, "#") {
				e.bare = "nodes." + e.bare
			}
			out[typ] = append(out[typ], e)
		}
	}
	return out
}

func (w *writer) nodes(path string, in sight, lets *[]string, depth int) string {
	var out strings.Builder
	var whole sight = in
	for i := range 2 + w.shape.IntN(3) {
		name := fmt.Sprintf("n%d%d", depth, i)
		at := path + ".nodes." + name
		if depth < 3 && w.shape.IntN(4) == 0 {
			over := whole["l"][w.shape.IntN(len(whole["l"]))]
			inner := sight{}
			for typ, edges := range whole {
				inner[typ] = slices.Clone(edges)
			}
			inner["x"] = append(inner["x"], edge{at + ".#item", name + ".#item"})
			text := w.nodes(at, inner, lets, depth+1)
			own := sight{}
			for typ, edges := range inner {
				for _, e := range edges {
					if strings.HasPrefix(e.full, at+".nodes.") {
						own[typ] = append(own[typ], edge{e.full, "nodes." + e.bare})
					}
				}
			}
			if len(own["x"]) == 0 {
				own["x"] = []edge{{at + ".#item", name + ".#item"}}
			}
			each := w.wrap(own["x"][w.shape.IntN(len(own["x"]))], lets)
			fmt.Fprintf(&out, "%s: {#map: %s, nodes: {\n%s}, #each: %s}\n", name, w.wrap(over, lets), text, each)
			whole["l"] = append(whole["l"], edge{at + ".#out", name + ".#out"})
			continue
		}
		runner := w.runners[w.shape.IntN(len(w.runners))]
		call, fields := w.ref("runners", runner, lets), w.fields(whole, lets)
		switch w.way(4) {
		case 1:
			d := w.name("#Call")
			w.top = append(w.top, d+": {#r: _, #a: _, call: #r, #in: #a}")
			fmt.Fprintf(&out, "%s: %s & {#r: %s, #a: %s}\n", name, d, call, w.in(fields))
		case 2:
			d := w.name("#Call")
			w.lib = append(w.lib, d+": schema.#Node & {#r: schema.#Runner, #a: _, call: #r, #in: #a}")
			fmt.Fprintf(&out, "%s: lib.%s & {#r: %s, #a: %s}\n", name, d, call, w.in(fields))
		default:
			fmt.Fprintf(&out, "%s: {call: %s, #in: %s}\n", name, call, w.in(fields))
		}
		whole.add(at+".#out", name+".#out")
	}
	return out.String()
}

func (w *writer) endpoints(body *strings.Builder, graphs int) {
	var lets []string
	var out strings.Builder
	for i := range graphs {
		g := fmt.Sprintf("g%d", i)
		switch w.way(3) {
		case 1:
			fmt.Fprintf(&out, "\t\tfor k, v in {%s: bento.graphs.%s} {(k): graph: v}\n", g, g)
		case 2:
			d := w.name("#Endpoint")
			w.top = append(w.top, d+": {#g: _, graph: #g}")
			fmt.Fprintf(&out, "\t\t%s: %s & {#g: bento.graphs.%s}\n", g, d, g)
		default:
			fmt.Fprintf(&out, "\t\t%s: graph: %s\n", g, w.ref("graphs", g, &lets))
		}
	}
	for _, r := range w.runners {
		fmt.Fprintf(&out, "\t\t%s: runner: %s\n", r, w.ref("runners", r, &lets))
	}
	fmt.Fprintf(body, "\t%s\n\tservices: m: endpoints: {\n%s\t}\n", strings.Join(lets, "\n\t"), out.String())
}
