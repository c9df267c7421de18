package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
)

// codes gives every code that codes.go declares.
func codes(t *testing.T) []diag.Code {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []diag.Code
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok {
				s, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, diag.Code(s))
			}
		}
		return true
	})
	return out
}

// TestExplain checks that every code is documented, once, with more than a
// phrase.
func TestExplain(t *testing.T) {
	t.Parallel()
	all := codes(t)
	if len(all) < 30 {
		t.Fatalf("codes.go has %d codes", len(all))
	}
	seen := map[string]diag.Code{}
	for _, c := range all {
		text := diag.Explain(c)
		if len(text) < 80 || !strings.Contains(text, ".") {
			t.Errorf("%s: %q", c, text)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("%s and %s have the same text", c, other)
		}
		seen[text] = c
	}
	if diag.Explain("no-such-code") != "" {
		t.Error("a code that does not exist is documented")
	}
}
