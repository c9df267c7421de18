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
	scopes := ir.NewScopes(p.b)
	for _, name := range sorted(p.b.Graphs) {
		g := p.b.Graphs[name]
		s := scopes.Of(g)
		p.scopes[name] = s
		ir.WalkNodes(g, func(path string, n *ir.Node) {
			n.Item, n.Result = s.ItemType(path), s.NodeType(path)
		})
		g.Result = s.ResultType()
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
