package load

import (
	"strings"

	"bentoc.dev/compiler/diag"
	"cuelang.org/go/cue/ast"
)

// wholes finds references to all runners, graphs or models where one of them is
// meant, such as `call: runners`. It looks at the syntax and runs before the
// evaluation, which such a reference makes overflow the stack (CUE 0.17).
func wholes(diags *diag.List, files []*ast.File) {
	for _, f := range files {
		ast.Walk(f, func(n ast.Node) bool {
			field, ok := n.(*ast.Field)
			if !ok {
				return true
			}
			name, _ := labelName(field.Label)
			code, thing := refersTo([]string{name})
			if thing != "" && wholeName(field.Value) == thing+"s" {
				diags.Errorf(code, spanOf(field.Value), "", "%s is one of the %ss, but here are all of them", name, thing).
					Hintf("write %s.NAME", strings.TrimSpace(exprText(field.Value)))
			}
			return true
		}, nil)
	}
}

// wholeName gives the last name of a reference.
func wholeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		name, _ := labelName(e.Sel)
		return name
	case *ast.ParenExpr:
		return wholeName(e.X)
	}
	return ""
}
