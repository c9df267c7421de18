package load

import (
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// shadowed reports an edge that was to begin at a node, whose name is that of a field
// around the edge: CUE takes the nearer one, in {a: a.#out.y} the field itself.
func (d *valuer) shadowed(p part, sels []cue.Selector, pos ir.Pos, path string) bool {
	e := sourceExpr(p.v)
	root := rootIdent(e)
	if root == nil || len(sels) == 0 || !sels[0].IsDefinition() {
		return false
	}
	at := slices.IndexFunc(sels[1:], func(s cue.Selector) bool { return selName(s) == root.Name }) + 1
	if at == 0 || root.Name == sels[0].String() {
		return false
	}
	owner := cue.MakePath(sels[:at]...).String()
	diagnostic := d.diags.Errorf(diag.DanglingEdge, pos, path, "%q is %s's own field here", root.Name, owner)
	rest := strings.TrimPrefix(exprText(e), root.Name)
	if better := d.index.nodeFrom(path, root.Name, rest); better != "" {
		diagnostic.Hintf("write %s", better)
	} else {
		diagnostic.Hintf("refer to #input, to a node's #out or to the #item of a map node")
	}
	return true
}

// nodeFrom gives how a node is referred to from the value at a path, where its bare
// name stands for something else.
func (ix *index) nodeFrom(path, name, rest string) string {
	labels := splitPath(path)
	end := slices.IndexFunc(labels, func(l string) bool { return strings.HasPrefix(l, "#") })
	if end < 3 {
		return ""
	}
	var scopes []string // the nodes in sight, from the inside out
	if labels[end] == "#each" || labels[end] == "#output" {
		scopes = append(scopes, strings.Join(append(slices.Clone(labels[:end]), "nodes"), "."))
	}
	for i := end - 1; i >= 3; i-- {
		if labels[i] == "nodes" && (end-i)%2 == 0 {
			scopes = append(scopes, strings.Join(labels[:i+1], "."))
		}
	}
	inBento := strings.TrimPrefix
	if name == "nodes" && len(scopes) > 0 {
		return inBento(scopes[0], "bento.") + rest
	}
	hidden := slices.Contains(ix.names(parentPath(path)), "nodes")
	for i, scope := range scopes {
		if !ix.has(join(scope, name)) {
			continue
		}
		if i == 0 && !hidden {
			return "nodes." + name + rest
		}
		return inBento(scope, "bento.") + "." + name + rest
	}
	return ""
}

// rootIdent gives the name that a reference begins with.
func rootIdent(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.Ident:
			return x
		default:
			return nil
		}
	}
}
