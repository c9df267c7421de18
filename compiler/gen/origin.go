package gen

import "bentoc.dev/compiler/ir"

// fromClient tells whether all that a value is made of came with the request.
func (gc *graphCode) fromClient(v *ir.Value) bool { return gc.scope.FromClient(v, gc.client) }

// hasEdge tells whether a value is not made of constants alone.
func hasEdge(v *ir.Value) (found bool) {
	ir.NodeValues("", &ir.Node{In: v}, func(_ ir.Place, m *ir.Value) { found = found || m.Edge != nil })
	return found
}
