package check

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

func checkCalls(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		g := p.b.Graphs[name]
		if g.Input == nil {
			p.errorf(diag.MissingField, g.Pos, "graphs."+name+".#input", "graph %s has no #input", name).
				Hintf("add #input: {…} with the types that the graph takes; #input: {} where it takes none")
		}
		ir.WalkNodes(g, func(path string, n *ir.Node) { p.call(name, path, n) })
	}
}

// call checks what the node at path does.
func (p *pass) call(graph, path string, n *ir.Node) {
	at := nodePath(graph, path)
	set := 0
	for _, is := range []bool{n.Call != "", n.Graph != "", n.Map != nil} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		p.errorf(diag.OneOf, n.Pos, at, "a node is exactly one of call, graph and map, %s", howMany(set))
	case n.Call != "" && p.b.Runners[n.Call] == nil:
		p.noRunner(n.Call, at+".call", n.Pos)
	case n.Graph != "" && p.b.Graphs[n.Graph] == nil:
		p.noGraph(n.Graph, at+".graph", n.Pos)
	case n.Map != nil && n.Each == nil:
		p.errorf(diag.MissingField, n.Pos, at+".#each", "map node %s does not say what an item becomes", n.Name).
			Hintf("add #each: {…}, or #each: %s.#item", n.Name)
	case n.Map == nil && len(n.Nodes) > 0:
		p.errorf(diag.UnknownField, n.Nodes[0].Pos, at+".nodes", "only a map node has nodes inside")
	case n.Map == nil && n.Each != nil:
		p.errorf(diag.UnknownField, first(n.Each.Pos, n.Pos), at+".#each", "only a map node has #each")
	case n.Map != nil && n.In != nil:
		p.errorf(diag.UnknownField, first(n.In.Pos, n.Pos), at+".#in", "a map node takes its list by map and has no #in")
	}
}

// noRunner reports a runner that does not exist, named at a path.
func (p *pass) noRunner(name, path string, around ir.Pos) {
	d := p.errorf(diag.UnknownRunner, p.at(path, around), path, "there is no runner %q", name)
	suggest(d, name, sorted(p.b.Runners))
}

func (p *pass) noGraph(name, path string, around ir.Pos) {
	d := p.errorf(diag.UnknownGraph, p.at(path, around), path, "there is no graph %q", name)
	suggest(d, name, sorted(p.b.Graphs))
}
