package load

import (
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// defineMaps spells what map nodes of a bento map over as a definition, #map, which is
// what bentos written under an older schema have as the field map.
func defineMaps(file *ast.File) {
	for _, bento := range bentosOf(file) {
		defineBelow(bento, nil)
	}
}

// defineBelow goes through the structs that are joined to what lies at a path.
func defineBelow(e ast.Expr, path []string) {
	for _, f := range joinedFields(e) {
		switch at := append(path[:len(path):len(path)], labelOf(f)); {
		case isNodePath(path) && labelOf(f) == "map":
			if _, ok := f.Label.(*ast.Ident); ok {
				f.Label = &ast.Ident{NamePos: f.Label.Pos(), Name: "#map"}
			}
		case isAboveNodes(at):
			defineBelow(f.Value, at)
		}
	}
}

// joinedFields gives the fields of the structs that an expression joins.
func joinedFields(e ast.Expr) (fields []*ast.Field) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if e.Op == token.AND {
			return append(joinedFields(e.X), joinedFields(e.Y)...)
		}
	case *ast.ParenExpr:
		return joinedFields(e.X)
	case *ast.StructLit:
		for _, d := range e.Elts {
			if f, ok := d.(*ast.Field); ok {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// isAboveNodes tells whether a path leads to nodes: graphs, graphs.NAME,
// graphs.NAME.nodes, and so on as deep as nodes have nodes.
func isAboveNodes(path []string) bool {
	for i, label := range path {
		if i == 0 && label != "graphs" || i > 0 && i%2 == 0 && label != "nodes" {
			return false
		}
	}
	return true
}

// isNodePath tells whether a path is that of a node.
func isNodePath(path []string) bool { return len(path) >= 4 && len(path)%2 == 0 && isAboveNodes(path) }
