package gen

import (
	"fmt"

	"bentoc.dev/compiler/ir"
)

func (g *generator) newBlock(gc *graphCode, scope string, index map[string]int, what string) *block {
	return &block{
		g: g, gc: gc, scope: scope, index: index, what: what,
		names: g.mainNames.inner("ctx", "in", "out", "c", "q", "err", "each", "item", "acc", "next", "result", "scope"),
		known: map[string]string{},
	}
}

// root gives the expression of what an edge begins at: a variable that holds a
// node's result or the graph's input, or a field of the scope of a map node.
func (b *block) root(e *ir.Edge) (expr string, typ *goType) {
	typ = b.g.rootType(b.gc, e)
	key := string(e.From) + " " + e.Node
	if have := b.known[key]; have != "" {
		return have, typ
	}
	around, name := ir.SplitPath(e.Node)
	switch {
	case e.From == ir.FromNode && around == b.scope:
		expr = b.names.pick(rootName(e))
		b.declare("%s := out[%d].(%s)", expr, b.index[name], typ)
	case b.scope == "":
		expr = b.names.pick("input")
		b.declareIn(expr, typ)
	default:
		expr = "scope." + b.scopeField(key)
		if !b.hasScope {
			b.hasScope = true
			b.vars = append(b.vars, fmt.Sprintf("scope := in.(%s)", b.gc.scopes[b.scope].name))
		}
	}
	b.known[key] = expr
	return expr, typ
}

func (b *block) declare(format, name string, index int, typ *goType) {
	b.g.useGen(b.g.graphsGo, typ)
	if typ.kind == goAny || typ.kind == goNull {
		b.vars = append(b.vars, fmt.Sprintf("%s := out[%d]", name, index))
		return
	}
	b.vars = append(b.vars, fmt.Sprintf(format, name, index, typ.expr(false)))
}

func (b *block) declareIn(name string, typ *goType) {
	b.g.useGen(b.g.graphsGo, typ)
	if typ.kind == goAny || typ.kind == goNull {
		b.vars = append(b.vars, name+" := in")
		return
	}
	b.vars = append(b.vars, fmt.Sprintf("%s := in.(%s)", name, typ.expr(false)))
}

// scopeField gives the field of the scope's struct that holds a root.
func (b *block) scopeField(key string) string {
	for _, f := range b.gc.scopes[b.scope].fields {
		if string(f.root.From)+" "+f.root.Node == key {
			return f.name
		}
	}
	b.g.errorf("%s: %s is not seen there", b.what, key)
	return "missing"
}

// finish writes the block: the values it takes, its statements, its checks, and
// what it ends with.
func (b *block) finish(s *source, last []string) {
	s.lines(b.vars)
	if b.usesQ {
		s.use(codecPath)
		s.p("var q codec.Checker // of what the request brought")
	}
	if b.usesC {
		s.use(codecPath)
		s.p("var c codec.Checker")
	}
	s.lines(b.pre)
	exprs := append(append([]string{}, b.pre...), last...)
	if b.usesQ {
		s.p("if err := q.InputErr(%q); err != nil {", b.what)
		s.p("return nil, err")
		s.p("}")
	}
	if b.usesC {
		s.p("if err := c.Err(%q); err != nil {", b.what)
		s.p("return nil, err")
		s.p("}")
	}
	s.lines(last)
	useMentioned(s, b.g, exprs)
}

// sameSizes checks that dimensions of a whole value, such as a node's input, which
// share a symbol are of one size, where the checks left that to the server.
func (b *block) sameSizes(expr string, v *ir.Value, t *ir.Type, gt *goType) string {
	checked := false
	ir.NodeValues("", &ir.Node{In: v}, func(_ ir.Place, m *ir.Value) {
		checked = checked || m.Edge != nil && m.Edge.Check != nil
	})
	if !checked {
		return expr
	}
	name := "args"
	if b.names.has(name) {
		name = b.names.pick(name)
	}
	u := b.g.newSymbolUses()
	b.symbolUses(u, v, t, gt, spot{v: name})
	lines := u.check(b.checker)
	if len(lines) == 0 {
		return expr
	}
	b.names.taken[name] = true
	b.pre = append(append(b.pre, name+" := "+expr), lines...)
	return name
}

// symbolUses collects the symbols of a value: those of what takes it and of the
// types that the user wrote beside its parts.
func (b *block) symbolUses(u *symbolUses, v *ir.Value, t *ir.Type, gt *goType, at spot) {
	at.client = b.gc.fromClient(v)
	if v.Declared != nil {
		u.add(v.Declared, gt, at)
	}
	r := b.g.b.Resolve(t)
	if v.Object == nil || gt.kind != goStruct || r == nil {
		u.add(t, gt, at)
		return
	}
	for _, m := range v.Object {
		f, ok := gt.field(m.Name)
		if field := r.Field(m.Name); ok && field != nil {
			b.symbolUses(u, m.Value, field.Type, f.typ, at.field(f))
		}
	}
}
