package ir

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Place says where in a graph a value stands.
type Place struct {
	// Scope is the path of the map node or arm around the value, "" outside of any. A
	// map node's Map stands in the scope around it, its Each in its own, and so does
	// the Output of an arm.
	Scope string
	// Node is the node that the value belongs to, Path its path within the
	// graph, such as "lines/recognise"; nil and "" for the graph's output.
	Node *Node
	Path string
	Role Role
	// Field leads from the node's whole value to this one: field names, and
	// indexes of lists as decimals.
	Field []string
}

// JoinPath gives the path of the node called name in a scope.
func JoinPath(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "/" + name
}

// SplitPath is the inverse of [JoinPath]: "lines/recognise" is "lines", "recognise".
func SplitPath(path string) (scope, name string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// WalkNodes calls f with each node of g and its path, a node before its arms and those
// inside it, in the order declared.
func WalkNodes(g *Graph, f func(path string, n *Node)) { walkNodes("", g.Nodes, f) }

func walkNodes(scope string, nodes []*Node, f func(string, *Node)) {
	for _, n := range nodes {
		path := JoinPath(scope, n.Name)
		f(path, n)
		walkNodes(path, n.Nodes, f)
		walkNodes(path, n.Parts(), f)
	}
}

// WalkValues calls f with each value of g, the whole before its members, in the
// order declared.
func WalkValues(g *Graph, f func(Place, *Value)) {
	WalkNodes(g, func(path string, n *Node) { nodeValues(path, n, f) })
	walkValue(Place{Role: RoleOutput}, g.Output, f)
}

// NodeValues calls f with each value that belongs to the node n at path; those
// of the nodes inside a map node are left out.
func NodeValues(path string, n *Node, f func(Place, *Value)) { nodeValues(path, n, f) }

func nodeValues(path string, n *Node, f func(Place, *Value)) {
	scope, _ := SplitPath(path)
	for _, slot := range nodeSlots {
		p := Place{Scope: scope, Node: n, Path: path, Role: slot.role}
		if slot.inner {
			p.Scope = path
		}
		walkValue(p, slot.value(n), f)
	}
}

func walkValue(p Place, v *Value, f func(Place, *Value)) {
	if v == nil {
		return
	}
	f(p, v)
	above := slices.Clip(p.Field)
	for _, m := range v.Object {
		p.Field = append(above, m.Name)
		walkValue(p, m.Value, f)
	}
	for i, m := range v.List {
		p.Field = append(above, strconv.Itoa(i))
		walkValue(p, m, f)
	}
}

// WalkEdges calls f with each edge of g, in the order declared.
func WalkEdges(g *Graph, f func(Place, *Edge)) {
	WalkValues(g, func(p Place, v *Value) {
		if v.Edge != nil {
			f(p, v.Edge)
		}
	})
}

// WalkTypes calls f with each type that b holds, the whole before its parts.
// Path names it, such as "runners.prep.input.image" or "types.Line". References
// are not followed. A type that stands in two places is visited twice.
func WalkTypes(b *Bento, f func(path string, t *Type)) {
	for _, name := range slices.Sorted(maps.Keys(b.Types)) {
		walkType("types."+name, b.Types[name], f)
	}
	for _, name := range slices.Sorted(maps.Keys(b.Runners)) {
		walkType("runners."+name+".input", b.Runners[name].Input, f)
		walkType("runners."+name+".output", b.Runners[name].Output, f)
	}
	for _, name := range slices.Sorted(maps.Keys(b.Graphs)) {
		walkGraphTypes("graphs."+name, b.Graphs[name], f)
	}
}

func walkGraphTypes(at string, g *Graph, f func(string, *Type)) {
	walkType(at+".input", g.Input, f)
	walkType(at+".result", g.Result, f)
	WalkNodes(g, func(path string, n *Node) {
		walkType(at+".nodes."+path+".item", n.Item, f)
		walkType(at+".nodes."+path+".result", n.Result, f)
		walkType(at+".nodes."+path+".out", n.Out, f)
		walkType(at+".nodes."+path+".match", n.Match, f)
	})
	WalkValues(g, func(p Place, v *Value) {
		where := strings.Join(append([]string{at, string(p.Role), p.Path}, p.Field...), ".")
		walkType(where+".declared", v.Declared, f)
		if v.Edge != nil {
			walkType(where+".check", v.Edge.Check, f)
		}
	})
}

func walkType(path string, t *Type, f func(string, *Type)) {
	if t == nil {
		return
	}
	f(path, t)
	walkType(path+"[key]", t.Key, f)
	walkType(path+"[]", t.Elem, f)
	for i, p := range t.Prefix {
		walkType(path+"["+strconv.Itoa(i)+"]", p, f)
	}
	for i := range t.Fields {
		walkType(path+"."+t.Fields[i].Name, t.Fields[i].Type, f)
	}
	for i, e := range t.Entries {
		walkType(path+"["+strconv.Itoa(i)+" key]", e.Key, f)
		walkType(path+"["+strconv.Itoa(i)+" entry]", e.Elem, f)
	}
	for i, a := range t.Arms {
		walkType(path+"|"+strconv.Itoa(i), a, f)
	}
}

// WalkType calls f with t and each type inside it, the whole before its parts.
// References are not followed.
func WalkType(t *Type, f func(*Type)) {
	walkType("", t, func(_ string, t *Type) { f(t) })
}
