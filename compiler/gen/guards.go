package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// guarded gives what runs a node: its function, under a guard where the bento says what is
// done about a failure.
func (g *generator) guarded(gc *graphCode, graph, path string, n *ir.Node, fn string) string {
	if !n.Guarded() {
		return "b." + fn
	}
	s := g.graphsGo
	fields := []string{fmt.Sprintf("Graph: %q, Node: %q, Kind: %q", graph, path, n.Kind())}
	if n.TimeoutMs > 0 {
		fields = append(fields, s.milliseconds("Timeout", n.TimeoutMs))
	}
	if r := n.Retry; r != nil {
		fields = append(fields, fmt.Sprintf("MaxAttempts: %d", r.MaxAttempts))
		if r.InitialBackoffMs > 0 {
			fields = append(fields, s.milliseconds("InitialBackoff", r.InitialBackoffMs))
		}
	}
	if n.Fallback != nil {
		gc.guards[n] = g.mainNames.pick(fn + "Fallback")
		fields = append(fields, "Fallback: b."+gc.guards[n])
	}
	return fmt.Sprintf("graph.Guarded(graph.Guard{%s}, b.%s)", strings.Join(fields, ", "), fn)
}

// writeFallback writes the function of a node's fallback, and gives what writes its nodes.
func (g *generator) writeFallback(gc *graphCode, scope string, n *ir.Node, index map[string]int) func() {
	if n.Fallback == nil {
		return nil
	}
	path := ir.JoinPath(scope, n.Name)
	at := ir.JoinPath(path, n.Fallback.Name)
	b := g.newBlock(gc, scope, index, fmt.Sprintf("the fallback of node %s in graph %s", path, gc.name))
	t := gc.scope.NodeType(path)
	if t == nil {
		g.errorf("%s: the type of the node is not known", b.what)
		return nil
	}
	run, inner := g.arm(b, n.Fallback, at, t, g.rootType(gc, &ir.Edge{From: ir.FromNode, Node: path}))
	s := g.graphsGo
	s.use("context")
	s.p("")
	s.docLines(n.Fallback.Doc)
	s.p("func (b *bento) %s(ctx context.Context, in any, out []any) (any, error) {", gc.guards[n])
	b.finish(s, run)
	s.p("}")
	return inner
}
