package gen

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// graphCode is what is known of a graph's code.
type graphCode struct {
	name     string
	g        *ir.Graph
	scope    *ir.Scope
	typeName string // what its own types begin with
	fnName   string // what its functions begin with
	varName  string // the *graph.Graph
	in, out  *goType
	outT     *ir.Type
	client   bool                  // its input comes with requests alone
	scopes   map[string]*scopeCode // of map nodes, by path
}

// scopeCode is the struct that carries what the nodes inside a map node see.
type scopeCode struct {
	name   string // of the struct type
	fields []scopeField
}

type scopeField struct {
	root ir.Edge // without a path
	name string
	typ  *goType
}

// declareGraphs names the graphs and makes the types of their ends.
func (g *generator) declareGraphs() {
	for _, name := range sorted(g.b.Graphs) {
		gr := g.b.Graphs[name]
		gc := &graphCode{name: name, g: gr, scope: ir.NewScope(g.b, gr), scopes: map[string]*scopeCode{}}
		g.graphs[name] = gc
		gc.typeName = exported(name)
		if g.mainNames.has(gc.typeName+"Input") || g.mainNames.has(gc.typeName+"Output") {
			gc.typeName += "Graph"
		}
		gc.fnName = unexported(name)
		gc.varName = g.mainNames.pick(gc.fnName + "Graph")
		gc.in = g.types.of(gr.Input, where{name: gc.typeName + "Input", doc: describe(gr.Doc, "is what graph "+name+" takes.")})
	}
	for _, name := range sorted(g.b.Graphs) {
		gc := g.graphs[name]
		gc.outT = gc.scope.ResultType()
		if gc.outT == nil {
			g.errorf("graph %s: the type of its output is not known", name)
		}
		gc.out = g.types.of(gc.outT, where{name: gc.typeName + "Output", doc: "is what graph " + name + " returns."})
	}
	g.findClients()
}

// describe gives the doc of a generated type: the user's own words if there are
// any.
func describe(doc, otherwise string) string {
	if strings.TrimSpace(doc) != "" {
		return doc
	}
	return otherwise
}

// writeGraphs writes graphs.go.
func (g *generator) writeGraphs() {
	for _, name := range sorted(g.b.Graphs) {
		gc := g.graphs[name]
		g.writeNodes(gc, "", gc.g.Nodes, gc.g.Output, gc.varName, name)
	}
}

// writeNodes writes the nodes of one scope as a graph: those of a graph itself,
// or those inside a map node, which run once an item.
func (g *generator) writeNodes(gc *graphCode, scope string, nodes []*ir.Node, result *ir.Value, varName, title string) {
	ordered, err := ir.Order(scope, nodes)
	if err != nil {
		g.errorf("graph %s: %w", gc.name, err)
		return
	}
	index := map[string]int{}
	fns := make([]string, len(ordered))
	for i, n := range ordered {
		index[n.Name] = i
		fns[i] = g.mainNames.pick(gc.fnName + exported(ir.JoinPath(scope, n.Name)))
	}
	resultFn := g.mainNames.pick(gc.fnName + pascal(scope) + "Result")
	g.graphsGo.p("")
	if scope == "" {
		g.graphsGo.docLines(fmt.Sprintf("%s is the graph %s.\n\n%s", varName, gc.name, gc.g.Doc))
	} else {
		g.graphsGo.docLines(fmt.Sprintf("%s is what the map node %s does with one item.", varName, scope))
	}
	g.graphLiteral(scope, ordered, index, fns, varName, title, resultFn)
	var inner []func()
	for i, n := range ordered {
		if f := g.writeNode(gc, scope, n, fns[i], index); f != nil {
			inner = append(inner, f)
		}
	}
	g.writeResult(gc, scope, result, resultFn, index)
	for _, f := range inner {
		f()
	}
}

// graphLiteral writes the variable that holds a graph: its nodes in order, each
// with the places of those that it needs and its function.
func (g *generator) graphLiteral(scope string, nodes []*ir.Node, index map[string]int, fns []string, varName, title, resultFn string) {
	s := g.graphsGo
	s.use(specPath)
	s.use(graphPath)
	s.p("var %s = graph.New(spec.Graph{", varName)
	s.p("Name: %q,", title)
	if len(nodes) > 0 {
		s.p("Nodes: []spec.Node{")
		for i, n := range nodes {
			path, needs := ir.JoinPath(scope, n.Name), ""
			var places []int
			for _, need := range ir.Needs(path, n) {
				places = append(places, index[need])
			}
			if slices.Sort(places); len(places) > 0 {
				needs = "Needs: []int{" + strings.Trim(strings.ReplaceAll(fmt.Sprint(places), " ", ", "), "[]") + "}, "
			}
			s.p("{Name: %q, Kind: %q, %sRun: %s},", path, nodeKind(n), needs, fns[i])
		}
		s.p("},")
	}
	s.p("Output: %s,", resultFn)
	s.p("})")
}

func nodeKind(n *ir.Node) string {
	switch {
	case n.Call != "":
		return "call"
	case n.Graph != "":
		return "graph"
	}
	return "map"
}

// writeNode writes the function of one node. For a map node it gives what writes
// the nodes inside.
func (g *generator) writeNode(gc *graphCode, scope string, n *ir.Node, fn string, index map[string]int) (inner func()) {
	path := ir.JoinPath(scope, n.Name)
	b := g.newBlock(gc, scope, index, fmt.Sprintf("the input of node %s in graph %s", path, gc.name))
	var last []string
	switch {
	case n.Call != "":
		rc := g.runners[n.Call]
		if rc == nil {
			g.errorf("%s: there is no runner %q", b.what, n.Call)
			return nil
		}
		arg := b.value(n.In, want{t: rc.inT, typ: rc.in, hint: exported(path) + "In"})
		arg = b.sameSizes(arg, n.In, rc.inT, rc.in)
		last = []string{fmt.Sprintf("return %s(ctx, %s)", rc.call, arg)}
	case n.Graph != "":
		nested := g.graphs[n.Graph]
		if nested == nil {
			g.errorf("%s: there is no graph %q", b.what, n.Graph)
			return nil
		}
		arg := b.value(n.In, want{t: nested.g.Input, typ: nested.in, hint: exported(path) + "In"})
		arg = b.sameSizes(arg, n.In, nested.g.Input, nested.in)
		last = []string{fmt.Sprintf("return %s.Run(ctx, %s)", nested.varName, arg)}
	default:
		last, inner = g.mapNode(b, n, path)
	}
	s := g.graphsGo
	s.use("context")
	s.p("")
	s.docLines(n.Doc)
	s.p("func %s(ctx context.Context, in any, out []any) (any, error) {", fn)
	b.finish(s, last)
	s.p("}")
	return inner
}

// mapNode gives the statement that runs the nodes inside once an item.
func (g *generator) mapNode(b *block, n *ir.Node, path string) (last []string, inner func()) {
	gc := b.gc
	overT := gc.scope.TypeOf(n.Map).Type
	eachT := gc.scope.TypeOf(n.Each).Type
	if overT == nil || eachT == nil {
		g.errorf("graph %s: the types of the map node %s are not known", gc.name, path)
		return nil, nil
	}
	over := g.types.of(overT, where{name: gc.typeName + exported(path) + "Items"})
	each := g.types.of(eachT, where{name: gc.typeName + exported(path) + "Item"})
	list := b.value(n.Map, want{t: overT, typ: over, hint: exported(path) + "Items"})
	switch over.kind {
	case goArray:
		name := b.names.pick("items")
		b.pre = append(b.pre, fmt.Sprintf("%s := %s", name, list))
		list = name + "[:]"
	case goSlice:
	default:
		g.errorf("graph %s: the map node %s maps over what is no list of one type", gc.name, path)
		return nil, nil
	}
	sc := g.scopeOf(gc, path, n)
	varName := g.mainNames.pick(gc.fnName + exported(path) + "Graph")
	fields, item := b.scopeFields(sc, path)
	g.useGen(g.graphsGo, over, each)
	last = []string{
		fmt.Sprintf("return graph.Map(ctx, %q, %s, func(ctx context.Context, _ int, %s %s) (each %s, err error) {",
			path, list, item, over.elem.expr(false), each.expr(false)),
		fmt.Sprintf("result, err := %s.Run(ctx, %s{%s})", varName, sc.name, strings.Join(fields, ", ")),
		"if err != nil {", "return each, err", "}",
		fmt.Sprintf("return %s, nil", asserted("result", each)),
		"})",
	}
	return last, func() { g.writeNodes(gc, path, n.Nodes, n.Each, varName, gc.name+"/"+path) }
}

// asserted writes an interface's value as a Go type.
func asserted(v string, t *goType) string {
	if t.kind == goAny || t.kind == goNull {
		return v
	}
	return fmt.Sprintf("%s.(%s)", v, t.expr(false))
}

// scopeFields fills in the scope of one item of the map node at path, and names the
// item, "_" where nothing inside looks at it.
func (b *block) scopeFields(sc *scopeCode, path string) (fields []string, item string) {
	item = "_"
	for _, f := range sc.fields {
		if f.root.From == ir.FromItem && f.root.Node == path {
			item = "item"
			fields = append(fields, f.name+": item")
			continue
		}
		expr, _ := b.root(&f.root)
		fields = append(fields, f.name+": "+expr)
	}
	return fields, item
}

// writeResult writes the function that makes a graph's output, or what an item
// of a map node becomes.
func (g *generator) writeResult(gc *graphCode, scope string, v *ir.Value, fn string, index map[string]int) {
	what := "the output of graph " + gc.name
	if scope != "" {
		what = fmt.Sprintf("the result of node %s in graph %s", scope, gc.name)
	}
	b := g.newBlock(gc, scope, index, what)
	t := gc.scope.TypeOf(v).Type
	if t == nil {
		g.errorf("%s: its type is not known", what)
		return
	}
	typ := g.types.of(t, where{name: gc.typeName + pascal(scope) + "Item"})
	if scope == "" {
		t, typ = gc.outT, gc.out
	}
	expr := b.value(v, want{t: t, typ: typ, hint: pascal(scope) + "Output"})
	expr = b.sameSizes(expr, v, t, typ)
	if expr == "nil" || needsType(typ, v) {
		expr = "(" + typ.expr(false) + ")(" + expr + ")"
	}
	s := g.graphsGo
	s.p("")
	s.p("func %s(in any, out []any) (any, error) {", fn)
	b.finish(s, []string{"return " + expr + ", nil"})
	s.p("}")
}

// needsType tells whether a constant must be given its type before it becomes an
// interface.
func needsType(t *goType, v *ir.Value) bool {
	return v.Const != nil && (t.kind == goInt || t.kind == goFloat)
}

// scopeOf makes the struct of what is seen inside the map node at path.
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
			each := &ir.Node{Name: n.Name, Each: n.Each}
			ir.NodeValues(path, each, add)
			return
		}
		ir.NodeValues(ir.JoinPath(path, strings.TrimPrefix(p, n.Name+"/")), m, add)
	})
	s := g.graphsGo
	g.queueScope(s, sc, path)
	return sc
}

// queueScope writes the struct of a scope behind the functions.
func (g *generator) queueScope(s *source, sc *scopeCode, path string) {
	g.queue = append(g.queue, func() {
		s.p("")
		s.p("// %s is what the nodes inside the map node %s see.", sc.name, path)
		s.p("type %s struct {", sc.name)
		for _, f := range sc.fields {
			g.useGen(s, f.typ)
			s.p("%s %s", f.name, f.typ.expr(false))
		}
		s.p("}")
	})
}

// within tells whether an edge begins at a node inside the map node at path.
func within(path string, e *ir.Edge) bool {
	return e.From == ir.FromNode && strings.HasPrefix(e.Node, path+"/") ||
		e.From == ir.FromItem && strings.HasPrefix(e.Node, path+"/")
}

// rootName names what an edge begins at.
func rootName(e *ir.Edge) string {
	_, name := ir.SplitPath(e.Node)
	switch e.From {
	case ir.FromInput:
		return "input"
	case ir.FromItem:
		return unexported(name + "-item")
	}
	return unexported(name)
}

// rootType gives the Go type of what an edge begins at.
func (g *generator) rootType(gc *graphCode, e *ir.Edge) *goType {
	if e.From == ir.FromInput {
		return gc.in
	}
	t, err := gc.scope.Root(e)
	if err != nil || t == nil {
		g.errorf("graph %s: %s has no known type", gc.name, e.Ref())
		return &goType{kind: goAny}
	}
	name := gc.typeName + exported(e.Node) + "Item"
	if e.From == ir.FromNode {
		if n := gc.scope.Node(e.Node); n != nil && n.Graph != "" && g.graphs[n.Graph] != nil {
			return g.graphs[n.Graph].out
		}
	}
	return g.types.of(t, where{name: name})
}
