package check

import (
	"errors"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkEdges finds edges that lead nowhere: to a node or a field that does not
// exist, or to what is not seen from where the edge stands.
func checkEdges(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		ir.WalkValues(p.b.Graphs[name], func(at ir.Place, v *ir.Value) {
			if v.Edge == nil {
				return
			}
			if d := p.dangling(name, at, v); d != nil {
				p.broken[name] = true
			}
		})
	}
}

func (p *pass) dangling(graph string, at ir.Place, v *ir.Value) *diag.Diagnostic {
	e, s := v.Edge, p.scopes[graph]
	pos, path := first(e.Pos, v.Pos), p.placePath(graph, at)
	_, err := s.EdgeType(e)
	var edge *ir.EdgeError
	switch {
	case errors.As(err, &edge) && edge.Above == nil:
		return p.noNode(graph, at, e, edge, pos, path)
	case errors.As(err, &edge):
		d := p.errorf(diag.DanglingEdge, pos, path, "%s leads nowhere: %s", e.Ref(), edge.Reason)
		if t := p.b.Resolve(edge.Above); t != nil && t.Kind == ir.KindObject {
			suggest(d, edge.Missing, fieldNames(t))
		}
		return d.Also(first(edge.Above.Pos, p.originPos(graph, e)), "it is %s", assign.Describe(p.b, edge.Above))
	case ir.Visible(at.Scope, e):
		return nil
	}
	return p.invisible(graph, e, pos, path)
}

func (p *pass) noNode(graph string, at ir.Place, e *ir.Edge, edge *ir.EdgeError, pos ir.Pos, path string) *diag.Diagnostic {
	d := p.errorf(diag.DanglingEdge, pos, path, "%s leads nowhere: %s", e.Ref(), edge.Reason)
	n := p.scopes[graph].Node(e.Node)
	if n != nil && e.From == ir.FromAcc {
		return d.Hintf("only a node with #fold has it").Also(n.Pos, "node %s is here", n.Name)
	}
	if n != nil {
		return d.Hintf("add #map to node %s, or use %s.#out", n.Name, n.Name).Also(n.Pos, "node %s is here", n.Name)
	}
	around, name := ir.SplitPath(e.Node)
	var beside []string
	ir.WalkNodes(p.b.Graphs[graph], func(path string, n *ir.Node) {
		if scope, _ := ir.SplitPath(path); scope == around || scope == at.Scope {
			beside = append(beside, n.Name)
		}
	})
	suggest(d, name, beside)
	return d
}

func (p *pass) invisible(graph string, e *ir.Edge, pos ir.Pos, path string) *diag.Diagnostic {
	n := p.scopes[graph].Node(e.Node)
	scope, name := ir.SplitPath(e.Node)
	if e.From == ir.FromItem || e.From == ir.FromAcc {
		return p.errorf(diag.DanglingEdge, pos, path, "%s is not seen here: it exists only inside the node %s", e.Ref(), name).
			Hintf("move what uses it into nodes or #each of %s", name).
			Also(n.Pos, "node %s is here", name)
	}
	_, around := ir.SplitPath(scope)
	if arm := p.scopes[graph].Node(scope); arm != nil && arm.Kind() == ir.NodeArm {
		_, of := ir.SplitPath(strings.TrimSuffix(scope, "/"+around))
		if around == ir.FallbackArm && p.scopes[graph].Node(strings.TrimSuffix(scope, "/"+around)).Fallback != nil {
			return p.errorf(diag.DanglingEdge, pos, path, "%s is not seen here: node %s runs only where node %s fails", e.Ref(), name, of).
				Hintf("hand its result out by #output of the fallback and use %s.#out", of).
				Also(n.Pos, "node %s is here", name)
		}
		return p.errorf(diag.DanglingEdge, pos, path, "%s is not seen here: node %s runs only where the arm %s of %s is chosen", e.Ref(), name, around, of).
			Hintf("hand its result out by #output of the arm and use %s.#out", of).
			Also(n.Pos, "node %s is here", name)
	}
	return p.errorf(diag.DanglingEdge, pos, path, "%s is not seen here: node %s runs once for each item of node %s", e.Ref(), name, around).
		Hintf("hand its result out by #each of %s and use %s.#out", around, around).
		Also(n.Pos, "node %s is here", name)
}

// originPos is where what an edge begins at is declared.
func (p *pass) originPos(graph string, e *ir.Edge) ir.Pos {
	g := p.b.Graphs[graph]
	if e.From == ir.FromInput {
		return first(posOf(g.Input), g.Pos)
	}
	n := p.scopes[graph].Node(e.Node)
	if n == nil {
		return g.Pos
	}
	if r := p.b.Runners[n.Call]; r != nil && e.From == ir.FromNode {
		return first(posOf(r.Output), r.Pos, n.Pos)
	}
	return n.Pos
}
