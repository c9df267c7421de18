package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// graph is a random graph: it takes a text and a list of texts, and gives a text.
type graph struct {
	name  string
	nodes []*node
	out   ref
	// spread: the graph gives all that a node does, and the number of the request.
	spread bool
}

// ref is what a value comes from: the name of a node of the same scope or one around,
// "in" for the graph's text, "item" and "acc" with the node that they belong to.
type ref struct{ from, node string }

// node is one node; by kind some of the fields are set.
type node struct {
	name, kind string // call, graph, map, fold, switch, choose
	text, more ref    // what a call, a graph or a switch takes; of a fold, text is #init
	list       ref    // of map and fold; of a graph, what is its list
	nodes      []*node
	out        ref // #each
	arms       []*branch
	nested     *graph

	attempts int // 0: no retry
	timeout  bool
	mirror   bool // by a step that fails, panics, is slow or answers otherwise
	fallback *branch
}

// branch is an arm or a fallback.
type branch struct {
	name     string
	digits   string // last digits of a text that the arm matches; "" for default
	nodes    []*node
	out      ref
	constant string // in place of out
}

type maker struct {
	r      *rand.Rand
	graphs []*graph
	n      int // nodes made
}

// scope is what can be referred to.
type scope struct{ texts, lists []ref }

func (s scope) with(texts ...ref) scope {
	return scope{append(s.texts[:len(s.texts):len(s.texts)], texts...), s.lists[:len(s.lists):len(s.lists)]}
}

func word(r *rand.Rand) string { return fmt.Sprintf("%x", r.IntN(1<<20)) }

func (m *maker) graph() {
	g := &graph{name: fmt.Sprint("g", len(m.graphs))}
	s := scope{texts: []ref{{from: "in"}}, lists: []ref{{from: "list"}}}
	g.nodes, g.out = m.nodes(s, 2, 1+m.r.IntN(4))
	for _, n := range g.nodes {
		if g.out.node == n.name && n.kind == "call" {
			g.spread = m.r.IntN(2) == 0
		}
	}
	m.graphs = append(m.graphs, g)
}

// nodes makes nodes of which each is needed, the last one by the result.
func (m *maker) nodes(s scope, depth, count int) (nodes []*node, out ref) {
	var unused []ref
	for range count {
		n := m.node(s, depth)
		if n.kind != "map" && n.kind != "choose" && len(unused) > 0 && m.r.IntN(3) > 0 { // the others run beside it
			n.text, unused = unused[0], unused[1:]
		}
		nodes = append(nodes, n)
		own := ref{from: "node", node: n.name}
		if n.kind == "map" {
			s.lists = append(s.lists[:len(s.lists):len(s.lists)], own)
			// A list becomes a text by a fold over it, so that it is needed.
			fold := m.named("fold")
			fold.list, fold.text = own, m.text(s)
			inner := s.with(ref{"item", fold.name}, ref{"acc", fold.name})
			fold.nodes, fold.out = m.nodes(inner, 0, 1)
			nodes, own = append(nodes, fold), ref{from: "node", node: fold.name}
		}
		s = s.with(own)
		unused = append(unused, own)
	}
	for len(unused) > 1 { // two become one
		n := m.named("call")
		n.text, n.more = unused[0], unused[1]
		nodes = append(nodes, n)
		unused = append(unused[2:], ref{from: "node", node: n.name})
	}
	return nodes, unused[0]
}

func (m *maker) named(kind string) *node {
	m.n++
	return &node{name: fmt.Sprint("n", m.n), kind: kind}
}

func (m *maker) text(s scope) ref { return s.texts[m.r.IntN(len(s.texts))] }
func (m *maker) list(s scope) ref { return s.lists[m.r.IntN(len(s.lists))] }

func (m *maker) node(s scope, depth int) *node {
	kinds := []string{"call", "call", "call"}
	if depth > 0 {
		kinds = append(kinds, "map", "fold", "switch", "choose")
	}
	if depth == 2 && len(m.graphs) > 0 {
		kinds = append(kinds, "graph")
	}
	n := m.named(kinds[m.r.IntN(len(kinds))])
	n.text, n.more, n.list = m.text(s), m.text(s), m.list(s)
	switch n.kind {
	case "map":
		n.nodes, n.out = m.nodes(s.with(ref{"item", n.name}), depth-1, 1+m.r.IntN(2))
	case "fold":
		n.nodes, n.out = m.nodes(s.with(ref{"item", n.name}, ref{"acc", n.name}), depth-1, 1+m.r.IntN(2))
	case "switch":
		for i, digits := range []string{"0123", "456789ab", ""} {
			a := m.branch(s, depth-1)
			a.name, a.digits = []string{"low", "high", "default"}[i], digits
			n.arms = append(n.arms, a)
		}
	case "choose":
		for _, name := range []string{"low", "high", "default"} { // the last one has a weight
			a := m.branch(s, depth-1)
			a.name = name
			n.arms = append(n.arms, a)
		}
	case "graph":
		n.nested = m.graphs[m.r.IntN(len(m.graphs))]
	}
	if n.kind == "call" || n.kind == "graph" {
		n.timeout = m.r.IntN(4) == 0
		n.mirror = n.kind == "call" && m.r.IntN(4) == 0
		if m.r.IntN(3) == 0 {
			n.attempts = 2 + m.r.IntN(2)
		}
		if m.r.IntN(3) == 0 {
			n.fallback = m.branch(s, min(depth, 1)-1)
		}
	}
	return n
}

func (m *maker) branch(s scope, depth int) *branch {
	if m.r.IntN(3) == 0 {
		return &branch{constant: word(m.r)}
	}
	if m.r.IntN(3) == 0 {
		return &branch{out: m.text(s)}
	}
	b := &branch{}
	b.nodes, b.out = m.nodes(s, max(depth, 0), 1)
	return b
}

// cue writes the graph. Nodes have names of their own, so that a bare name is seen from
// everywhere below it; a result is taken from the scope's own field nodes.
func (g *graph) cue() string {
	kinds := map[string]string{}
	var all func([]*node)
	all = func(nodes []*node) {
		for _, n := range nodes {
			kinds[n.name] = n.kind
			all(n.nodes)
			for _, a := range n.arms {
				all(a.nodes)
			}
			if n.fallback != nil {
				all(n.fallback.nodes)
			}
		}
	}
	all(g.nodes)
	w := &writer{kinds: kinds}
	w.b.WriteString("\t\t" + g.name + ": {\n#input: {text: string, list: [...string], request: string}\nnodes: {\n")
	w.nodes(g.nodes)
	w.b.WriteString("}\n")
	if g.spread {
		w.b.WriteString("#output: {nodes." + g.out.node + ".#out, request: #input.request}\n}\n")
	} else {
		w.b.WriteString("#output: text: " + w.result(g.nodes, g.out) + "\n}\n")
	}
	return w.b.String()
}

type writer struct {
	b     strings.Builder
	kinds map[string]string
}

func (w *writer) ref(r ref) string {
	switch r.from {
	case "in":
		return "#input.text"
	case "list":
		return "#input.list"
	case "item", "acc":
		return r.node + ".#" + r.from
	}
	if k := w.kinds[r.node]; k == "call" || k == "graph" {
		return r.node + ".#out.text"
	}
	return r.node + ".#out"
}

// result writes a reference from beside the field nodes of a scope.
func (w *writer) result(nodes []*node, r ref) string {
	for _, n := range nodes {
		if r.from == "node" && n.name == r.node {
			return "nodes." + w.ref(r)
		}
	}
	return w.ref(r)
}

func (w *writer) branch(b *branch, field string) {
	if len(b.nodes) > 0 {
		w.b.WriteString("nodes: {\n")
		w.nodes(b.nodes)
		w.b.WriteString("}\n")
	}
	if b.constant != "" {
		fmt.Fprintf(&w.b, "#output%s: %q\n", strings.Replace(field, ".", ": ", 1), b.constant)
		return
	}
	fmt.Fprintf(&w.b, "#output%s: %s\n", strings.Replace(field, ".", ": ", 1), w.result(b.nodes, b.out))
}

func (w *writer) nodes(nodes []*node) {
	for _, n := range nodes {
		w.b.WriteString(n.name + ": {\n")
		switch n.kind {
		case "call":
			fmt.Fprintf(&w.b, "call: runners.step\n#in: {at: %q, request: #input.request, text: %s, more: %s}\n", n.name, w.ref(n.text), w.more(n))
		case "graph":
			in := fmt.Sprintf("text: %s, list: %s, request: #input.request", w.ref(n.text), w.ref(n.list))
			if n.text.from == "in" && n.list.from == "list" {
				in = "#input" // all that it has
			}
			fmt.Fprintf(&w.b, "graph: graphs.%s\n#in: {%s}\n", n.nested.name, in)
		case "map":
			fmt.Fprintf(&w.b, "#map: %s\n", w.ref(n.list))
			if len(n.name)%2 == 0 {
				w.b.WriteString("parallelism: 2\n")
			}
		case "fold":
			fmt.Fprintf(&w.b, "#fold: %s\n#init: %s\n#out: string\n", w.ref(n.list), w.ref(n.text))
		case "switch":
			fmt.Fprintf(&w.b, "#on: %s\n#out: string\narms: {\n", w.ref(n.text))
			for _, a := range n.arms {
				w.b.WriteString(a.name + ": {\n")
				if a.digits != "" {
					fmt.Fprintf(&w.b, "#match: =~\"[%s]$\"\n", a.digits)
				}
				w.branch(a, "")
				w.b.WriteString("}\n")
			}
			w.b.WriteString("}\n")
		}
		if n.kind == "choose" {
			w.b.WriteString("choose: header: \"X-Arm\"\n#out: string\narms: {\n")
			for _, a := range n.arms {
				w.b.WriteString(a.name + ": {\n")
				if a.name == "default" {
					w.b.WriteString("weight: 0.5\n")
				} else {
					fmt.Fprintf(&w.b, "values: [%q, %q]\n", a.name, a.name+" one")
				}
				w.branch(a, "")
				w.b.WriteString("}\n")
			}
			w.b.WriteString("}\n")
		}
		if n.nodes != nil {
			w.b.WriteString("nodes: {\n")
			w.nodes(n.nodes)
			w.b.WriteString("}\n#each: " + w.result(n.nodes, n.out) + "\n")
		}
		w.guard(n)
		w.b.WriteString("}\n")
	}
}

func (w *writer) guard(n *node) {
	if n.timeout {
		w.b.WriteString("timeout: \"10m\"\n")
	}
	if n.mirror {
		w.b.WriteString("mirror: {call: runners.twin, share: 0.75, timeout: \"1ms\"}\n")
	}
	if n.attempts > 0 {
		fmt.Fprintf(&w.b, "retry: {maxAttempts: %d, initialBackoff: \"1ms\"}\n", n.attempts)
	}
	if n.fallback != nil {
		w.b.WriteString("fallback: {\n")
		w.branch(n.fallback, ".text")
		if n.nested != nil && n.nested.spread {
			w.b.WriteString("#output: request: #input.request\n")
		}
		w.b.WriteString("}\n")
	}
}

func (w *writer) more(n *node) string {
	if n.more == (ref{}) {
		return `""`
	}
	return w.ref(n.more)
}
