package main

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// fails tells what a step does with what it is given: its text, or a status with which it
// fails, each time anew. The compiled step has the same lines.
func fails(at, text, more string) (result string, status int) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(at + "|" + text + "|" + more))
	n := h.Sum32()
	switch {
	case n%9 == 0:
		return "", 503
	case n%40 == 7:
		return "", 422
	}
	return strconv.FormatUint(uint64(n), 16), 0
}

// result is a text or a list, or the failures of which one is the answer.
type result struct {
	text   string
	list   []string
	failed map[int]bool
}

func failure(status int) result { return result{failed: map[int]bool{status: true}} }

// evaluation is one run of a graph.
type evaluation struct {
	m     *maker
	arm   string         // to which choices send the request
	calls map[string]int // of steps, by node
	// unsure is set where the order of failures that happen at the same time decides
	// whether a node falls back; either has the failures that may be the answer then.
	unsure bool
	either map[int]bool
}

// env has what values are called.
type env struct {
	up     *env
	values map[ref]result
}

func (v *env) get(r ref) result {
	for ; v != nil; v = v.up {
		if is, ok := v.values[r]; ok {
			return is
		}
	}
	panic("no value " + r.from + " " + r.node)
}

func (v *env) inside() *env { return &env{v, map[ref]result{}} }

func (e *evaluation) graph(g *graph, text string, list []string) result {
	v := &env{values: map[ref]result{{from: "in"}: {text: text}, {from: "list"}: {list: list}}}
	return e.nodes(v, g.nodes, g.out)
}

// nodes runs all nodes of a scope, and gives a value of it.
func (e *evaluation) nodes(v *env, nodes []*node, out ref) result {
	failed := map[int]bool{}
	for _, n := range nodes {
		res := e.node(v, n)
		for s := range res.failed {
			failed[s] = true
		}
		v.values[ref{from: "node", node: n.name}] = res
	}
	if len(failed) > 0 {
		return result{failed: failed}
	}
	return v.get(out)
}

// needs gives a failure of what a node takes: it does not run then.
func needs(results ...result) bool {
	for _, r := range results {
		if len(r.failed) > 0 {
			return true
		}
	}
	return false
}

// reads gives all that a node and those inside it read of the scopes around.
func reads(n *node) (all []ref) {
	switch n.kind {
	case "call":
		all = append(all, n.text, n.more)
	case "graph":
		all = append(all, n.text, n.list)
	case "map":
		all = append(all, n.list)
	case "fold":
		all = append(all, n.list, n.text)
	case "switch":
		all = append(all, n.text)
	}
	inside := func(nodes []*node, out ref) {
		for _, m := range nodes {
			all = append(all, reads(m)...)
		}
		all = append(all, out)
	}
	if n.nodes != nil {
		inside(n.nodes, n.out)
	}
	for _, a := range n.arms {
		inside(a.nodes, a.out)
	}
	if n.fallback != nil {
		inside(n.fallback.nodes, n.fallback.out)
	}
	return all
}

func (e *evaluation) node(v *env, n *node) result {
	for _, r := range reads(n) {
		for s := v; s != nil; s = s.up {
			if is, ok := s.values[r]; ok && needs(is) {
				return result{failed: map[int]bool{}} // it does not run
			}
		}
	}
	switch n.kind {
	case "call", "graph":
		return e.guarded(v, n)
	case "map":
		return e.mapped(v, n)
	case "fold":
		acc := v.get(n.text)
		for _, item := range v.get(n.list).list {
			in := v.inside()
			in.values[ref{"item", n.name}], in.values[ref{"acc", n.name}] = result{text: item}, acc
			if acc = e.nodes(in, n.nodes, n.out); needs(acc) {
				return acc
			}
		}
		return acc
	}
	if n.kind == "choose" {
		for _, a := range n.arms {
			if a.name == e.arm || a.name == "default" {
				return e.branch(v, a)
			}
		}
	}
	on := v.get(n.text).text
	for _, a := range n.arms {
		if a.digits == "" || on != "" && strings.Contains(a.digits, on[len(on)-1:]) {
			return e.branch(v, a)
		}
	}
	panic("no arm")
}

func (e *evaluation) mapped(v *env, n *node) result {
	res, failed := result{list: []string{}}, map[int]bool{}
	for _, item := range v.get(n.list).list {
		in := v.inside()
		in.values[ref{"item", n.name}] = result{text: item}
		one := e.nodes(in, n.nodes, n.out)
		for s := range one.failed {
			failed[s] = true
		}
		res.list = append(res.list, one.text)
	}
	if len(failed) > 0 {
		return result{failed: failed}
	}
	return res
}

func (e *evaluation) branch(v *env, b *branch) result {
	if b.constant != "" {
		return result{text: b.constant}
	}
	return e.nodes(v.inside(), b.nodes, b.out)
}

func (e *evaluation) guarded(v *env, n *node) result {
	var res result
	for range max(1, n.attempts) {
		if n.kind == "call" {
			more := ""
			if n.more != (ref{}) {
				more = v.get(n.more).text
			}
			text, status := fails(n.name, v.get(n.text).text, more)
			e.calls[n.name]++
			if res = (result{text: text}); status != 0 {
				res = failure(status)
			}
		} else {
			res = e.graph(n.nested, v.get(n.text).text, v.get(n.list).list)
		}
		if !needs(res) || res.failed[422] {
			break
		}
	}
	if !needs(res) {
		return res
	}
	if n.kind == "graph" { // how many of its other nodes ran before they were ended is not known
		e.unsure = e.unsure || n.attempts > 0 || n.fallback != nil
		if len(res.failed) > 1 && e.unsure {
			if e.either == nil {
				e.either = map[int]bool{}
			}
			e.either[422], e.either[503] = true, true
		}
	}
	if res.failed[422] || n.fallback == nil {
		return res
	}
	return e.branch(v, n.fallback)
}
