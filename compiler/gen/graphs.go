package gen

import (
	"bytes"
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
	varName  string // the field that holds the *graph.Graph
	in, out  *goType
	outT     *ir.Type
	client   bool                  // its input comes with requests alone
	scopes   map[string]*scopeCode // of map nodes and arms, by path
	guards   map[*ir.Node]string   // the functions of fallbacks, by their nodes
}

// scopeCode is the struct that carries what the nodes inside a map node or an arm see.
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
	for _, name := range sorted(g.served.Graphs) {
		gr := g.b.Graphs[name]
		gc := &graphCode{name: name, g: gr, scope: g.scopes.Of(gr), scopes: map[string]*scopeCode{}, guards: map[*ir.Node]string{}}
		g.graphs[name] = gc
		gc.typeName = exported(name)
		if g.mainNames.has(gc.typeName+"Input") || g.mainNames.has(gc.typeName+"Output") {
			gc.typeName += "Graph"
		}
		gc.fnName = unexported(name)
		gc.varName = g.mainNames.pick(gc.fnName + "Graph")
		gc.in = g.types.of(gr.Input, where{name: gc.typeName + "Input", doc: describe(gr.Doc, "is what graph "+name+" takes.")})
	}
	for _, name := range sorted(g.served.Graphs) {
		gc := g.graphs[name]
		gc.outT = gc.scope.ResultType()
		if gc.outT == nil {
			g.errorf("graph %s: the type of its output is not known", name)
		}
		gc.out = g.types.of(gc.outT, where{name: gc.typeName + "Output", doc: "is what graph " + name + " returns."})
	}
	for name, client := range g.served.ClientGraphs() {
		g.graphs[name].client = client
	}
}

// describe gives the doc of a generated type: the user's own words if there are
// any.
func describe(doc, otherwise string) string {
	if strings.TrimSpace(doc) != "" {
		return doc
	}
	return otherwise
}

// writeGraphs writes graphs.go: first the graphs, then the functions of their
// nodes.
func (g *generator) writeGraphs() {
	if len(g.graphs) == 0 {
		return
	}
	for _, name := range sorted(g.served.Graphs) {
		gc := g.graphs[name]
		g.writeNodes(gc, "", gc.g.Nodes, gc.g.Output, gc.varName, name)
	}
	s := g.graphsGo
	nodes := s.body
	s.body = bytes.Buffer{}
	s.p("// addGraphs makes the graphs.")
	s.p("func (b *bento) addGraphs() {")
	s.body.Write(g.making.body.Bytes())
	s.p("}")
	s.body.Write(nodes.Bytes())
}

// writeNodes writes the nodes of one scope as a graph: those of a graph itself,
// or those inside a map node, which run once an item.
func (g *generator) writeNodes(gc *graphCode, scope string, nodes []*ir.Node, result *ir.Value, varName, title string) {
	g.writeScope(gc, scope, nodes, result, varName, title, nil)
}

// writeScope is writeNodes for nodes that may be those of an arm: as is what it gives.
func (g *generator) writeScope(gc *graphCode, scope string, nodes []*ir.Node, result *ir.Value, varName, title string, as *armResult) {
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
	g.field(varName, "*graph.Graph")
	g.service.use(graphPath)
	if scope == "" {
		g.making.docLines(gc.g.Doc)
	} else if as != nil && gc.scope.Node(scope).Kind() == ir.NodeArm {
		g.making.docLines(fmt.Sprintf("what runs where the arm %s is chosen", scope))
	} else {
		g.making.docLines(fmt.Sprintf("what the %s node %s does with one item", gc.scope.Node(scope).Kind(), scope))
	}
	g.graphLiteral(gc, scope, ordered, index, fns, varName, title, resultFn)
	var inner []func()
	for i, n := range ordered {
		if f := g.writeNode(gc, scope, n, fns[i], index); f != nil {
			inner = append(inner, f)
		}
		if f := g.writeFallback(gc, scope, n, index); f != nil {
			inner = append(inner, f)
		}
	}
	g.writeResult(gc, scope, result, resultFn, index, as)
	for _, f := range inner {
		f()
	}
}

// graphLiteral writes what makes a graph: its nodes in order, each
// with the places of those that it needs and its function.
func (g *generator) graphLiteral(gc *graphCode, scope string, nodes []*ir.Node, index map[string]int, fns []string, varName, title, resultFn string) {
	g.graphsGo.use(specPath)
	g.graphsGo.use(graphPath)
	s := g.making
	s.p("b.%s = graph.New(spec.Graph{", varName)
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
			s.p("{Name: %q, Kind: %q, %sRun: %s},", path, n.Kind(), needs, g.guarded(gc, title, path, n, fns[i]))
		}
		s.p("},")
	}
	s.p("Output: %s,", resultFn)
	s.p("})")
}

// writeNode writes the function of one node. For a map node it gives what writes
// the nodes inside.
func (g *generator) writeNode(gc *graphCode, scope string, n *ir.Node, fn string, index map[string]int) func() {
	path := ir.JoinPath(scope, n.Name)
	b := g.newBlock(gc, scope, index, fmt.Sprintf("the input of node %s in graph %s", path, gc.name))
	write := nodeKinds[n.Kind()].write
	if write == nil {
		g.errorf("%s: nodes of kind %q cannot be generated", b.what, n.Kind())
		return nil
	}
	last, inner := write(g, b, n, path)
	if last == nil {
		return nil // reported
	}
	s := g.graphsGo
	s.use("context")
	s.p("")
	s.docLines(n.Doc)
	s.p("func (b *bento) %s(ctx context.Context, in any, out []any) (any, error) {", fn)
	b.finish(s, last)
	s.p("}")
	return inner
}

// asserted writes an interface's value as a Go type.
func asserted(v string, t *goType) string {
	if t.kind == goAny || t.kind == goNull {
		return v
	}
	return fmt.Sprintf("%s.(%s)", v, t.expr(false))
}

// writeResult writes the function that makes a graph's output, what an item of a map
// node becomes, or what an arm gives, which is as the arms' switch says.
func (g *generator) writeResult(gc *graphCode, scope string, v *ir.Value, fn string, index map[string]int, as *armResult) {
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
	switch {
	case as != nil:
		t, typ = as.t, as.typ
	case scope == "":
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

// rootName names what an edge begins at.
func rootName(e *ir.Edge) string {
	_, name := ir.SplitPath(e.Node)
	switch e.From {
	case ir.FromInput:
		return "input"
	case ir.FromItem:
		return unexported(name + "-item")
	case ir.FromAcc:
		return unexported(name + "-acc")
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
	return g.types.of(t, where{name: gc.typeName + exported(e.Node) + "Item"})
}
