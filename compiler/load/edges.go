package load

import (
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// edge reads a reference below a graph: bento.graphs.G.#input.image,
// bento.graphs.G.nodes.lines.nodes.spell.#out.text.
func (d *valuer) edge(p part, pos ir.Pos, path string) *ir.Edge {
	e := &ir.Edge{Pos: pos}
	sels := p.path[2:]
	if g := selName(sels[0]); g != d.graph {
		d.diags.Errorf(diag.DanglingEdge, pos, path, "this refers into graph %q, which runs apart from graph %q", g, d.graph).
			Hintf("call the graph from a node, with graph: graphs.%s, and refer to the node's #out", g)
		return e
	}
	sels = sels[1:]
	var node []string
	for len(sels) >= 2 && (sels[0].String() == "nodes" || sels[0].String() == "arms" && leadsToNode(sels) || inFallback(sels)) {
		if inFallback(sels) {
			node, sels = append(node, ir.FallbackArm), sels[1:]
			continue
		}
		node = append(node, selName(sels[1]))
		sels = sels[2:]
	}
	e.Node = strings.Join(node, "/")
	if n := len(p.path) - len(sels); len(node) > 0 && !p.root.LookupPath(cue.MakePath(p.path[:n]...)).Exists() {
		diagnostic := d.diags.Errorf(diag.DanglingEdge, pos, path, "there is no node %q", node[len(node)-1])
		around := cue.MakePath(p.path[:n-1]...)
		nameHint(diagnostic, node[len(node)-1], fieldNames(p.root.LookupPath(around)))
		return e
	}
	if !d.shadowed(p, sels, pos, path) {
		d.origin(e, sels, pos, path)
	}
	return e
}

// leadsToNode reports whether what follows arms.NAME is a node of the arm.
func leadsToNode(sels []cue.Selector) bool {
	return len(sels) >= 4 && sels[2].String() == "nodes"
}

// inFallback reports whether what follows a node is a node of its fallback.
func inFallback(sels []cue.Selector) bool {
	return len(sels) >= 3 && sels[0].String() == ir.FallbackArm && sels[1].String() == "nodes"
}

// origin reads the definition that an edge begins at, and the fields below it.
func (d *valuer) origin(e *ir.Edge, sels []cue.Selector, pos ir.Pos, path string) {
	label := ""
	if len(sels) > 0 {
		label = sels[0].String()
	}
	inNode := e.Node != ""
	switch {
	case label == "#input" && !inNode:
		e.From = ir.FromInput
	case label == "#out" && inNode:
		e.From = ir.FromNode
	case label == "#item" && inNode:
		e.From = ir.FromItem
	case label == "#acc" && inNode:
		e.From = ir.FromAcc
	default:
		hint := "refer to #input, to a node's #out or to the #item of a map node"
		if label == "" && inNode {
			hint = "add .#out for what the node gives back"
		}
		if label == "arms" && inNode {
			hint = "refer to the node's #out: it is what the arm gives that was chosen"
		}
		d.diags.Errorf(diag.DanglingEdge, pos, path, "an edge cannot begin at %s", describe(label, e.Node)).Hintf("%s", hint)
		return
	}
	for _, s := range sels[1:] {
		if s.LabelType() != cue.StringLabel {
			d.diags.Errorf(diag.ComputedEdge, pos, path, "an edge cannot pick an item out of a list").
				Hintf("map over the list, or let a step pick the item")
			return
		}
		e.Path = append(e.Path, selName(s))
	}
}

func describe(label, node string) string {
	switch {
	case label == "" && node != "":
		return "node " + node + " itself"
	case label == "":
		return "the graph itself"
	case node != "":
		return label + " of node " + node
	}
	return label
}

// isRuntime reports whether p refers to something that has a value only when
// a request runs.
func (d *decoder) isRuntime(p part) bool {
	if p.form != formRef || len(p.path) < 4 || p.root.BuildInstance() != d.inst {
		return false
	}
	if p.path[0].String() != "bento" || p.path[1].String() != "graphs" {
		return false
	}
	if p.path[3].String() == "nodes" {
		return true
	}
	for _, s := range p.path[3:] {
		if s.IsDefinition() && runtimeLabels[strings.TrimPrefix(s.String(), "#")] {
			return true
		}
	}
	return false
}

// computed reports an expression over a run-time value, as what it is.
func (d *valuer) computed(n ast.Node, path string) *ir.Value {
	msg, hint := wordComputed(n)
	d.diags.Errorf(diag.ComputedEdge, spanOf(n), path, "%s", msg).Hintf("%s", hint)
	return &ir.Value{Empty: "object", Pos: spanOf(n)}
}

// wordComputed says what is wrong with an expression over a run-time value.
func wordComputed(n ast.Node) (msg, hint string) {
	hint = "write one reference, such as #input.x or prep.#out.x; do the computing in a step"
	e, _ := n.(ast.Expr)
	switch {
	case isNode[*ast.Comprehension](n) || isNode[*ast.ListLit](n):
		return "if and for cannot depend on a value that is there only at run time", "map over a list with a map node; do the rest in a step"
	case isNode[*ast.EmbedDecl](n):
		return "a value that is there only at run time cannot be spread into a struct", "write the fields one by one"
	case e != nil && letOf(e) != nil && rootIdent(e) == e:
		switch x := letOf(e).Expr.(type) {
		case *ast.Ident, *ast.SelectorExpr:
			return exprText(e) + " cannot be followed beside what else is wrong here", "mend that first; let " + exprText(e) + " = " + exprText(x) + " may well be right"
		default:
			return wordComputed(x)
		}
	case isNode[*ast.IndexExpr](n) || isNode[*ast.SliceExpr](n):
		return "an edge cannot pick items out of a list", "map over the list, or let a step pick the item"
	case e != nil:
		return exprText(e) + " is computed from a value that is there only at run time", hint
	}
	return "this is computed from a value that is there only at run time", hint
}

func isNode[T ast.Node](n ast.Node) bool {
	_, ok := n.(T)
	return ok
}

// runtimeIn gives v when it holds a reference to a run-time value, at any
// depth of its expression.
func (d *decoder) runtimeIn(v cue.Value, depth int) *cue.Value {
	if depth == 0 {
		return nil
	}
	for _, p := range partsOf(v) {
		switch p.form {
		case formRef:
			if d.isRuntime(p) {
				return &p.v
			}
			if target := dereference(p.v); target != p.v && !fromSchema(p.root) {
				if r := d.runtimeIn(target, depth-1); r != nil {
					return r
				}
			}
		case formLiteral:
			if e := sourceExpr(p.v); e != nil && d.hiddenRuntime(e) != nil {
				return &p.v
			}
		default:
			for _, a := range p.args {
				if r := d.runtimeIn(a, depth-1); r != nil {
					return r
				}
			}
		}
	}
	return nil
}

// hiddenRuntime looks at how an expression is written for what evaluation
// leaves no trace of: aliases by let, comprehensions, indices and slices over
// run-time values. It gives the place, or nil. Fields of struct literals and
// items of list literals are values of their own and not looked into.
func (d *decoder) hiddenRuntime(e ast.Expr) ast.Node {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return d.hiddenRuntime(e.X)
	case *ast.BinaryExpr:
		if e.Op == token.AND {
			if n := d.hiddenRuntime(e.X); n != nil {
				return n
			}
			return d.hiddenRuntime(e.Y)
		}
	case *ast.StructLit:
		return nil
	case *ast.ListLit:
		for _, el := range e.Elts {
			if c, ok := el.(*ast.Comprehension); ok && mentionsRuntime(c, 0) {
				return c
			}
		}
		return nil
	case *ast.Ident, *ast.SelectorExpr:
		if l := letOf(e); l != nil && mentionsRuntime(l.Expr, 0) {
			return e
		}
		return nil
	}
	if mentionsRuntime(e, 0) {
		return e
	}
	return nil
}

// runtimeElements gives the comprehensions over run-time values, and the
// run-time values that are spread, in a struct literal.
func runtimeElements(e ast.Expr) []ast.Node {
	lit, ok := e.(*ast.StructLit)
	if !ok {
		return nil
	}
	var out []ast.Node
	for _, el := range lit.Elts {
		switch el := el.(type) {
		case *ast.Comprehension:
			if mentionsRuntime(el, 0) {
				out = append(out, el)
			}
		case *ast.EmbedDecl:
			if _, ok := el.Expr.(*ast.StructLit); !ok && mentionsRuntime(el.Expr, 0) {
				out = append(out, el)
			}
		}
	}
	return out
}

// letOf gives the let clause that the root of a selector is an alias for.
func letOf(e ast.Expr) *ast.LetClause {
	if root := rootIdent(e); root != nil {
		l, _ := root.Node.(*ast.LetClause)
		return l
	}
	return nil
}

// mentionsRuntime reports whether n, or a let that it uses, names a run-time
// definition.
func mentionsRuntime(n ast.Node, depth int) bool {
	found := false
	ast.Walk(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !found {
			if name, isDef := strings.CutPrefix(id.Name, "#"); isDef && runtimeLabels[name] {
				found = true
			} else if l, ok := id.Node.(*ast.LetClause); ok && depth < maxChain {
				found = mentionsRuntime(l.Expr, depth+1)
			}
		}
		return !found
	}, nil)
	return found
}
