package load

import (
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
)

// twinOf gives the bento's twin, which is evaluated when the first value asks for it.
func (d *decoder) twinOf() *twin {
	if !d.twinned {
		d.twinned = true
		d.twin = newTwin(d.inst, d.root)
	}
	return d.twin
}

// followed gives a run-time value: as it is written, where that is one reference or a
// constant and its fields are, else as the twin shows it.
func (d *valuer) followed(v cue.Value, path string) *ir.Value {
	diags, typed := d.diags, d.typer.diags
	var found diag.List
	d.diags, d.typer.diags, d.indirect = &found, &found, false
	val := d.value(v, path)
	d.diags, d.typer.diags = diags, typed
	if !d.indirect && len(found) == 0 && !d.proveAll {
		return val
	}
	t := d.twinOf()
	if t == nil {
		if *d.diags = append(*d.diags, found...); len(found) == 0 {
			d.notTraced(untraced{v, path})
		}
		return val
	}
	d.untraced = nil
	traced := d.tracedValue(t, v, t.at(path), path)
	if len(d.untraced) == 0 {
		return traced
	}
	d.sayUntraced(found, t.bento.Err() != nil)
	return val
}

// sayUntraced reports what cannot be traced, in the words of found where that speaks of
// it. In a struct with a mistake nothing can be followed: what would be without the
// mistake is left unsaid.
func (d *valuer) sayUntraced(found diag.List, broken bool) {
	var mistakes, unsure diag.List
	for _, u := range d.untraced {
		var about diag.List
		for _, f := range found {
			if within(f.Path, u.path) || within(u.path, f.Path) {
				about = append(about, f)
			}
		}
		if len(about) == 0 {
			diags := d.diags
			d.diags = &about
			d.notTraced(u)
			d.diags = diags
		}
		switch e := d.writtenExpr(u.v, u.path).(type) {
		case *ast.Ident, *ast.SelectorExpr:
			if let := letOf(e); broken && let != nil && !isNode[*ast.BinaryExpr](let.Expr) {
				unsure = append(unsure, about...)
				continue
			}
		}
		mistakes = append(mistakes, about...)
	}
	if len(mistakes) == 0 {
		mistakes = unsure
	}
	*d.diags = append(*d.diags, mistakes...)
}

// untraced is a value that the twin shows to be neither a reference nor a constant.
type untraced struct {
	v    cue.Value
	path string
}

// isName reports whether a reference is written as one, by names.
func isName(p part) bool {
	switch sourceExpr(p.v).(type) {
	case *ast.Ident, *ast.SelectorExpr:
		return true
	}
	return false
}

// spelledOut reports whether the parts of a value that is no edge are written as a
// constant, a struct or a list, there or where references by name lead: what CUE says of
// these needs no proof. The type of a run-time value is none, even if only one value fits.
func (d *valuer) spelledOut(parts []part, depth int) bool {
	for _, p := range parts {
		switch e := sourceExpr(p.v).(type) {
		case *ast.BasicLit:
		case *ast.Ident, *ast.SelectorExpr:
			if depth == 0 || p.form != formRef || slices.ContainsFunc(p.path, isRuntimeLabel) {
				return false
			}
			target := dereference(p.v)
			if target == p.v || !d.spelledOut(solid(target), depth-1) {
				return false
			}
		case *ast.StructLit:
			for _, el := range e.Elts {
				f, ok := el.(*ast.Field)
				if ok {
					_, ok = labelName(f.Label)
				}
				if !ok && !isNode[*ast.Attribute](el) && !isNode[*ast.CommentGroup](el) {
					return false
				}
			}
		case *ast.ListLit:
			for _, el := range e.Elts {
				if isNode[*ast.Comprehension](el) {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}

func isRuntimeLabel(s cue.Selector) bool {
	return s.IsDefinition() && runtimeLabels[strings.TrimPrefix(s.String(), "#")]
}

// tracedValue gives a run-time value as the twin shows it, and notes what is no
// reference, no constant and nothing made of these alone.
func (d *valuer) tracedValue(t *twin, v, twin cue.Value, path string) *ir.Value {
	if val := d.tracedWhole(t, v, twin, path); val != nil {
		return val
	}
	d.untraced = append(d.untraced, untraced{v, path})
	return &ir.Value{Empty: "object", Pos: d.tracedPos(v, path)}
}

func (d *valuer) tracedWhole(t *twin, v, twin cue.Value, path string) *ir.Value {
	pos := d.tracedPos(v, path)
	if s := d.spreadOf(v, path); s != nil {
		return d.spreadValue(s, v, path, func(v cue.Value, path string) *ir.Value { return d.tracedValue(t, v, t.at(path), path) })
	}
	kind := cue.BottomKind
	if twin.Exists() {
		kind = twin.IncompleteKind()
	}
	switch {
	case spreads(twin):
		return nil
	case (!twin.Exists() || twin.Err() != nil) && v.IncompleteKind() == cue.StructKind:
		return d.tracedObject(t, v, twin, pos, path)
	case !twin.Exists() || twin.Err() != nil:
		return nil
	case kind == cue.StructKind:
		if i := t.markOf(twin); i >= 0 {
			return d.wholeEdge(t, i, v, twin, pos, path)
		}
		return d.tracedObject(t, v, twin, pos, path)
	case kind == cue.ListKind && twin.IsConcrete():
		return d.tracedList(t, v, twin, pos, path)
	}
	if i, beside, ok := t.leafMark(twin); ok {
		return d.tracedEdge(t, i, beside, v, pos, path)
	}
	v, _ = v.Default()
	twin, _ = twin.Default()
	c, err := constOf(twin)
	if err != nil || strings.Contains(string(c), "bentoc mark") {
		return nil
	}
	if own, err := constOf(v); err != nil || string(own) != string(c) {
		return nil
	}
	return &ir.Value{Const: c, Pos: pos}
}

// tracedPos gives the place of a value, or of what is around it where it is written in
// the schema or nowhere.
func (d *valuer) tracedPos(v cue.Value, path string) ir.Pos {
	if pos := valueSpan(v); pos.IsValid() && !fromSchemaFile(pos.File) {
		return pos
	}
	return d.index.valuePos(path)
}

// wholeEdge is an edge to a struct: the value has its fields and no others.
func (d *valuer) wholeEdge(t *twin, i int, v, twin cue.Value, pos ir.Pos, path string) *ir.Value {
	if !t.isWhole(i, twin) {
		return nil
	}
	return d.tracedEdge(t, i, nil, v, pos, path)
}

// isWhole reports whether a struct has what is marked below its mark, and nothing else.
func (t *twin) isWhole(i int, v cue.Value) bool {
	it, err := v.Fields()
	if err != nil {
		return false
	}
	for it.Next() {
		j := t.markOf(it.Value())
		if j < 0 || !below(t.marks[j].path, t.marks[i].path, it.Selector()) {
			return false
		}
		if it.Value().IncompleteKind() == cue.StructKind {
			if !t.isWhole(j, it.Value()) {
				return false
			}
		} else if _, beside, ok := t.leafMark(it.Value()); !ok || len(beside) > 0 {
			return false
		}
	}
	return true
}

func below(path, parent []cue.Selector, field cue.Selector) bool {
	return cue.MakePath(path...).String() == cue.MakePath(append(slices.Clone(parent), field)...).String()
}

// tracedEdge is an edge to what a mark stands for, with the types that were put beside it.
func (d *valuer) tracedEdge(t *twin, i int, beside []ast.Expr, v cue.Value, pos ir.Pos, path string) *ir.Value {
	m := t.marks[i]
	if m.collection != "" || !t.agree(v, m.path) {
		return nil
	}
	e := d.edge(part{form: formRef, root: t.root, path: m.path}, pos, path)
	val := &ir.Value{Edge: e, Pos: pos}
	var declared []part
	for _, b := range beside {
		if !standsAlone(b) {
			return nil
		}
		declared = append(declared, partsOf(cuecontext.New().BuildExpr(b))...)
	}
	if len(declared) > 0 {
		val.Declared = d.typer.declared(declared, path)
	}
	return val
}

// standsAlone reports whether an expression names nothing that has to be declared.
func standsAlone(e ast.Expr) bool {
	alone := true
	ast.Walk(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			alone = alone && slices.Contains(predeclared, n.Name)
		case *ast.SelectorExpr, *ast.IndexExpr, *ast.Comprehension, *ast.StructLit, *ast.Interpolation:
			alone = false
		}
		return alone
	}, nil)
	return alone
}

// predeclared are CUE's names of types of which a value may be.
var predeclared = []string{
	"bool", "string", "bytes", "number", "int", "float", "uint", "uint8", "int8", "uint16", "int16", "uint32", "int32",
	"uint64", "int64", "float32", "float64", "null", "true", "false", "_",
}

// agree reports whether the bento's own evaluation says of a value what it says of the
// one that the value is to be a reference to.
func (t *twin) agree(v cue.Value, path []cue.Selector) bool {
	target := t.root.LookupPath(cue.MakePath(path...))
	if !target.Exists() {
		return !v.IsConcrete() // models give no types yet
	}
	return same(target.Unify(v), v)
}

func (d *valuer) tracedObject(t *twin, v, twin cue.Value, pos ir.Pos, path string) *ir.Value {
	val := &ir.Value{Pos: pos}
	own, err := v.Fields()
	if err != nil {
		return nil
	}
	n, before := 0, len(d.untraced)
	broken := !twin.Exists() || twin.Err() != nil // a field has a fault that is said there, or the struct itself
	if twin.Exists() {
		if other, err := twin.Fields(); err == nil {
			for other.Next() {
				n++
			}
		}
	}
	for own.Next() {
		at := join(path, selName(own.Selector()))
		twins := cue.Value{}
		if twin.Exists() {
			twins = twin.LookupPath(cue.MakePath(own.Selector()))
		}
		field := d.tracedValue(t, own.Value(), twins, at)
		val.Object = append(val.Object, d.valueField(own.Selector(), own.Value(), field, at))
	}
	if len(d.untraced) == before && (broken || len(val.Object) != n) {
		return nil
	}
	if n == 0 {
		val.Empty = "object"
	}
	return val
}

func (d *valuer) tracedList(t *twin, v, twin cue.Value, pos ir.Pos, path string) *ir.Value {
	val := &ir.Value{Pos: pos}
	own, err := v.List()
	if err != nil || !v.IsConcrete() {
		return nil
	}
	other, err := twin.List()
	if err != nil {
		return nil
	}
	for own.Next() {
		if !other.Next() {
			return nil
		}
		val.List = append(val.List, d.tracedValue(t, own.Value(), other.Value(), path+".[]"))
	}
	if other.Next() {
		return nil
	}
	if len(val.List) == 0 {
		val.Empty = "list"
	}
	return val
}

// tracedRef gives the name of the runner, graph or model that a value is, or "". whole is
// false for one that something was added to.
func (d *decoder) tracedRef(v cue.Value, collection, at string) (name string, whole bool) {
	t := d.twinOf()
	if t == nil {
		return "", false
	}
	i := t.markOf(t.at(at))
	if i < 0 || t.marks[i].collection != collection {
		return "", false
	}
	m := t.marks[i]
	target := t.root.LookupPath(cue.MakePath(m.path...))
	own := t.bento.LookupPath(cue.MakePath(m.path[1:]...))
	return selName(m.path[2]), same(v, target) && slices.Equal(traced(t.at(at)), traced(own))
}

// notTraced says that a value that looked like a constant or an edge is none after all.
func (d *valuer) notTraced(u untraced) {
	if e := d.writtenExpr(u.v, u.path); e != nil && !isNode[*ast.StructLit](e) {
		d.computed(e, u.path)
		return
	}
	d.diags.Errorf(diag.ComputedEdge, d.tracedPos(u.v, u.path), u.path, "%s is neither one reference nor a constant", lastLabel(u.path)).
		Hintf("write one reference, such as #input.x or prep.#out.x; do the computing in a step")
}
