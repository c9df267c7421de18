package check

import (
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkReach finds nodes whose result has no part in the output: they would run
// for nothing, and are nearly always a reference that was forgotten.
func checkReach(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		g := p.b.Graphs[name]
		if p.broken[name] || g.Output == nil {
			continue
		}
		r := reach{g: g, nodes: map[string]*ir.Node{}, values: map[string][]*ir.Edge{}, used: map[string]bool{}}
		ir.WalkEdges(g, func(at ir.Place, e *ir.Edge) { r.values[at.Path] = append(r.values[at.Path], e) })
		ir.WalkNodes(g, func(path string, n *ir.Node) { r.nodes[path] = n })
		r.follow("")
		ir.WalkNodes(g, func(path string, n *ir.Node) {
			around, _ := ir.SplitPath(path)
			if r.used[path] || around != "" && !r.used[around] {
				return
			}
			goal := "#output of the graph"
			if around != "" {
				goal = "#each of " + around[strings.LastIndexByte(around, '/')+1:]
				if p.scopes[name].Node(around).Kind() == ir.NodeArm {
					goal = "#output of arm " + around[strings.LastIndexByte(around, '/')+1:]
				}
				if of, arm := ir.SplitPath(around); arm == ir.FallbackArm && p.scopes[name].Node(of).Fallback != nil {
					goal = "#output of the fallback of " + of[strings.LastIndexByte(of, '/')+1:]
				}
			}
			p.errorf(diag.UnreachableNode, n.Pos, p.nodePath(name, path), "the result of node %s never reaches %s", n.Name, goal).
				Hintf("use %s.#out there, or remove the node", n.Name)
		})
	}
}

// reach marks the nodes that the output needs. values has the edges of each node
// by its path, those of the output by "".
type reach struct {
	g      *ir.Graph
	nodes  map[string]*ir.Node
	values map[string][]*ir.Edge
	used   map[string]bool
}

func (r *reach) follow(path string) {
	if n := r.nodes[path]; n != nil {
		for _, arm := range n.Parts() { // any of them may be what the node gives
			at := ir.JoinPath(path, arm.Name)
			r.used[at] = true
			r.follow(at)
		}
	}
	for _, e := range r.values[path] {
		if e.From == ir.FromNode && !r.used[e.Node] {
			r.used[e.Node] = true
			r.follow(e.Node)
		}
	}
}
