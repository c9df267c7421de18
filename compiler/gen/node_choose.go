package gen

import (
	"fmt"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// chooseNode gives the statements that send a request to an arm and run its nodes.
func (g *generator) chooseNode(b *block, n *ir.Node, path string) (last []string, inner func()) {
	gc := b.gc
	if n.Out == nil {
		g.errorf("graph %s: the type of %s is not known", gc.name, path)
		return nil, nil
	}
	out := g.types.of(n.Out, where{name: gc.typeName + exported(path) + "Output"})
	choice := g.mainNames.pick(gc.fnName + exported(path) + "Choice")
	g.choice(gc, n, path, choice)
	last = append(last, fmt.Sprintf("switch b.%s.Of(ctx) {", choice))
	runs, inner := g.arms(b, n, path, out)
	for i, arm := range n.Arms {
		label := fmt.Sprintf("case %d: // %s", i, arm.Name)
		if i == len(n.Arms)-1 {
			label = "default: // " + arm.Name
		}
		last = append(append(last, label), runs[i]...)
	}
	return append(last, "}"), inner
}

// choice writes the field that holds what the node at path chooses by, and what makes it.
func (g *generator) choice(gc *graphCode, n *ir.Node, path, field string) {
	g.field(field, "*graph.Chooser")
	g.service.use(graphPath)
	g.graphsGo.use(graphPath)
	s := g.making
	s.p("b.%s = graph.NewChooser(graph.Choice{", field)
	s.p("Graph: %q, Node: %q,", gc.name, path)
	if n.Choose.Header != "" {
		s.p("Header: %q,", n.Choose.Header)
	}
	if n.Choose.Key != "" {
		s.p("Key: %q,", n.Choose.Key)
	}
	s.p("Arms: []graph.ChoiceArm{")
	for _, arm := range n.Arms {
		fields := []string{fmt.Sprintf("Name: %q", arm.Name)}
		if arm.Weight > 0 {
			fields = append(fields, "Weight: "+strconv.FormatFloat(arm.Weight, 'g', -1, 64))
		}
		if len(arm.Values) > 0 {
			fields = append(fields, fmt.Sprintf("Values: %#v", arm.Values))
		}
		s.p("{%s},", strings.Join(fields, ", "))
	}
	s.p("},")
	s.p("})")
}

// choosesByHeader reports whether a graph, or one that it runs, chooses by headers.
func (g *generator) choosesByHeader(graph string) (does bool) {
	gr := g.b.Graphs[graph]
	if gr == nil {
		return false
	}
	ir.WalkNodes(gr, func(_ string, n *ir.Node) {
		does = does || n.Choose != nil && (n.Choose.Header != "" || n.Choose.Key != "")
		for _, inner := range n.Graphs() {
			does = does || g.choosesByHeader(inner)
		}
	})
	return does
}
