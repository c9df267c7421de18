package drawing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// Union makes a drawing of what is in either of two bentos; nil stands for one that is
// not there. What is in one alone is marked as removed or added, and what is drawn
// otherwise than it was as changed. Marks say more, by paths of the IR: each goes to
// the node or edge that is, or holds, what its path names, and so does its severity
// where the change is already known. Those whose paths nothing drawn holds, such as of
// a label of the image, are listed in a box of their own.
func Union(old, new *ir.Bento, marks map[string]Mark) *Drawing {
	before, after := &Drawing{}, &Drawing{}
	if old != nil {
		before = Of(old)
	}
	after.Name = before.Name
	if new != nil {
		after = Of(new)
	}
	d := union(before, after)
	index := index(d)
	rest := &Node{Path: d.Name, Kind: Rest, Title: d.Name}
	for _, path := range slices.Sorted(maps.Keys(marks)) {
		if m := marks[path]; !index.mark(path, m) {
			rest.Lines = append(rest.Lines, strings.TrimSpace(path+" "+m.Severity))
			rest.Mark = rest.Mark.and(Mark{Changed, m.Severity, m.Notes})
		}
	}
	if n := len(rest.Lines); n > maxRest {
		rest.Lines = append(rest.Lines[:maxRest-1], fmt.Sprintf("and %d more", n-maxRest+1))
	}
	if len(rest.Lines) > 0 {
		d.Nodes = slices.Insert(d.Nodes, 0, rest)
	}
	return d
}

// maxRest is how many lines the box has of what has no place in the drawing.
const maxRest = 24

// union joins two drawings. The order is that of the new one; what is only in the old
// one follows on what it followed there.
func union(old, new *Drawing) *Drawing {
	d := &Drawing{Name: new.Name}
	before, after := byPath(old), byPath(new)
	for _, n := range new.Nodes {
		o := before[n.Path]
		switch {
		case o == nil:
			n.all(Added)
		case n.Inside != nil && o.Inside != nil:
			n.Inside = union(o.Inside, n.Inside)
			fallthrough
		default:
			if o.Title != n.Title || !slices.Equal(o.Lines, n.Lines) || o.Kind != n.Kind || (o.Inside == nil) != (n.Inside == nil) {
				n.Mark.Change = Changed
			}
		}
		d.Nodes = append(d.Nodes, n)
	}
	for i, o := range old.Nodes {
		if after[o.Path] != nil {
			continue
		}
		o.all(Removed)
		at := 0
		if i > 0 {
			at = 1 + slices.IndexFunc(d.Nodes, func(n *Node) bool { return n.Path == old.Nodes[i-1].Path })
		}
		d.Nodes = slices.Insert(d.Nodes, at, o)
	}
	type ends struct {
		from, to string
		calls    bool
	}
	was := map[ends]*Edge{}
	for _, e := range old.Edges {
		was[ends{e.From, e.To, e.Calls}] = e
	}
	for _, e := range new.Edges {
		key := ends{e.From, e.To, e.Calls}
		switch o := was[key]; {
		case o == nil:
			e.Mark.Change = Added
		case !slices.Equal(o.Labels, e.Labels):
			e.Mark.Change = Changed
			e.Mark.Notes = append(e.Mark.Notes, "was "+strings.Join(o.Labels, ", "))
		}
		delete(was, key)
		d.Edges = append(d.Edges, e)
	}
	for _, e := range old.Edges {
		if was[ends{e.From, e.To, e.Calls}] != nil {
			e.Mark.Change = Removed
			d.Edges = append(d.Edges, e)
		}
	}
	return d
}

func byPath(d *Drawing) map[string]*Node {
	m := make(map[string]*Node, len(d.Nodes))
	for _, n := range d.Nodes {
		m[n.Path] = n
	}
	return m
}

// all marks a node and all inside it.
func (n *Node) all(c Change) {
	n.Mark.Change = c
	if n.Inside == nil {
		return
	}
	for _, in := range n.Inside.Nodes {
		in.all(c)
	}
	for _, e := range n.Inside.Edges {
		e.Mark.Change = c
	}
}

// drawn finds what stands for a path of the IR.
type drawn map[string][]*Mark

// index gives all that is drawn by its paths. A path ends at dots and slashes: what is
// inside a node of a graph comes as lines/spell or as lines.nodes.spell.
func index(d *Drawing) drawn {
	all := drawn{}
	d.walk(func(d *Drawing) {
		for _, n := range d.Nodes {
			if n.Kind != Outer {
				all.add(n.Path, &n.Mark)
			}
		}
		for _, e := range d.Edges {
			for _, p := range e.Paths {
				if !e.Calls {
					all.add(p, &e.Mark)
				}
			}
		}
	})
	return all
}

func (all drawn) add(path string, m *Mark) {
	path = plainPath(path)
	if !slices.Contains(all[path], m) {
		all[path] = append(all[path], m)
	}
}

// plainPath spells the two ways to name a node inside a node as one.
func plainPath(path string) string { return strings.ReplaceAll(path, "/", ".nodes.") }

// mark gives a mark to what its path names, or what holds that; it reports whether
// there is such a thing.
func (all drawn) mark(path string, m Mark) bool {
	for p := plainPath(path); p != ""; {
		if found := all[p]; len(found) > 0 {
			inside := p != plainPath(path)
			for _, f := range found {
				own := m
				if inside || f.Change != Same { // a part of it was added: it has changed
					own.Change = Changed
				}
				*f = f.and(own)
			}
			return true
		}
		i := strings.LastIndexByte(p, '.')
		p = p[:max(i, 0)]
	}
	return false
}
