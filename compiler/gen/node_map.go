package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// mapNode gives the statement that runs the nodes inside once an item.
func (g *generator) mapNode(b *block, n *ir.Node, path string) (last []string, inner func()) {
	gc := b.gc
	overT := gc.scope.TypeOf(n.Map).Type
	eachT := gc.scope.TypeOf(n.Each).Type
	if overT == nil || eachT == nil {
		g.errorf("graph %s: the types of the map node %s are not known", gc.name, path)
		return nil, nil
	}
	list, over := b.items(n.Map, overT, path)
	if over == nil {
		return nil, nil // reported
	}
	each := g.types.of(eachT, where{name: gc.typeName + exported(path) + "Item"})
	sc := g.scopeOf(gc, path, n)
	varName := g.mainNames.pick(gc.fnName + exported(path) + "Graph")
	fields, item := b.scopeFields(sc, path)
	g.useGen(g.graphsGo, over, each)
	call := "Map(ctx"
	if n.Parallelism > 0 {
		call = fmt.Sprintf("MapAtMost(ctx, %d", n.Parallelism)
	}
	last = []string{
		fmt.Sprintf("return graph.%s, %q, %s, func(ctx context.Context, _ int, %s %s) (each %s, err error) {",
			call, path, list, item, over.elem.expr(false), each.expr(false)),
		fmt.Sprintf("result, err := b.%s.Run(ctx, %s{%s})", varName, sc.name, strings.Join(fields, ", ")),
		"if err != nil {", "return each, err", "}",
		fmt.Sprintf("return %s, nil", asserted("result", each)),
		"})",
	}
	return last, func() { g.writeNodes(gc, path, n.Nodes, n.Each, varName, gc.name+"/"+path) }
}

// items gives the list of the node at path as a slice, and its type; nil where it has none.
func (b *block) items(v *ir.Value, t *ir.Type, path string) (list string, typ *goType) {
	typ = b.g.types.of(t, where{name: b.gc.typeName + exported(path) + "Items"})
	list = b.value(v, want{t: t, typ: typ, hint: exported(path) + "Items"})
	switch typ.kind {
	case goArray:
		name := b.names.pick("items")
		b.pre = append(b.pre, fmt.Sprintf("%s := %s", name, list))
		return name + "[:]", typ
	case goSlice:
		return list, typ
	}
	b.g.errorf("graph %s: the list of node %s is none of one type", b.gc.name, path)
	return "", nil
}

// scopeFields fills in the scope of an arm, or of one item of the map node at path, and
// names the item, "_" where nothing inside looks at it.
func (b *block) scopeFields(sc *scopeCode, path string) (fields []string, item string) {
	item = "_"
	for _, f := range sc.fields {
		if f.root.From == ir.FromItem && f.root.Node == path {
			item = "item"
			fields = append(fields, f.name+": item")
			continue
		}
		if f.root.From == ir.FromAcc && f.root.Node == path {
			fields = append(fields, f.name+": acc")
			continue
		}
		expr, _ := b.root(&f.root)
		fields = append(fields, f.name+": "+expr)
	}
	return fields, item
}

// scopeOf makes the struct of what is seen inside the map node or arm at path.
func (g *generator) scopeOf(gc *graphCode, path string, n *ir.Node) *scopeCode {
	sc := &scopeCode{name: g.mainNames.pick(gc.fnName + exported(path) + "Scope")}
	gc.scopes[path] = sc
	fieldNames := newNames()
	seen := map[string]bool{}
	add := func(_ ir.Place, v *ir.Value) {
		if v.Edge == nil || within(path, v.Edge) {
			return
		}
		root := ir.Edge{From: v.Edge.From, Node: v.Edge.Node}
		key := string(root.From) + " " + root.Node
		if seen[key] {
			return
		}
		seen[key] = true
		sc.fields = append(sc.fields, scopeField{root: root, typ: g.rootType(gc, &root), name: fieldNames.pick(rootName(&root))})
	}
	inner := &ir.Graph{Nodes: []*ir.Node{n}}
	ir.WalkNodes(inner, func(p string, m *ir.Node) {
		if m == n {
			ir.NodeValues(path, n, func(p ir.Place, v *ir.Value) {
				if p.Scope == path { // and not in the one around
					add(p, v)
				}
			})
			return
		}
		ir.NodeValues(ir.JoinPath(path, strings.TrimPrefix(p, n.Name+"/")), m, add)
	})
	s := g.graphsGo
	g.queueScope(s, sc, path, n)
	return sc
}

// queueScope writes the struct of a scope behind the functions.
func (g *generator) queueScope(s *source, sc *scopeCode, path string, n *ir.Node) {
	if n.Kind() == ir.NodeArm && len(sc.fields) == 0 {
		return
	}
	g.queue = append(g.queue, func() {
		s.p("")
		what := string(n.Kind())
		if n.Kind() != ir.NodeArm {
			what += " node"
		}
		s.p("// %s is what the nodes inside the %s %s see.", sc.name, what, path)
		s.p("type %s struct {", sc.name)
		for _, f := range sc.fields {
			g.useGen(s, f.typ)
			s.p("%s %s", f.name, f.typ.expr(false))
		}
		s.p("}")
	})
}

// within tells whether an edge begins at a node inside the map node or arm at path.
func within(path string, e *ir.Edge) bool {
	return e.From == ir.FromNode && strings.HasPrefix(e.Node, path+"/") ||
		(e.From == ir.FromItem || e.From == ir.FromAcc) && strings.HasPrefix(e.Node, path+"/")
}
