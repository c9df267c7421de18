// Package drawing draws a bento: its services, endpoints, graphs, runners and models,
// with the types of what goes from one to the next on the edges.
//
//	IR ── Of, Union ──▶ Drawing ── SVG, Mermaid, Dot ──▶ text
//
// A [Drawing] is nodes and edges without coordinates; a graph, and a node of one that
// has nodes inside, holds a drawing of its own, which is drawn in its box. [Union] has
// what is in either of two bentos, each part with what became of it. SVG lays a drawing
// out: in layers, so that edges lead downwards and none runs through a box.
//
// The same bento gives the same bytes on every machine: the layout calculates with
// whole numbers alone.
package drawing

// Kind tells what a node stands for.
type Kind string

// The kinds.
const (
	Service  Kind = "service"
	Endpoint Kind = "endpoint"
	Graph    Kind = "graph"  // a graph, with its nodes inside
	Runner   Kind = "runner" //
	Model    Kind = "model"  //
	Step     Kind = "step"   // a node of a graph; with nodes inside where it has them
	End      Kind = "end"    // where values enter a graph or leave it: #input, #output, #item, #each
	Outer    Kind = "outer"  // what a node around the box gives
	Rest     Kind = "rest"   // what has no place in the drawing, of a [Union]
)

// Drawing is what is drawn in one box, or on the whole page.
type Drawing struct {
	Name  string // of the bento; "" inside a box
	Nodes []*Node
	Edges []*Edge
}

// Node is one box.
type Node struct {
	// Path names it in the IR, such as runners.det or graphs.read.nodes.lines/spell;
	// no other node of the whole drawing has it.
	Path   string
	Kind   Kind
	Title  string
	Lines  []string // details, one a line
	Inside *Drawing // nil for most
	Mark   Mark
}

// Edge leads from a node to another of the same drawing. There is at most one from one
// to another.
type Edge struct {
	From, To string   // paths of the nodes
	Labels   []string // a line for each value that goes along
	// Calls is an edge from what runs something to what is run. Along the others go
	// the values of a request.
	Calls bool
	// Paths are what the edge stands for in the IR, such as
	// graphs.read.nodes.cut.in.scores.
	Paths []string
	Mark  Mark
}

// Change is what became of a part of a bento.
type Change string

// The changes.
const (
	Same    Change = ""
	Added   Change = "added"
	Removed Change = "removed"
	Changed Change = "changed"
)

// Mark says what became of a node or an edge, and how bad that is.
type Mark struct {
	Change   Change
	Severity string   // of the worst that was found: breaking, risky, safe; "" where nothing was
	Notes    []string // what was found, for the text that a pointer brings up
}

// severities are those of findings, the worst first.
var severities = []string{"breaking", "risky", "safe"}

// rank orders severities, 0 for the worst.
func rank(severity string) int {
	for i, s := range severities {
		if s == severity {
			return i
		}
	}
	return len(severities)
}

// and joins two marks of one thing.
func (m Mark) and(o Mark) Mark {
	if m.Change == Same || m.Change == Changed && o.Change != Same {
		m.Change = o.Change
	}
	if rank(o.Severity) < rank(m.Severity) {
		m.Severity = o.Severity
	}
	m.Notes = append(m.Notes[:len(m.Notes):len(m.Notes)], o.Notes...)
	return m
}

// node gives the node at a path, nil where there is none.
func (d *Drawing) node(path string) *Node {
	for _, n := range d.Nodes {
		if n.Path == path {
			return n
		}
	}
	return nil
}

// edge adds labels and a path to the edge between two nodes, which it makes where there
// is none.
func (d *Drawing) edge(from, to string, calls bool, path string, labels ...string) *Edge {
	for i := len(d.Edges) - 1; i >= 0; i-- { // it is mostly the last
		if e := d.Edges[i]; e.From == from && e.To == to && e.Calls == calls {
			e.Labels = append(e.Labels, labels...)
			e.Paths = append(e.Paths, path)
			return e
		}
	}
	e := &Edge{From: from, To: to, Calls: calls, Labels: labels, Paths: []string{path}}
	d.Edges = append(d.Edges, e)
	return e
}

// Size counts the nodes, those inside others among them.
func (d *Drawing) Size() (n int) {
	d.walk(func(d *Drawing) { n += len(d.Nodes) })
	return n
}

// Outline is d without what is inside its nodes.
func (d *Drawing) Outline() *Drawing {
	o := &Drawing{Name: d.Name, Edges: d.Edges}
	for _, n := range d.Nodes {
		plain := *n
		plain.Inside = nil
		o.Nodes = append(o.Nodes, &plain)
	}
	return o
}

// walk calls f with each drawing, the whole before its parts.
func (d *Drawing) walk(f func(*Drawing)) {
	f(d)
	for _, n := range d.Nodes {
		if n.Inside != nil {
			n.Inside.walk(f)
		}
	}
}
