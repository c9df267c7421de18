package gen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// What a server runs on is made by build: of the variables of its package, each holds
// a document or an expression that is compiled once, so that a process may hold two
// generations.
func TestNoVariableHoldsState(t *testing.T) {
	t.Parallel()
	for _, c := range bentos(t) {
		for _, f := range c.generate(t).Server {
			if !strings.HasSuffix(f.Path, ".go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if vars, ok := d.(*ast.GenDecl); ok && vars.Tok == token.VAR && !constant(vars) {
					t.Errorf("%s: %s has a variable of the package in line %s", c.Name, f.Path, f.Data[vars.Pos()-1:vars.End()-1])
				}
			}
		}
	}
}

// constant tells whether variables are embedded documents or compiled expressions.
func constant(vars *ast.GenDecl) bool {
	if vars.Doc != nil && strings.HasPrefix(vars.Doc.List[0].Text, "//go:embed ") {
		return true
	}
	for _, spec := range vars.Specs {
		for _, value := range spec.(*ast.ValueSpec).Values {
			call, ok := value.(*ast.CallExpr)
			if !ok {
				return false
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "MustCompile" {
				return false
			}
		}
		if len(spec.(*ast.ValueSpec).Values) == 0 {
			return false
		}
	}
	return true
}
