package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// foldNode gives the statement that runs the nodes inside once an item, each time with
// what the item before has made.
func (g *generator) foldNode(b *block, n *ir.Node, path string) (last []string, inner func()) {
	gc := b.gc
	overT := gc.scope.TypeOf(n.Fold).Type
	if overT == nil || n.Out == nil {
		g.errorf("graph %s: the types of the fold node %s are not known", gc.name, path)
		return nil, nil
	}
	list, over := b.items(n.Fold, overT, path)
	if over == nil {
		return nil, nil // reported
	}
	acc := g.types.of(n.Out, where{name: gc.typeName + exported(path) + "Output"})
	first := b.names.pick("first")
	expr := b.value(n.Init, want{t: n.Out, typ: acc, hint: exported(path) + "Init"})
	expr = b.sameSizes(expr, n.Init, n.Out, acc)
	b.pre = append(b.pre, fmt.Sprintf("var %s %s = %s", first, acc.expr(false), expr))
	sc := g.scopeOf(gc, path, n)
	varName := g.mainNames.pick(gc.fnName + exported(path) + "Graph")
	fields, item := b.scopeFields(sc, path)
	accName := "_"
	for _, f := range fields {
		if strings.HasSuffix(f, ": acc") {
			accName = "acc"
		}
	}
	g.useGen(g.graphsGo, over, acc)
	typ := acc.expr(false)
	last = []string{
		fmt.Sprintf("return graph.Fold(ctx, %q, %s, %s, func(ctx context.Context, %s %s, %s %s) (next %s, err error) {",
			path, list, first, accName, typ, item, over.elem.expr(false), typ),
		fmt.Sprintf("result, err := b.%s.Run(ctx, %s{%s})", varName, sc.name, strings.Join(fields, ", ")),
		"if err != nil {", "return next, err", "}",
		fmt.Sprintf("return %s, nil", asserted("result", acc)),
		"})",
	}
	return last, func() {
		g.writeScope(gc, path, n.Nodes, n.Each, varName, gc.name+"/"+path, &armResult{n.Out, acc})
	}
}
