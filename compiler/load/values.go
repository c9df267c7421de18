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
	graph string // name of the graph
}

// value gives where v comes from. An edge is one reference to a run-time
// value and nothing else: CUE would fold a default into anything else.
func (d *valuer) value(v cue.Value, path string) *ir.Value {
	pos := valueSpan(v)
	if e := sourceExpr(v); e != nil {
		if n := d.hiddenRuntime(e); n != nil {
			return d.computed(n, path)
		}
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
		}
	}
	switch {
	case len(edges) > 1:
		d.diags.Errorf(diag.ComputedEdge, pos, path, "a value has one source, but here are %d references", len(edges)).
			Hintf("keep one of them; a step can join values")
		return &ir.Value{Empty: "object", Pos: pos}
	case len(edges) == 1 && len(runtimeElements(sourceExpr(v))) > 0:
		return d.computed(runtimeElements(sourceExpr(v))[0], path)
	case len(edges) == 1:
		return d.edgeValue(edges[0], rest, path)
	}
	return d.plainValue(v, parts, pos, path)
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
		f := ir.ValueField{Name: m.name, Value: d.value(m.v, join(path, m.name)), Doc: valueDoc(m.v), Pos: posOf(m.v.Pos())}
		if src, ok := m.v.Source().(*ast.Field); ok {
			f.Pos = spanOf(src.Label)
		}
		val.Object = append(val.Object, f)
	}
	if len(val.Object) == 0 {
		val.Empty = "object"
	}
	return val
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
