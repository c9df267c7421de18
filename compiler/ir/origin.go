package ir

// ClientGraphs gives the graphs whose input comes with requests alone: no node runs
// them on what a step or a model made.
func (b *Bento) ClientGraphs() map[string]bool {
	client := map[string]bool{}
	scopes := NewScopes(b)
	for name := range b.Graphs {
		client[name] = true
	}
	for changed := true; changed; {
		changed = false
		for name, g := range b.Graphs {
			WalkNodes(g, func(_ string, n *Node) {
				for _, nested := range n.Graphs() {
					if client[nested] && !scopes.Of(g).FromClient(n.In, client[name]) {
						client[nested], changed = false, true
					}
				}
			})
		}
	}
	return client
}

// FromClient tells whether all that v is made of came with the request: what does not
// fit is the client's mistake then, and not one of a step or a model. client says
// whether the graph's own input did.
func (s *Scope) FromClient(v *Value, client bool) bool {
	return s.fromClient(v, client, len(s.nodes)+1)
}

// fromClient follows items no more often than there are nodes: a graph with a
// mistake in it may map over its own items.
func (s *Scope) fromClient(v *Value, client bool, items int) bool {
	if v == nil {
		return true
	}
	if e := v.Edge; e != nil {
		switch e.From {
		case FromInput:
			return client
		case FromItem:
			n := s.Node(e.Node)
			return n != nil && items > 0 && s.fromClient(n.List(), client, items-1)
		}
		return false
	}
	for _, m := range v.Object {
		if !s.fromClient(m.Value, client, items) {
			return false
		}
	}
	for _, m := range v.List {
		if !s.fromClient(m, client, items) {
			return false
		}
	}
	return true
}
