package gen

import "bentoc.dev/compiler/ir"

// fromClient tells whether what an edge leads to came with the request: what does
// not fit is the client's mistake then, and not one of a step or a model.
func (gc *graphCode) fromClient(e *ir.Edge) bool {
	switch e.From {
	case ir.FromInput:
		return gc.client
	case ir.FromItem:
		n := gc.scope.Node(e.Node)
		return n != nil && gc.valueFromClient(n.Map)
	}
	return false
}

// valueFromClient is fromClient for all that a value is made of.
func (gc *graphCode) valueFromClient(v *ir.Value) bool {
	if v == nil {
		return true
	}
	if v.Edge != nil {
		return gc.fromClient(v.Edge)
	}
	for _, m := range v.Object {
		if !gc.valueFromClient(m.Value) {
			return false
		}
	}
	for _, m := range v.List {
		if !gc.valueFromClient(m) {
			return false
		}
	}
	return true
}

// findClients tells for each graph whether its input comes from clients alone: no
// node runs it on what a step or a model made.
func (g *generator) findClients() {
	for _, gc := range g.graphs {
		gc.client = true
	}
	for changed := true; changed; {
		changed = false
		for _, gc := range g.graphs {
			ir.WalkNodes(gc.g, func(_ string, n *ir.Node) {
				if nested := g.graphs[n.Graph]; nested != nil && nested.client && !gc.valueFromClient(n.In) {
					nested.client, changed = false, true
				}
			})
		}
	}
}
