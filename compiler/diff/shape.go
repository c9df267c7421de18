package diff

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// shapes tells what the things of a bento are apart from what they are called: two that
// have the same shape differ by their own name, the names of what they refer to, and
// words for people.
type shapes struct {
	b     *ir.Bento // as it came
	plain *ir.Bento // canonical, once it is needed
	err   error     // why it has no canonical form
	known map[string]string
	types map[*ir.Type]string // of those that were asked for
	// open are the paths whose shapes are being found; up is the place in it of the
	// outermost that was asked for meanwhile.
	open []string
	up   int
}

func newShapes(b *ir.Bento) *shapes {
	return &shapes{b: b, known: map[string]string{}, types: map[*ir.Type]string{}}
}

// bento is canonical, so that what says the same is spelled the same. Where everything
// has its old name and shape, nobody asks for it.
func (s *shapes) bento() *ir.Bento {
	if s.plain != nil {
		return s.plain
	}
	c, err := s.b.Canonical()
	if err == nil {
		// Not ir.Parse: what is compared is checked already, or it is a test's.
		s.plain = new(ir.Bento)
		err = json.Unmarshal(c, s.plain)
	}
	if err != nil {
		s.err, s.plain = fmt.Errorf("reading the IR: %w", err), s.b
	}
	return s.plain
}

// of gives the shape of what is at a path. One that is asked for while it is found, such
// as that of a type that holds itself, is how many steps up it is; what holds such a
// step to something around it is not kept, since elsewhere it is another.
func (s *shapes) of(path string, shape func() any) string {
	if known, ok := s.known[path]; ok {
		return known
	}
	depth := len(s.open)
	if at := slices.Index(s.open, path); at >= 0 {
		s.up = min(s.up, at)
		return fmt.Sprint("~", depth-at)
	}
	outer := s.up
	s.open, s.up = append(s.open, path), depth
	found := digest(shape())
	s.open = s.open[:depth]
	if s.up == depth {
		s.known[path] = found
	}
	s.up = min(outer, s.up)
	return found
}

func digest(v any) string {
	raw, err := json.Marshal(v)
	if err != nil { // it was read from JSON
		panic(err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// copyOf gives a copy that may be changed.
func copyOf[T any](v *T) *T {
	raw, err := json.Marshal(v)
	if err != nil { // it was read from JSON
		panic(err)
	}
	c := new(T)
	if err := json.Unmarshal(raw, c); err != nil {
		panic(err)
	}
	return c
}

func (s *shapes) model(name string, _ *ir.Model) string {
	return s.of("models."+name, func() any {
		m := copyOf(s.bento().Models[name])
		m.Doc = ""
		return m
	})
}

func (s *shapes) named(name string, _ *ir.Type) string {
	return s.of("types."+name, func() any { return s.typ(s.bento().Types[name]) })
}

// typ gives a copy of a type without the names of others and without words.
func (s *shapes) typ(t *ir.Type) *ir.Type {
	if t == nil {
		return nil
	}
	c := copyOf(t)
	s.bare(c)
	return c
}

func (s *shapes) bare(t *ir.Type) {
	ir.WalkType(t, func(t *ir.Type) {
		t.Doc = ""
		for i := range t.Fields {
			t.Fields[i].Doc, t.Fields[i].Deprecated = "", nil
		}
		if t.Ref != "" && s.bento().Types[t.Ref] != nil {
			t.Ref = s.named(t.Ref, nil)
		}
	})
}

func (s *shapes) runner(name string, _ *ir.Runner) string {
	return s.of("runners."+name, func() any {
		r := copyOf(s.bento().Runners[name])
		r.Doc = ""
		s.bareAll(r.Input, r.Output)
		model, engine := r.Engine.RunsModel(), map[string]map[string]any{}
		raw, _ := json.Marshal(r.Engine)
		if json.Unmarshal(raw, &engine) == nil && s.bento().Models[model] != nil {
			for _, arm := range engine {
				if arm["model"] == model {
					arm["model"] = s.model(model, nil)
				}
			}
		}
		r.Engine = ir.Engine{}
		return []any{r, engine}
	})
}

func (s *shapes) bareAll(types ...*ir.Type) {
	for _, t := range types {
		if t != nil {
			s.bare(t)
		}
	}
}

// graph: nodes are called by their places.
func (s *shapes) graph(name string, _ *ir.Graph) string {
	return s.of("graphs."+name, func() any {
		g := copyOf(s.bento().Graphs[name])
		g.Doc = ""
		numbers := map[string]string{}
		ir.WalkNodes(g, func(path string, _ *ir.Node) { numbers[path] = fmt.Sprint(len(numbers)) })
		ir.WalkNodes(g, func(_ string, n *ir.Node) { s.plainNode(n) })
		ir.WalkValues(g, func(_ ir.Place, v *ir.Value) { s.plainValue(v, numbers) })
		s.bareAll(g.Input, g.Result)
		for _, n := range g.Nodes {
			unnamed(n)
		}
		return g
	})
}

func unnamed(n *ir.Node) {
	n.Name = ""
	for _, inside := range slices.Concat(n.Nodes, n.Parts()) {
		unnamed(inside)
	}
}

func (s *shapes) plainNode(n *ir.Node) {
	n.Doc = ""
	s.bareAll(n.Item, n.Result, n.Out, n.Match)
	if s.bento().Runners[n.Call] != nil {
		n.Call = s.runner(n.Call, nil)
	}
	if s.bento().Graphs[n.Graph] != nil {
		n.Graph = s.graph(n.Graph, nil)
	}
}

func (s *shapes) plainValue(v *ir.Value, numbers map[string]string) {
	s.bareAll(v.Declared)
	for i := range v.Object {
		v.Object[i].Doc = ""
	}
	if v.Edge != nil {
		s.bareAll(v.Edge.Check)
		if number, ok := numbers[v.Edge.Node]; ok {
			v.Edge.Node = number
		}
	}
}

// node gives the shape of a node by itself: what it reads stays called as it is, but for
// what lies in it or around it, which is called by the way there.
func (s *shapes) node(path string, n *ir.Node) string {
	c := copyOf(n)
	c.Name = ""
	s.plainNode(c)
	scope, _ := ir.SplitPath(path)
	ir.WalkValues(&ir.Graph{Nodes: []*ir.Node{c}}, func(_ ir.Place, v *ir.Value) {
		if v.Edge == nil {
			return
		}
		if rest, inside := strings.CutPrefix(v.Edge.Node+"/", path+"/"); inside {
			v.Edge.Node = "./" + rest
		} else if rest, beside := strings.CutPrefix(v.Edge.Node+"/", scope+"/"); beside && scope != "" {
			v.Edge.Node = "../" + rest
		}
	})
	return digest(c)
}

func (s *shapes) endpoint(name string, e *ir.Endpoint) string {
	return digest(s.plainEndpoint(name, e))
}

func (s *shapes) plainEndpoint(name string, e *ir.Endpoint) *ir.Endpoint {
	c := copyOf(e)
	c.Doc = ""
	if c.Route == "/"+name {
		c.Route = ""
	}
	if s.bento().Graphs[c.Graph] != nil {
		c.Graph = s.graph(c.Graph, nil)
	}
	if s.bento().Runners[c.Runner] != nil {
		c.Runner = s.runner(c.Runner, nil)
	}
	return c
}

func (s *shapes) service(name string, _ *ir.Service) string {
	return s.of("services."+name, func() any {
		c := copyOf(s.bento().Services[name])
		c.Doc = ""
		var ends []string
		for _, end := range slices.Sorted(maps.Keys(c.Endpoints)) {
			ends = append(ends, s.endpoint(end, c.Endpoints[end]))
		}
		slices.Sort(ends)
		c.Endpoints = nil
		return []any{c, ends}
	})
}

// alike tells whether a type of the old side and one of the new are the same apart from
// names and words.
func (w *walk) alike(old, new *ir.Type) bool {
	return w.plainlyAlike(old, new, map[visit]bool{}) || w.oldShapes.ofType(old) == w.newShapes.ofType(new)
}

func (s *shapes) ofType(t *ir.Type) string {
	if known, ok := s.types[t]; ok {
		return known
	}
	s.types[t] = digest(s.typ(t))
	return s.types[t]
}

// plainlyAlike is alike where both are spelled alike: most types do not change, and this
// tells so at once.
func (w *walk) plainlyAlike(old, new *ir.Type, open map[visit]bool) bool {
	if old == nil || new == nil || old.Kind != new.Kind {
		return old == new
	}
	v := visit{old, new}
	if open[v] {
		return true
	}
	open[v] = true
	all := func(a, b []*ir.Type) bool {
		return slices.EqualFunc(a, b, func(x, y *ir.Type) bool { return w.plainlyAlike(x, y, open) })
	}
	if old.Kind == ir.KindRef {
		return w.plainlyAlike(w.old.Types[old.Ref], w.new.Types[new.Ref], open)
	}
	a, b := *old, *new
	for _, t := range []*ir.Type{&a, &b} { // what is left is what a type says itself
		t.Doc, t.Pos, t.Elem, t.Prefix, t.Arms, t.Fields, t.Entries = "", ir.Pos{}, nil, nil, nil, nil, nil
	}
	return reflect.DeepEqual(a, b) && w.plainlyAlike(old.Elem, new.Elem, open) && all(old.Prefix, new.Prefix) && all(old.Arms, new.Arms) &&
		slices.EqualFunc(old.Entries, new.Entries, func(x, y ir.Entries) bool {
			return w.plainlyAlike(x.Key, y.Key, open) && w.plainlyAlike(x.Elem, y.Elem, open)
		}) &&
		slices.EqualFunc(old.Fields, new.Fields, func(x, y ir.Field) bool {
			return x.Name == y.Name && x.Required == y.Required && string(x.Default) == string(y.Default) && w.plainlyAlike(x.Type, y.Type, open)
		})
}
