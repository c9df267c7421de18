package check

import (
	"strings"

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
	at := p.nodePath(graph, path)
	kinds := n.Kinds()
	if len(kinds) != 1 {
		p.errorf(diag.OneOf, n.Pos, at, "a node is exactly one of %s, %s", ir.NodeKindsText(), howMany(len(kinds)))
		return
	}
	k := kinds[0]
	switch {
	case !p.names(n, k, at):
	case k == ir.NodeMap && n.Each == nil:
		p.errorf(diag.MissingField, n.Pos, at+".#each", "map node %s does not say what an item becomes", n.Name).
			Hintf("add #each: {…}, or #each: %s.#item", n.Name)
	case k == ir.NodeFold && (n.Each == nil || n.Init == nil || n.Out == nil):
		p.errorf(diag.MissingField, n.Pos, at, "node %s with #fold does not say its #init, #each and #out", n.Name).
			Hintf("add what the value is at first, what it becomes by an item, and its type")
	case k != ir.NodeFold && n.Init != nil:
		p.errorf(diag.UnknownField, first(n.Init.Pos, n.Pos), at+".#init", "only a node with #fold has #init")
	case !k.HasNodes() && len(n.Nodes) > 0:
		p.errorf(diag.UnknownField, n.Nodes[0].Pos, at+".nodes", "only a node with #map or #fold, and an arm, have nodes inside")
	case k != ir.NodeMap && k != ir.NodeFold && n.Each != nil:
		p.errorf(diag.UnknownField, first(n.Each.Pos, n.Pos), at+".#each", "only a node with #map or #fold has #each")
	case n.List() != nil && n.In != nil:
		p.errorf(diag.UnknownField, first(n.In.Pos, n.Pos), at+".#in", "a %s node takes its list by %s and has no #in", k, k.Field())
	case k != ir.NodeMap && n.Parallelism != 0:
		p.errorf(diag.UnknownField, p.at(at+".parallelism", n.Pos), at+".parallelism", "only a node with #map has parallelism").
			Hintf("how many calls of a runner run at the same time is instances of the runner")
	case n.Parallelism < 0 || n.Parallelism > 10000:
		p.errorf(diag.BadValue, p.at(at+".parallelism", n.Pos), at+".parallelism", "parallelism is %d", n.Parallelism).
			Hintf("give 1 to 10000")
	case !k.TakesArgument() && n.In != nil:
		p.errorf(diag.UnknownField, first(n.In.Pos, n.Pos), at+".#in", "a node with %s has no #in: the nodes of its arms take what they need", k.Field())
	}
}

// names reports what a node runs that does not exist.
func (p *pass) names(n *ir.Node, k ir.NodeKind, at string) (right bool) {
	right = true
	for _, name := range n.Runners() {
		if p.b.Runners[name] == nil {
			field := "." + string(k)
			if n.Mirror != nil && name == n.Mirror.Call {
				field = ".mirror.call"
			}
			p.noRunner(name, at+field, n.Pos)
			right = false
		}
	}
	for _, name := range n.Graphs() {
		if p.b.Graphs[name] == nil {
			p.noGraph(name, at+"."+string(k), n.Pos)
			right = false
		}
	}
	return right
}

// consumer names what takes a node's argument: "runner det".
func consumer(n *ir.Node) string {
	for _, name := range n.Runners() {
		return "runner " + name
	}
	for _, name := range n.Graphs() {
		return "graph " + name
	}
	return "node " + n.Name
}

// inputName names a place in a node's argument: "input x of runner det".
func inputName(at ir.Place) string {
	if len(at.Field) == 0 {
		return "the input of " + consumer(at.Node)
	}
	return "input " + strings.Join(at.Field, ".") + " of " + consumer(at.Node)
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
