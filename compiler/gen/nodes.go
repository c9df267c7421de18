package gen

import (
	"fmt"

	"bentoc.dev/compiler/ir"
)

// nodeKind is how one kind of node becomes code.
type nodeKind struct {
	// write gives the statements that end the node's function, nil where it has
	// reported why there are none, and what writes the nodes inside.
	write func(g *generator, b *block, n *ir.Node, path string) (last []string, inner func())
}

// nodeKinds has a row for each kind of the IR; a test holds that.
var nodeKinds map[ir.NodeKind]nodeKind

func init() { // a node may have nodes inside
	nodeKinds = map[ir.NodeKind]nodeKind{
		ir.NodeCall:  {write: (*generator).callNode},
		ir.NodeGraph: {write: (*generator).graphNode},
		ir.NodeMap:   {write: (*generator).mapNode},
		ir.NodeFold:  {write: (*generator).foldNode},

		ir.NodeSwitch: {write: (*generator).switchNode},
		ir.NodeChoose: {write: (*generator).chooseNode},
	}
}

// callNode gives the statement that calls a runner.
func (g *generator) callNode(b *block, n *ir.Node, path string) ([]string, func()) {
	rc := g.runners[n.Call]
	if rc == nil {
		g.errorf("%s: there is no runner %q", b.what, n.Call)
		return nil, nil
	}
	arg := b.value(n.In, want{t: rc.inT, typ: rc.in, hint: exported(path) + "In"})
	arg = b.sameSizes(arg, n.In, rc.inT, rc.in)
	lines := []string{fmt.Sprintf("return b.%s(ctx, %s)", rc.call, arg)}
	if n.Mirror != nil {
		within := arg
		if n.Cache != nil {
			within = "in"
		}
		lines = g.mirrored(b, n, path, rc, within)
	}
	if n.Cache != nil && lines != nil {
		lines = g.cached(b, n, path, rc, arg, lines)
	}
	return lines, nil
}

// graphNode gives the statement that runs another graph.
func (g *generator) graphNode(b *block, n *ir.Node, path string) ([]string, func()) {
	nested := g.graphs[n.Graph]
	if nested == nil {
		g.errorf("%s: there is no graph %q", b.what, n.Graph)
		return nil, nil
	}
	arg := b.value(n.In, want{t: nested.g.Input, typ: nested.in, hint: exported(path) + "In"})
	arg = b.sameSizes(arg, n.In, nested.g.Input, nested.in)
	return []string{fmt.Sprintf("return b.%s.Run(ctx, %s)", nested.varName, arg)}, nil
}
