package ir

import (
	"fmt"
	"slices"
	"strings"
)

// CycleError says that nodes wait for each other.
type CycleError struct {
	// Path holds the paths of the nodes in a circle: each needs the next, the
	// last needs the first.
	Path []string
}

func (e *CycleError) Error() string {
	return fmt.Sprintf("cycle: %s → %s", strings.Join(e.Path, " → "), e.Path[0])
}

// Needs gives the names of the siblings whose results the node n at path reads,
// itself or through the nodes inside it, in the order in which it first names
// them. What lies in the scopes around is needed by the map node around n.
func Needs(path string, n *Node) []string {
	scope, _ := SplitPath(path)
	var needs []string
	add := func(_ Place, v *Value) {
		if v.Edge == nil || v.Edge.From != FromNode {
			return
		}
		in, name := SplitPath(v.Edge.Node)
		if in == scope && !slices.Contains(needs, name) {
			needs = append(needs, name)
		}
	}
	walkNodes(scope, []*Node{n}, func(p string, n *Node) { nodeValues(p, n, add) })
	return needs
}

// Order sorts the nodes of one scope so that each comes after the ones it needs;
// where that leaves a choice, in the order declared. Its error is a [*CycleError].
// Scope is "" for a graph's own nodes, else the path of the map node.
func Order(scope string, nodes []*Node) ([]*Node, error) {
	o := ordering{scope: scope, byName: map[string]*Node{}, state: map[string]int{}}
	for _, n := range nodes {
		o.byName[n.Name] = n
	}
	for _, n := range nodes {
		if err := o.visit(n); err != nil {
			return nil, err
		}
	}
	return o.done, nil
}

// ordering is a depth-first search: state is 0 for unseen, 1 for open, 2 for done.
type ordering struct {
	scope  string
	byName map[string]*Node
	state  map[string]int
	open   []string
	done   []*Node
}

func (o *ordering) visit(n *Node) error {
	switch o.state[n.Name] {
	case 2:
		return nil
	case 1:
		return o.cycle(n.Name)
	}
	o.state[n.Name] = 1
	o.open = append(o.open, n.Name)
	for _, name := range Needs(JoinPath(o.scope, n.Name), n) {
		if m := o.byName[name]; m != nil {
			if err := o.visit(m); err != nil {
				return err
			}
		}
	}
	o.open = o.open[:len(o.open)-1]
	o.state[n.Name] = 2
	o.done = append(o.done, n)
	return nil
}

func (o *ordering) cycle(name string) error {
	circle := slices.Clone(o.open[slices.Index(o.open, name):])
	for i := range circle {
		circle[i] = JoinPath(o.scope, circle[i])
	}
	return &CycleError{Path: circle}
}
