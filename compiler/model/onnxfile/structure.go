package onnxfile

import (
	"fmt"
	"maps"
	"slices"
)

// fault is a reason for which ONNX Runtime refuses a graph: lower case, without a
// full stop.
type fault string

func faultf(format string, args ...any) fault { return fault(fmt.Sprintf(format, args...)) }

// constant reports whether a node is one that ONNX Runtime makes an initializer
// of when it reads a graph: such a node has neither a name nor a place among the
// others then.
func (n *node) constant() bool { return n.op == "Constant" }

// empty reports whether a node takes and gives nothing. In the main graph such
// nodes are passed over.
func (n *node) empty() bool { return len(n.ins) == 0 && len(n.outs) == 0 }

// String names a node for a message.
func (n *node) String() string {
	switch {
	case n.name != "":
		return fmt.Sprintf("the node %s (%s)", quote(n.name), n.op)
	case len(n.outs) > 0 && n.outs[0] != "":
		return fmt.Sprintf("the %s that makes %s", n.op, quote(n.outs[0]))
	}
	return "a node " + n.op
}

// constants gives the tensors that have a value in the file, with their element
// types: initializers, and what Constant nodes make.
func (g *graph) constants() map[string]uint64 {
	m := map[string]uint64{}
	for _, t := range g.inits {
		m[t.name] = t.dtype
	}
	for i := range g.nodes {
		if n := &g.nodes[i]; n.constant() && len(n.outs) > 0 {
			m[n.outs[0]] = n.constantType()
		}
	}
	return m
}

// structure looks at the names of the main graph: at who makes and who reads each
// tensor.
func (g *graph) structure() []fault {
	known := g.constants()
	for _, in := range g.inputs {
		known[in.name] = 0
	}
	faults := g.nodeNames()
	made := map[string]int{} // by name of a tensor, the node that makes it
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.constant() {
			continue
		}
		for _, out := range n.outs {
			_, twice := made[out]
			if _, has := known[out]; out != "" && (twice || has) {
				faults = append(faults, faultf("the tensor %s is made twice, the second time by %s", quote(out), n))
			}
			made[out] = i
		}
	}
	known[""], made[""] = 0, -1 // what is left out
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.constant() || n.empty() {
			continue
		}
		for _, in := range n.ins {
			if !has(known, in) && !has(made, in) {
				faults = append(faults, faultf("%s reads the tensor %s, which nothing makes", n, quote(in)))
			}
		}
		visible := func(name string) bool { return has(known, name) || has(made, name) }
		for _, sub := range n.subgraphs() {
			faults = append(faults, sub.nested(visible)...)
		}
	}
	for _, out := range g.outputs {
		if !has(known, out.name) && !has(made, out.name) {
			faults = append(faults, faultf("nothing makes the output %s", quote(out.name)))
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return g.circle(made)
}

func has[V any](m map[string]V, name string) bool { _, ok := m[name]; return ok }

func (n *node) subgraphs() (list []*graph) {
	for _, a := range n.attrs {
		list = append(list, a.graphs...)
	}
	return list
}

// nodeNames reports names that two nodes of one graph have.
func (g *graph) nodeNames() (faults []fault) {
	named := map[string]bool{}
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.name == "" || n.constant() {
			continue
		}
		if named[n.name] {
			faults = append(faults, faultf("two nodes are named %s", quote(n.name)))
		}
		named[n.name] = true
	}
	return faults
}

// nested is structure for a subgraph. Its nodes must stand in an order in which
// they can run; outside tells which tensors of the graphs around it are seen.
func (g *graph) nested(outside func(string) bool) []fault {
	known := map[string]bool{"": true}
	for _, t := range slices.Concat(g.inits, g.inputs) {
		known[t.name] = true
	}
	faults := g.nodeNames()
	visible := func(name string) bool { return known[name] || outside(name) }
	made := map[string]bool{}
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.empty() {
			faults = append(faults, faultf("%s, in a subgraph, takes and gives nothing", n))
		}
		for _, in := range n.ins {
			if !visible(in) {
				faults = append(faults, faultf("%s, in a subgraph, reads the tensor %s, which nothing before it makes", n, quote(in)))
			}
		}
		for _, sub := range n.subgraphs() {
			faults = append(faults, sub.nested(visible)...)
		}
		for _, out := range n.outs {
			if out != "" && made[out] {
				faults = append(faults, faultf("the tensor %s of a subgraph is made twice, the second time by %s", quote(out), n))
			}
			made[out], known[out] = true, true
		}
	}
	for _, out := range g.outputs {
		switch {
		case known[out.name]:
		case outside(out.name):
			faults = append(faults, faultf("a subgraph gives %s back, a tensor of the graph around it, without an Identity between", quote(out.name)))
		default:
			faults = append(faults, faultf("nothing makes the output %s of a subgraph", quote(out.name)))
		}
	}
	return faults
}

// reads gives every tensor of the graphs around it that a node reads, its
// subgraphs included.
func (n *node) reads(yield func(string)) {
	for _, in := range n.ins {
		yield(in)
	}
	for _, sub := range n.subgraphs() {
		own := map[string]bool{}
		for _, t := range slices.Concat(sub.inits, sub.inputs) {
			own[t.name] = true
		}
		for i := range sub.nodes {
			for _, out := range sub.nodes[i].outs {
				own[out] = true
			}
		}
		for i := range sub.nodes {
			sub.nodes[i].reads(func(name string) {
				if !own[name] {
					yield(name)
				}
			})
		}
	}
}

// circle reports nodes that wait for each other. Made has the node that makes a
// tensor, -1 for none.
func (g *graph) circle(made map[string]int) []fault {
	if order := g.order(made); len(order) < len(g.nodes) {
		runs := map[int]bool{}
		for _, i := range order {
			runs[i] = true
		}
		for i := range g.nodes {
			if !runs[i] {
				return []fault{faultf("the nodes are no graph without circles: %s waits for its own result", g.waiting(i, runs, made))}
			}
		}
	}
	return nil
}

// waiting follows what keeps node i from running until it comes to a node again,
// which is in a circle.
func (g *graph) waiting(i int, runs map[int]bool, made map[string]int) *node {
	seen := map[int]bool{}
	for !seen[i] {
		seen[i] = true
		next := i
		g.nodes[i].reads(func(name string) {
			if j, ok := made[name]; ok && j >= 0 && !runs[j] {
				next = j
			}
		})
		i = next
	}
	return &g.nodes[i]
}

// order gives the nodes in an order in which they can run, without those that
// never can.
func (g *graph) order(made map[string]int) (order []int) {
	waits := make([]int, len(g.nodes))     // for how many tensors
	readers := make([][]int, len(g.nodes)) // by the node that makes what they read
	for i := range g.nodes {
		from := map[int]bool{}
		g.nodes[i].reads(func(name string) {
			if j, ok := made[name]; ok && j >= 0 {
				from[j] = true
			}
		})
		waits[i] = len(from)
		for _, j := range slices.Sorted(maps.Keys(from)) {
			readers[j] = append(readers[j], i)
		}
		if waits[i] == 0 {
			order = append(order, i)
		}
	}
	for at := 0; at < len(order); at++ {
		for _, i := range readers[order[at]] {
			if waits[i]--; waits[i] == 0 {
				order = append(order, i)
			}
		}
	}
	return order
}

// makers gives by name of a tensor the node of a graph that makes it.
func (g *graph) makers() map[string]int {
	made := map[string]int{}
	for i := range g.nodes {
		if g.nodes[i].constant() {
			continue
		}
		for _, out := range g.nodes[i].outs {
			if out != "" {
				made[out] = i
			}
		}
	}
	return made
}
