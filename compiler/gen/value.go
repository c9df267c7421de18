package gen

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// block is the body of one function of a graph while it is written: the values
// that it takes from its surroundings, statements, and at last an expression.
type block struct {
	g     *generator
	gc    *graphCode
	scope string         // path of the map node around, "" for none
	index map[string]int // places of the scope's nodes in out
	names *names
	what  string // what is made, for messages: the input of node cut

	vars     []string          // statements that take values from in and out
	known    map[string]string // expressions of roots
	pre      []string          // statements before the expression
	hasScope bool
	usesC    bool // a *codec.Checker for values of the server's own
	usesQ    bool // one for values of the request
}

// val is a value as Go has it.
type val struct {
	expr     string
	typ      *goType
	optional bool
	pointer  bool   // optional, and held by pointer
	fromIn   bool   // came with the request
	edge     string // by which it came, "" for what was made here
}

// want is what a value is to become.
type want struct {
	t        *ir.Type
	typ      *goType
	optional bool
	pointer  bool
	def      ir.Const
	hint     string   // for names
	at       []string // calls of a checker that lead there, such as In("image"); none for a whole value
}

// in gives the calls that lead to a member.
func (w want) in(call string, member any) []string {
	return append(slices.Clip(w.at), fmt.Sprintf(call, member))
}

// inside writes a line during which the checker c is at the value's place. The edge
// that the value came by is named, "" for none.
func (w want) inside(c, edge, line string) []string {
	var out []string
	for i, call := range w.at {
		if field, ok := strings.CutPrefix(call, "In("); ok && i == len(w.at)-1 && edge != "" {
			call = fmt.Sprintf("InEdge(%s, %q)", strings.TrimSuffix(field, ")"), edge)
		}
		out = append(out, c+"."+call)
	}
	out = append(out, line)
	for range w.at {
		out = append(out, c+".Out()")
	}
	return out
}

// value writes v as an expression of the type wanted.
func (b *block) value(v *ir.Value, w want) string {
	switch {
	case v == nil:
		return b.zero(w)
	case v.Edge != nil:
		return b.edgeValue(v.Edge, w)
	case v.Const != nil:
		e := b.g.constant(v.Const, w.typ, w.t, b.what)
		if w.pointer {
			e = pointerTo(w.typ, e)
		}
		return e
	case v.List != nil || v.Empty == "list":
		return b.wrap(b.list(v, w), w)
	}
	return b.wrap(b.object(v, w), w)
}

// wrap makes a pointer of a fresh value where one is wanted.
func (b *block) wrap(expr string, w want) string {
	if w.pointer {
		return pointerTo(w.typ, expr)
	}
	return expr
}

// zero is the value where the user gave none.
func (b *block) zero(w want) string {
	return b.object(&ir.Value{Empty: "object"}, w)
}

// object writes an object made of values.
func (b *block) object(v *ir.Value, w want) string {
	switch w.typ.kind {
	case goTable:
		return b.tableValue(v, w)
	case goStruct:
		return b.structValue(v, w)
	case goMap:
		var parts []string
		elem := want{t: b.g.b.Resolve(w.t).Elem, typ: w.typ.elem, hint: w.hint + "Value"}
		for _, m := range v.Object {
			elem.at = w.in("In(%q)", m.Name)
			parts = append(parts, fmt.Sprintf("%q: %s", m.Name, b.value(m.Value, elem)))
		}
		return w.typ.expr(false) + "{" + strings.Join(parts, ", ") + "}"
	case goPointer:
		return pointerTo(w.typ.elem, b.object(v, want{t: b.g.nonNull(b.g.b.Resolve(w.t)), typ: w.typ.elem, hint: w.hint, at: w.at}))
	}
	return b.through(v, w)
}

// structValue writes a struct, a line a field where there are several.
func (b *block) structValue(v *ir.Value, w want) string {
	members := map[string]*ir.Value{}
	for _, m := range v.Object {
		members[m.Name] = m.Value
	}
	var parts []string
	for _, f := range w.typ.fields {
		m, ok := members[f.json]
		fw := want{t: f.t, typ: f.typ, optional: f.optional, pointer: f.pointer, def: f.def, hint: w.hint + f.name, at: w.in("In(%q)", f.json)}
		switch {
		case ok:
			parts = append(parts, f.name+": "+b.value(m, fw))
		case f.def != nil:
			parts = append(parts, f.name+": "+b.g.constant(f.def, f.typ, f.t, b.what))
		case !f.optional:
			b.g.errorf("%s: the field %q is missing", b.what, f.json)
		}
	}
	var names []string
	for _, m := range v.Object {
		names = append(names, m.Name)
	}
	entries, _ := w.typ.group(names, func(name string, e goField) (string, error) {
		return b.value(members[name], want{t: e.t, typ: e.typ.elem, hint: w.hint + e.name, at: w.in("In(%q)", name)}), nil
	})
	parts = append(parts, entries...)
	sep := ", "
	if len(parts) > 1 {
		sep = ",\n"
		return w.typ.expr(false) + "{\n" + strings.Join(parts, sep) + ",\n}"
	}
	return w.typ.expr(false) + "{" + strings.Join(parts, sep) + "}"
}

// list writes a list made of values.
func (b *block) list(v *ir.Value, w want) string {
	t := b.g.b.Resolve(w.t)
	var parts []string
	switch w.typ.kind {
	case goTable:
		return b.tableValue(v, w)
	case goSlice, goArray:
		for i, m := range v.List {
			parts = append(parts, b.value(m, want{t: itemType(t), typ: w.typ.elem, hint: w.hint + "Item", at: w.in("InItem(%d)", i)}))
		}
	case goTuple:
		for i, m := range v.List {
			if i < len(w.typ.fields) {
				f := w.typ.fields[i]
				parts = append(parts, f.name+": "+b.value(m, want{t: f.t, typ: f.typ, hint: w.hint + f.name, at: w.in("InItem(%d)", i)}))
			}
		}
	case goPointer:
		return pointerTo(w.typ.elem, b.list(v, want{t: b.g.nonNull(t), typ: w.typ.elem, hint: w.hint, at: w.at}))
	default:
		return b.through(v, w)
	}
	return w.typ.expr(false) + "{" + strings.Join(parts, ", ") + "}"
}

// through writes an object or list for a place of any type, or of a union: as
// the type that it has of itself, made into the other.
func (b *block) through(v *ir.Value, w want) string {
	own := b.gc.scope.TypeOf(v).Type
	if own == nil {
		b.g.errorf("%s: the type of a value is not known", b.what)
		return "nil"
	}
	typ := b.g.types.of(own, where{name: b.gc.typeName + w.hint})
	var expr string
	if v.List != nil || v.Empty == "list" {
		expr = b.list(v, want{t: own, typ: typ, hint: w.hint, at: w.at})
	} else {
		expr = b.object(v, want{t: own, typ: typ, hint: w.hint, at: w.at})
	}
	return b.convert(val{expr: expr, typ: typ, fromIn: hasEdge(v) && b.gc.fromClient(v)}, w)
}

// edgeValue writes an edge, with the check that the compiler left to the server.
func (b *block) edgeValue(e *ir.Edge, w want) string {
	v := b.edge(e)
	if e.Check == nil {
		return b.adapt(v, w)
	}
	if typeKey(b.g.b.Resolve(e.Check)) == typeKey(b.g.b.Resolve(w.t)) {
		return b.checkedValue(v, w)
	}
	return b.narrowed(v, e.Check, w)
}

// narrowed makes what an edge leads to into the type wanted by way of the narrower
// one that the user wrote beside it.
func (b *block) narrowed(v val, t *ir.Type, w want) string {
	first := want{t: t, typ: b.g.types.of(t, where{name: b.gc.typeName + w.hint}), optional: v.optional, hint: w.hint, at: w.at}
	first.pointer = v.optional && !first.typ.nilable()
	same := first.typ.key() == w.typ.key()
	if same && !v.optional {
		first.optional, first.pointer = w.optional, w.pointer
		return b.checkedValue(v, first)
	}
	expr := b.checkedValue(v, first)
	if same || fits(first.typ, w.typ) {
		v.expr, v.typ, v.pointer = expr, first.typ, first.pointer
	} else {
		b.pre = append(b.pre, "_ = "+expr) // a look at it was all
	}
	return b.adapt(v, w)
}

// checkedValue makes a value into the type wanted and checks it.
func (b *block) checkedValue(v val, w want) string {
	expr := b.adapt(v, w)
	read := !fits(v.typ, w.typ) && v.typ.kind != goAnyTensor // by a decoder, which checks
	if read || !b.g.needsCheck(w.t, w.typ) {
		return expr
	}
	name := b.names.pick("value")
	c := b.checker(v.fromIn)
	at := name
	if w.pointer {
		at = "*" + name
	}
	b.pre = append(b.pre, fmt.Sprintf("%s := %s", name, expr))
	check := fmt.Sprintf("%s(&%s, %s)", b.g.checkFn(w.t, w.typ, b.gc.typeName+w.hint), c, at)
	lines := w.inside(c, v.edge, check)
	if w.optional {
		lines = append(append([]string{"if " + name + " != nil {"}, lines...), "}")
	}
	b.pre = append(b.pre, lines...)
	return name
}

// checker gives the name of the checker for a value.
func (b *block) checker(fromIn bool) string {
	if fromIn {
		b.usesQ = true
		return "q"
	}
	b.usesC = true
	return "c"
}

// adapt makes a value into what is wanted, where either may be absent.
func (b *block) adapt(v val, w want) string {
	switch {
	case !v.optional && w.pointer:
		return pointerTo(w.typ, b.convert(v, w))
	case !v.optional:
		return b.convert(v, w)
	case w.optional && v.pointer == w.pointer && v.typ.key() == w.typ.key():
		return v.expr
	case w.optional && v.pointer && w.pointer && fits(v.typ, w.typ):
		return fmt.Sprintf("codec.ConvertPointer(%s, %s)", v.expr, b.g.convertFn(v.typ, w.typ))
	case !w.optional && w.def != nil && v.pointer && v.typ.key() == w.typ.key():
		return fmt.Sprintf("codec.Or(%s, %s)", v.expr, b.g.constant(w.def, w.typ, w.t, b.what))
	}
	return b.adaptSlowly(v, w)
}

// adaptSlowly declares a variable and sets it where the value is there.
func (b *block) adaptSlowly(v val, w want) string {
	name := b.names.pick("value")
	typ := w.typ.expr(false)
	if w.pointer {
		typ = "*" + typ
	}
	inner := v
	inner.optional, inner.pointer = false, false
	if v.pointer {
		inner.expr = "*" + v.expr
	}
	if w.def != nil {
		b.pre = append(b.pre, fmt.Sprintf("var %s %s = %s", name, typ, b.g.constant(w.def, w.typ, w.t, b.what)))
	} else {
		b.pre = append(b.pre, fmt.Sprintf("var %s %s", name, typ))
	}
	b.pre = append(b.pre, fmt.Sprintf("if %s != nil {", v.expr))
	expr := b.adapt(inner, w)
	b.pre = append(b.pre, fmt.Sprintf("%s = %s", name, expr))
	if !w.optional && w.def == nil {
		c := b.checker(v.fromIn)
		b.pre = append(append(b.pre, "} else {"), w.inside(c, v.edge, c+".Missing()")...)
	}
	b.pre = append(b.pre, "}")
	return name
}

// convert makes a value that is there into the type wanted.
func (b *block) convert(v val, w want) string {
	if fits(v.typ, w.typ) {
		return b.g.convertExpr(v.expr, v.typ, w.typ)
	}
	name, c := b.names.pick("value"), b.checker(v.fromIn)
	made := fmt.Sprintf("%s := %s", name, b.g.judged(v.expr, c, v.typ, w.typ, w.t, b.gc.typeName+w.hint))
	b.pre = append(b.pre, w.inside(c, v.edge, made)...)
	return name
}

// edge writes the value that an edge leads to.
func (b *block) edge(e *ir.Edge) val {
	root, typ := b.root(e)
	v := val{expr: root, typ: typ, fromIn: b.gc.fromClient(&ir.Value{Edge: e}), edge: e.Ref()}
	var guards []string
	for _, name := range e.Path {
		f, ok := v.typ.field(name)
		if !ok || v.typ.kind != goStruct {
			b.g.errorf("%s: %s has no field %q", b.what, e.Ref(), name)
			return v
		}
		if v.optional {
			guards = append(guards, v.expr+" != nil")
		}
		v.expr, v.typ, v.optional, v.pointer = v.expr+"."+f.name, f.typ, f.optional, f.pointer
	}
	if len(guards) == 0 {
		return v
	}
	return b.guarded(v, guards)
}

// guarded takes a value below fields that may be absent.
func (b *block) guarded(v val, guards []string) val {
	name := b.names.pick("value")
	typ := v.typ.expr(false)
	take := v.expr
	if v.pointer || !v.typ.nilable() {
		typ = "*" + typ
		if !v.pointer {
			take = "&" + take
		}
		v.pointer = true
	}
	v.optional = true
	b.pre = append(b.pre, fmt.Sprintf("var %s %s", name, typ),
		"if "+strings.Join(guards, " && ")+" {", name+" = "+take, "}")
	v.expr = name
	return v
}
