package drawing

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// Of makes a drawing of a bento. What is only known once the models are locked is
// left out, or has a question mark.
func Of(b *ir.Bento) *Drawing {
	m := &maker{b: b, d: &Drawing{Name: b.Name}, scopes: ir.NewScopes(b)}
	for _, s := range sorted(b.Services) {
		m.service(s, b.Services[s])
	}
	for _, g := range sorted(b.Graphs) {
		m.graph(g, b.Graphs[g])
	}
	for _, r := range sorted(b.Runners) {
		m.runner(r, b.Runners[r])
	}
	for _, name := range sorted(b.Models) {
		m.model(name, b.Models[name])
	}
	m.dropLoose()
	return m.d
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

type maker struct {
	b      *ir.Bento
	d      *Drawing
	scopes *ir.Scopes
}

func (m *maker) add(n *Node) { m.d.Nodes = append(m.d.Nodes, n) }

// dropLoose takes away edges to what does not exist: a check reports that.
func (m *maker) dropLoose() {
	m.d.walk(func(d *Drawing) {
		have := map[string]bool{}
		for _, n := range d.Nodes {
			have[n.Path] = true
		}
		d.Edges = slices.DeleteFunc(d.Edges, func(e *Edge) bool { return !have[e.From] || !have[e.To] })
	})
}

func (m *maker) service(name string, s *ir.Service) {
	at := "services." + name
	m.add(&Node{Path: at, Kind: Service, Title: name})
	for _, e := range sorted(s.Endpoints) {
		end := s.Endpoints[e]
		n := &Node{Path: at + ".endpoints." + e, Kind: Endpoint, Title: end.Route}
		if strings.Trim(end.Route, "/") != e {
			n.Lines = append(n.Lines, e)
		}
		m.add(n)
		m.d.edge(at, n.Path, true, n.Path)
		switch {
		case end.Graph != "":
			var in, out *ir.Type
			if g := m.b.Graphs[end.Graph]; g != nil {
				in, out = g.Input, m.scopes.Of(g).ResultType()
			}
			m.d.edge(n.Path, "graphs."+end.Graph, true, n.Path, m.ends(in, out)...)
		case end.Runner != "":
			m.d.edge(n.Path, "runners."+end.Runner, true, n.Path, m.ends(m.b.RunnerInput(end.Runner), m.b.RunnerOutput(end.Runner))...)
		}
	}
}

// ends describes what goes in and what comes out, a line a field.
func (m *maker) ends(in, out *ir.Type) []string {
	return append(m.fields("", in), m.fields(back, out)...)
}

// fields describes the fields of an object, a line each, or another type as a whole.
func (m *maker) fields(before string, t *ir.Type) (lines []string) {
	if t == nil {
		return nil
	}
	r := m.b.Resolve(t)
	if r == nil || r.Kind != ir.KindObject || len(r.Fields) == 0 {
		return []string{before + m.text(t)}
	}
	for _, f := range r.Fields {
		lines = append(lines, before+f.Name+": "+m.text(f.Type))
	}
	return lines
}

// text describes a type.
func (m *maker) text(t *ir.Type) string {
	if t == nil {
		return "?"
	}
	return assign.Describe(m.b, t)
}

func (m *maker) graph(name string, g *ir.Graph) {
	at := "graphs." + name
	s := &scope{maker: m, types: m.scopes.Of(g), graph: at, d: &Drawing{}}
	s.end(at+".input", "#input")
	s.nodes(g.Nodes)
	s.end(at+".output", "#output")
	s.values(at+".output", func(f func(ir.Place, *ir.Value)) { walkOutput(g, f) })
	m.add(&Node{Path: at, Kind: Graph, Title: name, Inside: s.d})
	ir.WalkNodes(g, func(p string, n *ir.Node) {
		for _, r := range n.Runners() {
			m.d.edge(at, "runners."+r, true, at+".nodes."+p)
		}
		for _, nested := range n.Graphs() {
			m.d.edge(at, "graphs."+nested, true, at+".nodes."+p)
		}
	})
}

// walkOutput calls f with the values of the graph's output.
func walkOutput(g *ir.Graph, f func(ir.Place, *ir.Value)) {
	ir.WalkValues(g, func(p ir.Place, v *ir.Value) {
		if p.Role == ir.RoleOutput && p.Node == nil {
			f(p, v)
		}
	})
}

func (m *maker) runner(name string, r *ir.Runner) {
	n := &Node{Path: "runners." + name, Kind: Runner, Title: name, Lines: []string{r.Engine.Kind()}}
	if g := r.Engine.Go; g != nil {
		n.Lines[0] = "go " + path.Join(g.Package) + "." + g.Func
	}
	var more []string
	if r.Instances > 0 {
		more = append(more, fmt.Sprintf("instances %d", r.Instances))
	}
	if r.Batching != nil && r.Batching.MaxSize > 0 {
		more = append(more, fmt.Sprintf("batches of %d", r.Batching.MaxSize))
	}
	if len(more) > 0 {
		n.Lines = append(n.Lines, strings.Join(more, ", "))
	}
	m.add(n)
	if model := r.Engine.RunsModel(); model != "" {
		m.d.edge(n.Path, "models."+model, true, n.Path, m.ends(m.b.RunnerInput(name), m.b.RunnerOutput(name))...)
	}
}

func (m *maker) model(name string, model *ir.Model) {
	n := &Node{Path: "models." + name, Kind: Model, Title: name}
	switch s := model.Source; {
	case s.Path != "":
		n.Lines = append(n.Lines, s.Path)
	case s.PyPI != nil:
		n.Lines = append(n.Lines, s.PyPI.Project+" "+s.PyPI.Version)
	case s.HTTP != nil:
		n.Lines = append(n.Lines, path.Base(s.HTTP.URL))
	default:
		n.Lines = append(n.Lines, ir.SetArms(s)...)
	}
	if model.File != "" {
		n.Lines = append(n.Lines, path.Base(model.File))
	}
	m.add(n)
}
