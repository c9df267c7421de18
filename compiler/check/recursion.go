package check

import (
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkRecursion finds graphs that run themselves, by way of others or at once.
// Each circle is reported once.
func checkRecursion(p *pass) {
	r := recursion{p: p, state: map[string]int{}}
	for _, name := range sorted(p.b.Graphs) {
		r.visit(name)
	}
}

// recursion is a depth-first search over graphs: state is 1 for those on the
// trail and 2 for those done.
type recursion struct {
	p     *pass
	state map[string]int
	trail []graphUse
}

// graphUse says that a node of a graph runs another.
type graphUse struct {
	graph, path string
	runs        string
	node        *ir.Node
}

func (r *recursion) visit(name string) {
	g := r.p.b.Graphs[name]
	if g == nil || r.state[name] == 2 {
		return
	}
	r.state[name] = 1
	ir.WalkNodes(g, func(path string, n *ir.Node) {
		for _, nested := range n.Graphs() {
			r.trail = append(r.trail, graphUse{name, path, nested, n})
			if r.state[nested] == 1 {
				r.report(nested)
			} else {
				r.visit(nested)
			}
			r.trail = r.trail[:len(r.trail)-1]
		}
	})
	r.state[name] = 2
}

func (r *recursion) report(name string) {
	start := len(r.trail) - 1
	for r.trail[start].graph != name {
		start--
	}
	circle := r.trail[start:]
	var names []string
	for _, u := range circle {
		names = append(names, u.graph)
		r.p.broken[u.graph] = true
	}
	head := circle[0]
	d := r.p.errorf(diag.Cycle, head.node.Pos, r.p.nodePath(head.graph, head.path),
		"graph %s runs itself: %s → %s", name, strings.Join(names, " → "), name).
		Hintf("a graph runs to its end once; no graph can wait for itself")
	for _, u := range circle[1:] {
		d.Also(u.node.Pos, "node %s of graph %s runs graph %s", u.path, u.graph, u.runs)
	}
}
