package load

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// valuer turns the run-time values of one graph (what nodes take, what a map
// node makes of an item, what the graph gives back) into edges and constants.
type valuer struct {
	*decoder
	graph    string // name of the graph
	indirect bool   // a value was met that is not spelled out
	untraced []untraced
}

// value gives where v comes from. An edge is one reference to a run-time
// value and nothing else: CUE would fold a default into anything else.
func (d *valuer) value(v cue.Value, path string) *ir.Value {
	pos := valueSpan(v)
	if e := d.writtenExpr(v, path); e != nil {
		if n := d.hiddenRuntime(e); n != nil {
			return d.computed(n, path)
		}
	}
	if s := d.spreadOf(v, path); s != nil {
		return d.spreadValue(s, v, path, d.value)
	}
	parts := deref(solid(v), maxChain, d.isRuntime)
	var edges, rest []part
	for _, p := range parts {
		if p.form == formRef && d.isRuntime(p) {
			if len(edges) == 0 || cue.MakePath(edges[0].path...).String() != cue.MakePath(p.path...).String() {
				edges = append(edges, p)
			}
		} else {
			rest = append(rest, p)
			// Written elsewhere beside what is spread: the twin refuses it.
			d.indirect = d.indirect || p.form == formLiteral && p.v.IncompleteKind() == cue.StructKind && sourceExpr(p.v) == nil
		}
	}
	if len(edges) == 1 {
		d.indirect = d.indirect || !isName(edges[0])
	} else if !d.spelledOut(solid(v), maxChain) {
		d.indirect = true
	}
	switch {
	case d.mixed(d.writtenExpr(v, path), edges, rest, path):
		return &ir.Value{Empty: "object", Pos: pos}
	case len(edges) > 1:
		d.diags.Errorf(diag.ComputedEdge, pos, path, "a value has one source, but here are %d references", len(edges)).
			Hintf("keep one of them; a step can join values")
		return &ir.Value{Empty: "object", Pos: pos}
	case len(edges) == 1:
		return d.edgeValue(edges[0], rest, path)
	}
	return d.plainValue(v, parts, pos, path)
}

// writtenExpr gives the expression that v was written as; beside the schema's own `_`
// a value has none that CUE tells.
func (d *valuer) writtenExpr(v cue.Value, path string) ast.Expr {
	if e := sourceExpr(v); e != nil {
		return e
	}
	e, _ := d.index.at(path)
	return e.value
}

// mixed reports a reference to a whole value that stands in braces, alone or beside
// fields: CUE would join the two, but there is nothing to join yet.
func (d *valuer) mixed(written ast.Expr, edges, rest []part, path string) bool {
	var whole ast.Expr
	var fields []string
	if embeds := runtimeElements(written); len(embeds) > 0 {
		embed, ok := embeds[0].(*ast.EmbedDecl)
		if !ok && len(edges) == 0 {
			return false
		}
		if !ok {
			d.computed(embeds[0], path)
			return true
		}
		whole, fields = embed.Expr, fieldLabels(written)
	} else if len(edges) == 1 {
		for _, p := range rest {
			if hasConstant(p.v) {
				whole, fields = sourceExpr(edges[0].v), append(fields, fieldLabels(sourceExpr(p.v))...)
			}
		}
	}
	if whole == nil {
		return false
	}
	text, name := exprText(whole), lastLabel(path)
	if len(fields) == 0 {
		d.diags.Errorf(diag.ComputedEdge, spanOf(whole), path, "%s is a whole value, which stands without braces", text).
			Hintf("write %s: %s", name, text)
		return true
	}
	d.diags.Errorf(diag.ComputedEdge, spanOf(whole), path, "%s is a whole value, which cannot be mixed with fields", text).
		Hintf("write every field, such as %s: {NAME: %s.NAME, %s: …}, or the reference alone", name, text, fields[0])
	return true
}

func fieldLabels(e ast.Expr) (names []string) {
	if lit, ok := e.(*ast.StructLit); ok {
		for _, el := range lit.Elts {
			if f, ok := el.(*ast.Field); ok {
				names = append(names, formatExpr(f.Label.(ast.Expr)))
			}
		}
	}
	return names
}

// hasConstant reports whether a struct has a field with a value, or a run-time
// reference: one that only declares types has none.
func hasConstant(v cue.Value) bool {
	it, err := v.Fields()
	if err != nil {
		return false
	}
	for it.Next() {
		if isConst(it.Value()) {
			return true
		}
	}
	return false
}

// edgeValue gives an edge and the type that the user wrote beside it.
func (d *valuer) edgeValue(edge part, rest []part, path string) *ir.Value {
	pos := valueSpan(edge.v)
	val := &ir.Value{Edge: d.edge(edge, pos, path), Pos: pos}
	if len(rest) > 0 {
		val.Declared = d.typer.declared(rest, path)
	}
	return val
}

// declared gives the type that parts stand for together.
func (t *typer) declared(parts []part, path string) *ir.Type {
	v := parts[0].v
	for _, p := range parts[1:] {
		v = v.Unify(p.v)
	}
	return t.ofParts(v, parts, path)
}

// plainValue gives a constant, or a struct or a list of values.
func (d *valuer) plainValue(v cue.Value, parts []part, pos ir.Pos, path string) *ir.Value {
	for _, p := range parts {
		if p.form == formOp || p.form == formEither {
			if n := d.runtimeIn(p.v, maxChain); n != nil {
				return d.computed(d.writtenNode(v, *n), path)
			}
		}
	}
	switch kind := v.IncompleteKind(); {
	case kind == cue.StructKind && isEither(v):
		d.diags.Errorf(diag.BadValue, pos, path, "this is one of several structs, and which one only the server will know").
			Hintf("write the fields alone, without the type; what takes the value finds the struct that it is")
		return &ir.Value{Empty: "object", Pos: pos}
	case kind == cue.StructKind || kind == cue.BottomKind && writtenAsStruct(parts):
		return d.objectValue(v, parts, pos, path)
	case kind == cue.ListKind && v.IsConcrete():
		return d.listValue(v, pos, path)
	}
	if dv, ok := v.Default(); ok {
		v = dv
	}
	c, err := constOf(v)
	if err != nil {
		d.noValue(v, pos, path)
		return &ir.Value{Empty: "object", Pos: pos}
	}
	return &ir.Value{Const: c, Pos: pos}
}

// isEither reports whether v is a disjunction of structs that nothing decides: it
// has no fields then, whatever was written beside it.
func isEither(v cue.Value) bool {
	_, err := v.Fields()
	return err != nil && isIncomplete(err)
}

// writtenNode gives the syntax of v, or of the run-time value in it where v
// has none of its own.
func (d *valuer) writtenNode(v, inner cue.Value) ast.Node {
	if e := sourceExpr(v); e != nil {
		return e
	}
	if e := sourceExpr(inner); e != nil {
		return e
	}
	return &ast.BadExpr{}
}

// writtenAsStruct reports whether a value with an error in it was meant to be a
// struct.
func writtenAsStruct(parts []part) bool {
	for _, p := range parts {
		if _, ok := sourceExpr(p.v).(*ast.StructLit); ok {
			return true
		}
	}
	return false
}

// noValue reports something that is neither an edge nor a constant.
func (d *valuer) noValue(v cue.Value, pos ir.Pos, path string) {
	if err := v.Err(); err != nil && !isIncomplete(err) {
		d.diags.Errorf(diag.BadValue, pos, path, "%s", plainMessage(err))
		return
	}
	d.diags.Errorf(diag.DanglingEdge, pos, path, "this is a type, but a value is needed").
		Hintf("refer to #input, to a node's #out or to the #item of a map node, or write a constant")
}

func (d *valuer) objectValue(v cue.Value, parts []part, pos ir.Pos, path string) *ir.Value {
	val := &ir.Value{Pos: pos}
	for _, p := range parts {
		for _, n := range runtimeElements(sourceExpr(p.v)) {
			d.computed(n, path)
		}
	}
	for _, m := range d.members(v, path) {
		at := join(path, m.name)
		val.Object = append(val.Object, d.valueField(cue.Str(m.name), m.v, d.value(m.v, at), at))
	}
	if len(val.Object) == 0 {
		val.Empty = "object"
	}
	return val
}

func (d *valuer) valueField(name cue.Selector, v cue.Value, val *ir.Value, path string) ir.ValueField {
	f := ir.ValueField{Name: selName(name), Value: val, Doc: valueDoc(v), Pos: posOf(v.Pos())}
	if src, ok := v.Source().(*ast.Field); ok {
		f.Pos = spanOf(src.Label)
	}
	f.Deprecated = d.typer.deprecation(v, f.Pos, path)
	return f
}

func (d *valuer) listValue(v cue.Value, pos ir.Pos, path string) *ir.Value {
	val := &ir.Value{Pos: pos}
	it, err := v.List()
	if err != nil {
		d.diags.Errorf(diag.BadValue, pos, path, "%s", plainMessage(err))
		return val
	}
	for it.Next() {
		val.List = append(val.List, d.value(it.Value(), path+".[]"))
	}
	if len(val.List) == 0 {
		val.Empty = "list"
	}
	return val
}
