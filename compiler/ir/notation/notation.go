// Package notation reads bentos and types in a small notation, for tests: cases stay
// short and have lines and columns.
package notation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// The notation:
//
//	type Line = {box: [int, int], text?: string}
//	runner prep {image: image} -> {x: tensor float32 [3, w, _]}
//	graph read {image: image} {
//		prep call prep {image: #input.image}
//		lines map cut.#out.lines {
//			up call upper {s: lines.#item.text}
//			each {text: up.#out.s & string}
//		}
//		pick switch #input.lang {text: string} {
//			english "en" | "us" { say call english {…} -> {text: say.#out.text} }
//			default { -> {text: "?"} }
//		}
//		-> {lines: lines.#out}
//	}
//	service ocr {
//		read graph read /v1/read
//	}

// reader parses the notation. Its errors are panics, which fail the test.
type reader struct {
	src  string
	off  int
	file string
	b    *ir.Bento
	// seen has the nodes known so far, by path, for lexical lookup.
	scopes map[string][]string
}

// Bento reads a whole bento.
func Bento(src string) *ir.Bento {
	r := &reader{src: src, file: "bento.cue", b: &ir.Bento{
		Version: 1, Name: "test", Platforms: []string{"linux/amd64"},
		Types: map[string]*ir.Type{}, Models: map[string]*ir.Model{}, Runners: map[string]*ir.Runner{},
		Graphs: map[string]*ir.Graph{}, Services: map[string]*ir.Service{}, At: map[string]ir.Pos{},
	}}
	r.b.Pos = r.pos()
	for r.peek() != "" {
		r.declaration()
	}
	return r.b
}

// Type reads one type.
func Type(src string) *ir.Type {
	r := &reader{src: src, file: "t"}
	t := r.typ()
	if r.peek() != "" {
		r.fail("type followed by " + r.peek())
	}
	return t
}

func (r *reader) fail(what string) {
	panic(fmt.Sprintf("%s: %s in:\n%s", r.pos(), what, r.src))
}

func (r *reader) pos() ir.Pos {
	r.space()
	before := r.src[:r.off]
	return ir.Pos{File: r.file, Line: 1 + strings.Count(before, "\n"), Col: r.off - strings.LastIndexByte(before, '\n')}
}

func (r *reader) space() {
	for r.off < len(r.src) {
		switch {
		case strings.IndexByte(" \t\n,", r.src[r.off]) >= 0:
			r.off++
		case strings.HasPrefix(r.src[r.off:], "//"):
			for r.off < len(r.src) && r.src[r.off] != '\n' {
				r.off++
			}
		default:
			return
		}
	}
}

// peek gives the next token without taking it; "" at the end.
func (r *reader) peek() string {
	r.space()
	s := r.src[r.off:]
	if s == "" {
		return ""
	}
	for _, op := range []string{"...", "->", ">=", "<=", "=~", "!~", "!="} {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	if s[0] == '"' {
		end := 1
		for s[end] != '"' {
			if s[end] == '\\' {
				end++
			}
			end++
		}
		return s[:end+1]
	}
	word := strings.IndexFunc(s, func(c rune) bool {
		return !strings.ContainsRune("#./*-+_", c) && (c < '0' || c > 'z' || c > '9' && c < 'A' || c > 'Z' && c < 'a')
	})
	if word < 0 {
		word = len(s)
	}
	if i := strings.Index(s[:word], "..."); i > 0 {
		word = i
	}
	return s[:max(word, 1)]
}

func (r *reader) next() string {
	t := r.peek()
	r.off += len(t)
	return t
}

func (r *reader) accept(t string) bool {
	if r.peek() != t {
		return false
	}
	r.next()
	return true
}

func (r *reader) want(t string) {
	if !r.accept(t) {
		r.fail(fmt.Sprintf("want %q, have %q", t, r.peek()))
	}
}

func (r *reader) declaration() {
	pos := r.pos()
	kind, name := r.next(), ""
	if kind != "bento" {
		name = r.next()
	}
	switch kind {
	case "bento":
		r.b.Name = r.next()
	case "type":
		r.want("=")
		r.b.Types[name] = r.typ()
	case "runner":
		run := &ir.Runner{Pos: pos, Engine: ir.Engine{Go: &ir.GoEngine{Package: "./steps", Func: "F"}}}
		if r.accept("onnx") {
			run.Engine = ir.Engine{ONNX: &ir.ONNXEngine{Model: r.next()}}
		}
		if r.peek() == "{" || strings.HasPrefix(r.peek(), "#") {
			run.Input = r.typ()
			r.want("->")
			run.Output = r.typ()
		}
		if is := r.accept("idempotent"); is {
			run.Idempotent = &is
		}
		if pos := r.pos(); r.accept("state") { // of an overlap: INPUT LENGTH
			run.State = &ir.State{Overlap: map[string]int{r.next(): int(r.number())}, Pos: pos}
		}
		r.b.Runners[name] = run
	case "model":
		m := &ir.Model{Pos: pos, Source: ir.Source{Path: r.next()}}
		if r.accept("{") {
			r.off--
			m.Signature = &ir.Signature{Inputs: tensorFields(r.typ())}
			r.want("->")
			m.Signature.Outputs = tensorFields(r.typ())
		}
		r.b.Models[name] = m
	case "graph":
		r.scopes = map[string][]string{}
		g := &ir.Graph{Pos: pos, Input: r.typ()}
		r.want("{")
		g.Nodes = r.nodes("")
		if r.accept("->") {
			g.Output = r.value("")
			r.want("}")
		}
		r.b.Graphs[name] = g
	case "service":
		r.service(name, pos)
	default:
		r.fail("unknown declaration " + kind)
	}
}

func tensorFields(t *ir.Type) []ir.TensorField {
	var fields []ir.TensorField
	for _, f := range t.Fields {
		fields = append(fields, ir.TensorField{Name: f.Name, DType: f.Type.DType, Shape: f.Type.Shape})
	}
	return fields
}

func (r *reader) service(name string, pos ir.Pos) {
	s := &ir.Service{Pos: pos, Endpoints: map[string]*ir.Endpoint{}, Traffic: ir.Traffic{TimeoutMs: 60000, MaxBodyBytes: 1 << 20}}
	r.want("{")
	for !r.accept("}") {
		e := &ir.Endpoint{Pos: r.pos()}
		end, kind, what := r.next(), r.next(), r.next()
		if kind == "graph" {
			e.Graph = what
		} else {
			e.Runner = what
		}
		if strings.HasPrefix(r.peek(), "/") {
			r.b.At["services."+name+".endpoints."+end+".route"] = r.pos()
			e.Route = r.next()
		}
		if pos := r.pos(); r.accept("cache") {
			e.Cache = &ir.Cache{TTLMs: r.number(), MaxBytes: int64(r.number()), Pos: pos}
		}
		s.Endpoints[end] = e
	}
	r.b.Services[name] = s
}

// nodes reads up to "->", "each" or "}".
func (r *reader) nodes(scope string) []*ir.Node {
	// The names first: an edge may name a node that is written later.
	r.scopes[scope] = r.names()
	var nodes []*ir.Node
	for r.peek() != "->" && r.peek() != "each" && !r.accept("}") {
		n := &ir.Node{Pos: r.pos(), Name: r.next()}
		nodes = append(nodes, n)
		switch kind := r.next(); kind {
		case "call", "graph":
			if kind == "call" {
				n.Call = r.next()
			} else {
				n.Graph = r.next()
			}
			if p := r.peek(); p == "{" || p == "[" || strings.Contains(p, "#") || p[0] == '"' || p[0] >= '0' && p[0] <= '9' {
				n.In = r.value(scope)
			}
		case "map":
			n.Map = r.value(scope)
			if r.accept("parallelism") {
				n.Parallelism = int(r.number())
			}
			r.want("{")
			inner := ir.JoinPath(scope, n.Name)
			n.Nodes = r.nodes(inner)
			if r.accept("each") {
				n.Each = r.value(inner)
				r.want("}")
			}
		case "fold": // LIST INIT TYPE { nodes each VALUE }
			n.Fold, n.Init, n.Out = r.value(scope), r.value(scope), r.typ()
			r.want("{")
			inner := ir.JoinPath(scope, n.Name)
			n.Nodes = r.nodes(inner)
			r.want("each")
			n.Each = r.value(inner)
			r.want("}")
		case "switch":
			n.On, n.Out = r.value(scope), r.typ()
			r.want("{")
			for !r.accept("}") {
				n.Arms = append(n.Arms, r.switchArm(ir.JoinPath(scope, n.Name)))
			}
		case "choose": // [key NAME] [header NAME] TYPE { ARM WEIGHT VALUE… { nodes -> VALUE } … }
			n.Choose = &ir.Choose{Pos: r.pos()}
			if r.accept("key") {
				n.Choose.Key = r.next()
			}
			if r.accept("header") {
				n.Choose.Header = r.next()
			}
			n.Out = r.typ()
			r.want("{")
			for !r.accept("}") {
				n.Arms = append(n.Arms, r.chosenArm(ir.JoinPath(scope, n.Name)))
			}
		default:
			r.fail("unknown kind of node " + kind)
		}
		r.guard(scope, n)
	}
	return nodes
}

// guard reads what is said of a node's failure.
func (r *reader) guard(scope string, n *ir.Node) {
	for {
		pos := r.pos()
		switch {
		case r.accept("timeout"):
			n.TimeoutMs = r.number()
		case r.accept("retry"):
			n.Retry = &ir.Retry{MaxAttempts: int(r.number()), InitialBackoffMs: 20, Pos: pos}
		case r.accept("mirror"): // RUNNER SHARE TOLERANCE
			n.Mirror = &ir.Mirror{Call: r.next(), Share: r.number(), Tolerance: r.number(), TimeoutMs: 10000, MaxInFlight: 4, Pos: pos}
		case r.accept("cache"): // TTL in milliseconds, BYTES
			n.Cache = &ir.Cache{TTLMs: r.number(), MaxBytes: int64(r.number()), Pos: pos}
		case r.peek() == ir.FallbackArm:
			n.Fallback = r.switchArm(ir.JoinPath(scope, n.Name))
		default:
			return
		}
	}
}

func (r *reader) number() float64 {
	f, err := strconv.ParseFloat(r.next(), 64)
	if err != nil {
		r.fail("no number")
	}
	return f
}

func (r *reader) switchArm(around string) *ir.Node {
	arm := &ir.Node{Pos: r.pos(), Name: r.next()}
	if r.peek() != "{" {
		arm.Match = r.typ()
	}
	r.branch(around, arm)
	return arm
}

func (r *reader) chosenArm(around string) *ir.Node {
	arm := &ir.Node{Pos: r.pos(), Name: r.next(), Weight: r.number()}
	for r.peek() != "{" {
		arm.Values = append(arm.Values, strings.Trim(r.next(), `"`))
	}
	r.branch(around, arm)
	return arm
}

func (r *reader) branch(around string, arm *ir.Node) {
	r.want("{")
	inner := ir.JoinPath(around, arm.Name)
	arm.Nodes = r.nodes(inner)
	r.want("->")
	arm.Output = r.value(inner)
	r.want("}")
}

// names looks ahead for the names of the nodes of this level.
func (r *reader) names() []string {
	saved, depth := r.off, 0
	defer func() { r.off = saved }()
	var names []string
	last := ""
	for t := r.next(); t != ""; t = r.next() {
		switch t {
		case "{", "[":
			depth++
		case "}", "]":
			if depth--; depth < 0 {
				return names
			}
		case "call", "graph", "map", "fold", "switch", "choose":
			if depth == 0 {
				names = append(names, last)
			}
		}
		last = t
	}
	return names
}

func (r *reader) value(scope string) *ir.Value {
	v := &ir.Value{Pos: r.pos()}
	switch t := r.peek(); {
	case t == "{":
		r.next()
		for !r.accept("}") {
			m := ir.ValueField{Pos: r.pos(), Name: r.next()}
			r.want(":")
			m.Value = r.value(scope)
			v.Object = append(v.Object, m)
		}
		if v.Object == nil {
			v.Empty = "object"
		}
	case t == "[":
		r.next()
		for !r.accept("]") {
			v.List = append(v.List, r.value(scope))
		}
		if v.List == nil {
			v.Empty = "list"
		}
	case strings.Contains(t, "#"):
		v.Edge = r.edge(scope)
	case t == "const":
		r.next()
		end := strings.IndexByte(r.src[r.off:], ';')
		v.Const = ir.Const(strings.TrimSpace(r.src[r.off : r.off+end]))
		r.off += end + 1
	default:
		v.Const = ir.Const(r.next())
		if !json.Valid(v.Const) {
			r.fail("bad constant " + string(v.Const))
		}
	}
	if r.accept("&") {
		v.Declared = r.typ()
	}
	return v
}

func (r *reader) edge(scope string) *ir.Edge {
	e := &ir.Edge{Pos: r.pos()}
	parts := strings.Split(r.next(), ".")
	switch {
	case parts[0] == "#input":
		e.From, e.Path = ir.FromInput, parts[1:]
		return e
	case parts[1] == "#out":
		e.From = ir.FromNode
	case parts[1] == "#item":
		e.From = ir.FromItem
	case parts[1] == "#acc":
		e.From = ir.FromAcc
	}
	e.Path = parts[2:]
	e.Node = parts[0]
	if strings.Contains(e.Node, "/") {
		return e // a path already
	}
	for {
		if slices.Contains(r.scopes[scope], parts[0]) || scope == "" {
			e.Node = ir.JoinPath(scope, parts[0])
			return e
		}
		scope, _ = ir.SplitPath(scope)
	}
}
