package drawing

import (
	"fmt"
	"strings"
)

// Dot writes d for Graphviz. Boxes are clusters: an edge to one leads to a node in it
// and is cut off at its border.
func (d *Drawing) Dot() []byte {
	w := &dot{ids: map[string]string{}, inner: map[string]string{}}
	w.line(0, "digraph %s {", dotText(d.Name))
	w.line(1, `compound=true; rankdir=TB; fontname="Helvetica"; fontsize=12; nodesep=0.3; ranksep=0.4;`)
	w.line(1, `node [shape=box, style="rounded,filled", fillcolor="#ffffff", color="#b4bcc8", fontname="Helvetica", fontsize=12, margin="0.15,0.08"];`)
	w.line(1, `edge [fontname="Courier", fontsize=10, color="#8a94a3", fontcolor="#55606f", arrowsize=0.7];`)
	w.drawing(1, d)
	w.line(0, "}")
	return []byte(w.String())
}

type dot struct {
	strings.Builder
	ids   map[string]string // of nodes and clusters, by path
	inner map[string]string // of a node in a cluster, by the cluster's path
}

func (w *dot) line(depth int, format string, args ...any) {
	w.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(w, format+"\n", args...)
}

func (w *dot) drawing(depth int, d *Drawing) {
	for _, n := range d.Nodes {
		text := dotText(append([]string{n.Title}, n.Lines...)...)
		if n.Inside == nil {
			id := fmt.Sprintf("n%d", len(w.ids))
			w.ids[n.Path] = id
			shape := map[Kind]string{Model: "cylinder", Endpoint: "oval", End: "oval", Outer: "oval"}[n.Kind]
			if shape == "" {
				shape = "box"
			}
			w.line(depth, "%s [label=%s, shape=%s, fillcolor=%q, color=%q%s];", id, text, shape, light.fill[string(n.Kind)], light.edge[string(n.Kind)], dotMark(n.Mark))
			continue
		}
		id := fmt.Sprintf("cluster_n%d", len(w.ids))
		w.ids[n.Path] = id
		w.line(depth, "subgraph %s {", id)
		w.line(depth+1, `label=%s; labeljust=l; style="rounded,filled"; fillcolor=%q; color=%q;`, text, light.fill[string(Graph)], light.edge[string(Graph)])
		if mark := strings.TrimPrefix(dotMark(n.Mark), ", "); mark != "" {
			w.line(depth+1, "%s;", strings.ReplaceAll(mark, ", ", "; "))
		}
		w.drawing(depth+1, n.Inside)
		w.line(depth, "}")
		w.inner[n.Path] = firstLeaf(n.Inside, w)
	}
	for _, e := range d.Edges {
		from, to := w.ids[e.From], w.ids[e.To]
		var attrs []string
		if in, ok := w.inner[e.From]; ok {
			attrs = append(attrs, "ltail="+from)
			from = in
		}
		if in, ok := w.inner[e.To]; ok {
			attrs = append(attrs, "lhead="+to)
			to = in
		}
		if e.Calls {
			attrs = append(attrs, "style=dashed")
		}
		if len(e.Labels) > 0 {
			attrs = append(attrs, "label="+dotText(e.labelLines()...))
		}
		w.line(depth, "%s -> %s [%s];", from, to, strings.Join(attrs, ", ")+dotMark(e.Mark))
	}
}

// firstLeaf is a node of a drawing that is no cluster. Every box has one: its ends.
func firstLeaf(d *Drawing, w *dot) string {
	for _, n := range d.Nodes {
		if n.Inside == nil {
			return w.ids[n.Path]
		}
	}
	return ""
}

// dotMark gives attributes for what became of something.
func dotMark(m Mark) string {
	colour := map[string]string{"breaking": light.breaking, "risky": light.risky, "safe": light.safe}[m.Severity]
	if colour == "" {
		colour = map[Change]string{Added: light.added, Removed: light.removed, Changed: light.changed}[m.Change]
	}
	if colour == "" {
		return ""
	}
	return fmt.Sprintf(", color=%q, fontcolor=%q, penwidth=2", colour, colour)
}

// dotText quotes lines of text. Graphviz knows escapes of its own inside quotes, and
// HTML entities.
func dotText(lines ...string) string {
	escaper := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;")
	quoted := make([]string, len(lines))
	for i, l := range lines {
		quoted[i] = escaper.Replace(escapeControl(l))
	}
	return `"` + strings.Join(quoted, `\n`) + `"`
}
