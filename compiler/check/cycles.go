package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkCycles finds nodes that wait for each other, one report a circle.
func checkCycles(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		g := p.b.Graphs[name]
		p.circles(name, "", g.Nodes)
		ir.WalkNodes(g, func(path string, n *ir.Node) { p.circles(name, path, n.Nodes) })
	}
}

func (p *pass) circles(graph, scope string, nodes []*ir.Node) {
	rest := slices.Clone(nodes)
	for {
		_, err := ir.Order(scope, rest)
		var cycle *ir.CycleError
		if !errors.As(err, &cycle) {
			return
		}
		p.circle(graph, cycle.Path)
		p.broken[graph] = true
		rest = slices.DeleteFunc(rest, func(n *ir.Node) bool {
			return slices.Contains(cycle.Path, ir.JoinPath(scope, n.Name))
		})
	}
}

func (p *pass) circle(graph string, circle []string) {
	var steps []string
	var places []ir.Pos
	for i, path := range circle {
		next := circle[(i+1)%len(circle)]
		_, from := ir.SplitPath(path)
		_, to := ir.SplitPath(next)
		steps = append(steps, fmt.Sprintf("%s needs %s", from, to))
		places = append(places, p.edgePos(graph, path, next))
	}
	d := p.errorf(diag.Cycle, places[0], p.nodePath(graph, circle[0]), "nodes wait for each other: %s", strings.Join(steps, ", ")).
		Hintf("take one of these references out")
	if len(circle) == 1 {
		_, name := ir.SplitPath(circle[0])
		d.Messagef("node %s needs its own result", name)
	}
	for i := 1; i < len(places); i++ {
		d.Also(places[i], "%s", steps[i])
	}
}

// edgePos is the first place where the node at path, or one inside it, reads the
// result of the node at needed.
func (p *pass) edgePos(graph, path, needed string) ir.Pos {
	var pos ir.Pos
	ir.WalkValues(p.b.Graphs[graph], func(at ir.Place, v *ir.Value) {
		inside := at.Path == path || strings.HasPrefix(at.Path, path+"/")
		if inside && v.Edge != nil && v.Edge.From == ir.FromNode && v.Edge.Node == needed && !pos.IsValid() {
			pos = first(v.Edge.Pos, v.Pos, at.Node.Pos)
		}
	})
	return pos
}
