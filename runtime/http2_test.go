package runtime_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/runtime"
)

// speaking are the names of net/http by which a program asks others, or listens for
// HTTP/2.
var speaking = []string{
	"Client", "DefaultClient", "DefaultTransport", "Get", "HTTP2Config", "Head", "ListenAndServeTLS", "Post", "PostForm",
	"Protocols", "RoundTripper", "ServeTLS", "Transport",
}

// TestNoHTTP2 keeps the runtime one that needs no HTTP/2: servers whose steps do not speak
// HTTP either are compiled without it, and what asks for it would get HTTP/1 without a
// word.
func TestNoHTTP2(t *testing.T) {
	t.Parallel()
	files := 0
	err := fs.WalkDir(runtime.Source, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := runtime.Source.ReadFile(name)
		if err != nil {
			return err
		}
		files++
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			if strings.HasPrefix(i.Path.Value, `"net/http/`) || strings.HasPrefix(i.Path.Value, `"net/rpc`) || i.Path.Value == `"net/http"` && i.Name != nil {
				t.Errorf("%s imports %s", fset.Position(i.Pos()), i.Path.Value)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := s.X.(*ast.Ident)
			if ok && x.Name == "http" && slices.Contains(speaking, s.Sel.Name) || s.Sel.Name == "ServeTLS" || s.Sel.Name == "ListenAndServeTLS" {
				t.Errorf("%s: %s is of a program that speaks HTTP/2", fset.Position(s.Pos()), s.Sel.Name)
			}
			return true
		})
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("%d files, %v", files, err)
	}
}
