package ir

import (
	"fmt"
	"strings"
)

// Inferred is what is known about a run-time value before the server runs.
type Inferred struct {
	// Type is nil where it is not known: behind a model whose signature is not
	// locked yet, or behind a mistake that the checks report elsewhere.
	Type *Type
	// Optional is true where the value may be absent: some field on the way to
	// it is neither required nor has a default.
	Optional bool
}

// Scopes infers the types of all graphs of a bento, each once: what a graph gives back
// is the same type to all that run it. It remembers what it found, so make new ones
// after changing the bento. It is not safe for concurrent use.
type Scopes struct {
	b    *Bento
	of   map[*Graph]*Scope
	cuts int // how often a graph was met while it was being inferred
}

// NewScopes prepares the inference of types in the graphs of b.
func NewScopes(b *Bento) *Scopes {
	return &Scopes{b: b, of: map[*Graph]*Scope{}}
}

// Of gives the scope of g, a graph of the bento.
func (a *Scopes) Of(g *Graph) *Scope {
	if s := a.of[g]; s != nil {
		return s
	}
	s := &Scope{
		b: a.b, g: g, all: a,
		nodes:   map[string]*Node{},
		results: map[string]*Type{},
		busy:    map[string]bool{},
	}
	WalkNodes(g, func(path string, n *Node) { s.nodes[path] = n })
	a.of[g] = s
	return s
}

// Scope infers the types of one graph's values, see [Scopes].
type Scope struct {
	b       *Bento
	g       *Graph
	all     *Scopes
	nodes   map[string]*Node
	results map[string]*Type // of nodes by path, of items by path and #item, of the graph by ""
	busy    map[string]bool
}

// NewScope prepares the inference of types in g alone, a graph of b.
func NewScope(b *Bento, g *Graph) *Scope { return NewScopes(b).Of(g) }

// once infers what key stands for where that was not done yet. What depends on itself
// is not known; it is asked again from elsewhere.
func (s *Scope) once(key string, infer func() *Type) *Type {
	if t, ok := s.results[key]; ok || s.busy[key] {
		return t
	}
	s.busy[key] = true
	defer delete(s.busy, key)
	cuts := s.all.cuts
	t := infer()
	if t != nil || s.all.cuts == cuts {
		s.results[key] = t
	}
	return t
}

// Node gives the node at a path such as "lines/recognise", or nil.
func (s *Scope) Node(path string) *Node { return s.nodes[path] }

// Visible reports whether an edge to the node at path, or to its #item, may
// stand in a scope: a node's result is seen beside the node and in the map nodes
// there, an item only inside its map node.
func Visible(scope string, e *Edge) bool {
	switch e.From {
	case FromNode:
		around, _ := SplitPath(e.Node)
		return within(scope, around)
	case FromItem, FromAcc:
		return within(scope, e.Node)
	}
	return true
}

// within reports whether scope is around or lies inside it.
func within(scope, around string) bool {
	return around == "" || scope == around || strings.HasPrefix(scope, around+"/")
}

// EdgeError says why an edge leads nowhere.
type EdgeError struct {
	Edge *Edge
	// Missing is what does not exist: a node's path, or a field's name.
	Missing string
	// Above is the type whose field is missing; nil where the node is.
	Above  *Type
	Reason string
}

func (e *EdgeError) Error() string { return e.Reason }

// Ref writes an edge the way a user does: #input.image, detect.#out.y, lines.#item.
func (e *Edge) Ref() string {
	var root string
	switch _, name := SplitPath(e.Node); e.From {
	case FromNode:
		root = name + ".#out"
	case FromItem:
		root = name + ".#item"
	case FromAcc:
		root = name + ".#acc"
	default:
		root = "#input"
	}
	return strings.Join(append([]string{root}, e.Path...), ".")
}

// Root gives the type of what e begins at, before its path is followed. An
// unknown node is an [*EdgeError]; an unknown type is nil.
func (s *Scope) Root(e *Edge) (*Type, error) {
	if e.From == FromInput {
		return s.g.Input, nil
	}
	n := s.nodes[e.Node]
	if n == nil {
		return nil, &EdgeError{Edge: e, Missing: e.Node, Reason: fmt.Sprintf("there is no node %q", e.Node)}
	}
	if n.Kind() == NodeArm {
		around, name := SplitPath(e.Node)
		return nil, &EdgeError{Edge: e, Missing: e.Node, Reason: fmt.Sprintf("what arm %q gives is the result of node %q", name, around)}
	}
	if e.From == FromAcc {
		if n.Kind() != NodeFold {
			return nil, &EdgeError{Edge: e, Missing: e.Node, Reason: fmt.Sprintf("node %q has no #fold and so no #acc", e.Node)}
		}
		return n.Out, nil
	}
	if e.From == FromItem {
		if n.List() == nil {
			return nil, &EdgeError{Edge: e, Missing: e.Node, Reason: fmt.Sprintf("node %q is no map node and has no #item", e.Node)}
		}
		return s.ItemType(e.Node), nil
	}
	return s.NodeType(e.Node), nil
}

// EdgeType gives the type of the value that e leads to. Its error is an
// [*EdgeError].
func (s *Scope) EdgeType(e *Edge) (Inferred, error) {
	t, err := s.Root(e)
	if err != nil {
		return Inferred{}, err
	}
	in := Inferred{Type: t}
	for _, name := range e.Path {
		if in.Type == nil {
			return in, nil
		}
		f, err := s.selectField(e, in.Type, name)
		if err != nil {
			return Inferred{}, err
		}
		in.Type = f.Type
		in.Optional = in.Optional || !f.Required && f.Default == nil
	}
	return in, nil
}

func (s *Scope) selectField(e *Edge, t *Type, name string) (*Field, error) {
	r := s.b.Resolve(t)
	if r == nil || r.Kind != KindObject {
		kind := KindRef
		if r != nil {
			kind = r.Kind
		}
		return nil, &EdgeError{Edge: e, Missing: name, Above: t, Reason: fmt.Sprintf("cannot take field %q of %s", name, kind.row().noun)}
	}
	f := r.Field(name)
	if f == nil {
		return nil, &EdgeError{Edge: e, Missing: name, Above: t, Reason: fmt.Sprintf("there is no field %q", name)}
	}
	return f, nil
}

// NodeType gives the type of the result of the node at path, nil where it is not
// known.
func (s *Scope) NodeType(path string) *Type {
	n := s.nodes[path]
	if n == nil {
		return nil
	}
	return s.once(path, func() *Type { return s.infer(path, n) })
}

func (s *Scope) infer(path string, n *Node) *Type {
	for _, k := range nodeKinds {
		if k.is(n) {
			return k.result(s, path, n)
		}
	}
	return nil
}

func (s *Scope) nested(name string) *Type {
	g := s.b.Graphs[name]
	if g == nil {
		return nil
	}
	nested := s.all.Of(g)
	if len(nested.busy) > 0 { // it runs itself
		s.all.cuts++
		return nil
	}
	return nested.ResultType()
}

// mapped is the list of what each item becomes, as long as the list mapped over.
func (s *Scope) mapped(path string, n *Node) *Type {
	each := s.TypeOf(n.Each)
	if each.Type == nil {
		return nil
	}
	t := &Type{Kind: KindList, Elem: each.Type, Pos: n.Pos}
	over := s.b.Resolve(s.TypeOf(n.Map).Type)
	if over == nil || over.Kind != KindList {
		return t
	}
	t.MinLen, t.MaxLen = over.Lengths()
	return t
}

// Lengths bounds the number of items of a List: its own bounds and, for a tuple,
// the number of its parts. Nil means no bound.
func (t *Type) Lengths() (low, high *int64) {
	low, high = t.MinLen, t.MaxLen
	n := int64(len(t.Prefix))
	if n == 0 {
		return low, high
	}
	if low == nil || *low < n {
		low = &n
	}
	if t.Elem == nil && (high == nil || *high > n) {
		high = &n
	}
	return low, high
}

// ItemType gives the type of #item in the map node at path, nil where it is not
// known.
func (s *Scope) ItemType(path string) *Type {
	n := s.nodes[path]
	if n == nil || n.List() == nil {
		return nil
	}
	return s.once(path+"#item", func() *Type {
		if over := s.b.Resolve(s.TypeOf(n.List()).Type); over != nil && over.Kind == KindList {
			return itemOf(over)
		}
		return nil
	})
}

func itemOf(list *Type) *Type {
	if len(list.Prefix) == 0 {
		return list.Elem
	}
	parts := list.Prefix
	if list.Elem != nil {
		parts = append(parts[:len(parts):len(parts)], list.Elem)
	}
	return join(parts)
}

// ResultType gives the type of the graph's output, nil where it is not known.
func (s *Scope) ResultType() *Type {
	return s.once("", func() *Type { return s.TypeOf(s.g.Output).Type })
}
