package check

import "bentoc.dev/compiler/ir"

// complete fills in what follows from the rest of the IR. What stays nil has no
// type for a reason that a rule reports.
func (p *pass) complete() {
	for name, r := range p.b.Runners {
		r.Input, r.Output = p.b.RunnerInput(name), p.b.RunnerOutput(name)
	}
	for _, s := range p.b.Services {
		for name, e := range s.Endpoints {
			if e.Route == "" {
				e.Route = "/" + name
			}
		}
	}
	p.forget()
	p.scopes = map[string]*ir.Scope{}
	for _, name := range sorted(p.b.Graphs) {
		p.completeGraph(name, map[string]bool{})
	}
}

// forget drops what an earlier run filled in, so that a bento that was changed
// since is judged anew.
func (p *pass) forget() {
	for _, g := range p.b.Graphs {
		g.Result = nil
		ir.WalkNodes(g, func(_ string, n *ir.Node) { n.Item, n.Result = nil, nil })
		ir.WalkEdges(g, func(_ ir.Place, e *ir.Edge) { e.Check = nil })
	}
}

// completeGraph infers the types of one graph, those of the graphs inside it
// first. A graph that runs itself is busy when it is met again.
func (p *pass) completeGraph(name string, busy map[string]bool) {
	g := p.b.Graphs[name]
	if g == nil || busy[name] || p.scopes[name] != nil {
		return
	}
	busy[name] = true
	ir.WalkNodes(g, func(_ string, n *ir.Node) { p.completeGraph(n.Graph, busy) })
	s := ir.NewScope(p.b, g)
	p.scopes[name] = s
	ir.WalkNodes(g, func(path string, n *ir.Node) {
		n.Item, n.Result = s.ItemType(path), s.NodeType(path)
	})
	g.Result = s.ResultType()
}
