package ir

// Served gives the part of b that its endpoints reach: the runners that they and
// the graphs behind them call, those graphs, and the models that the runners run.
// It is what an image is made of. The rest of b is checked and locked, so that it
// can be put to use, but nothing of it is built, opened or shipped.
//
// The result shares everything else with b.
func (b *Bento) Served() *Bento {
	s := *b
	s.Runners, s.Graphs, s.Models = map[string]*Runner{}, map[string]*Graph{}, map[string]*Model{}
	for _, service := range b.Services {
		for _, e := range service.Endpoints {
			b.reachRunner(&s, e.Runner)
			b.reachGraph(&s, e.Graph)
		}
	}
	return &s
}

// Only gives b with one of its services alone, what an image of that service serves; b
// itself for "". The result shares everything else with b.
func (b *Bento) Only(service string) *Bento {
	if service == "" {
		return b
	}
	s := *b
	s.Services = map[string]*Service{}
	if own := b.Services[service]; own != nil {
		s.Services[service] = own
	}
	return &s
}

// reachRunner adds a runner, and all that it needs, to s. The name of nothing is
// passed over: the checks report it.
func (b *Bento) reachRunner(s *Bento, name string) {
	r := b.Runners[name]
	if r == nil {
		return
	}
	s.Runners[name] = r
	if m := b.Models[r.Engine.RunsModel()]; m != nil {
		s.Models[r.Engine.RunsModel()] = m
	}
}

// reachGraph adds a graph, and all that its nodes run, to s.
func (b *Bento) reachGraph(s *Bento, name string) {
	g := b.Graphs[name]
	if g == nil || s.Graphs[name] != nil {
		return
	}
	s.Graphs[name] = g
	WalkNodes(g, func(_ string, n *Node) {
		for _, r := range n.Runners() {
			b.reachRunner(s, r)
		}
		for _, nested := range n.Graphs() {
			b.reachGraph(s, nested)
		}
	})
}

// UsedModels gives the models that a runner runs, by name, also one that nothing
// calls yet: what a model takes and gives back is known from the lock, and a graph
// is written after that. An image has those of [Bento.Served] alone.
func (b *Bento) UsedModels() map[string]*Model {
	used := map[string]*Model{}
	for _, r := range b.Runners {
		if m := b.Models[r.Engine.RunsModel()]; m != nil {
			used[r.Engine.RunsModel()] = m
		}
	}
	return used
}

// HasSteps reports whether a runner of b is a Go step.
func (b *Bento) HasSteps() bool {
	for _, r := range b.Runners {
		if r.Engine.Go != nil {
			return true
		}
	}
	return false
}
