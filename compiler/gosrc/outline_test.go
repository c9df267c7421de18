package gosrc

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// TestOutline: what is left out, and what must stay.
func TestOutline(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"func f() { g(`}`, \"}\", '}', '\\'', \"\\\"}\") /* } */ }\nvar x int", "func f() {}\nvar x int"},
		{"func f() struct{ x int } { // }\n}", "func f() struct{ x int } {}"},
		{"func f[T interface{ ~int }](x struct{ y int }) (z interface{ M() }) {\nreturn 1\n}", "func f[T interface{ ~int }](x struct{ y int }) (z interface{ M() }) {}"},
		{"func f()\nfunc g() {1}\n", "func f()\nfunc g() {}\n"},
		{"func f() func() int { return nil }", "func f() func() int {}"},
		{"func (r *T[int]) f(x ...int) {1}", "func (r *T[int]) f(x ...int) {}"},
		{"var a = []int{1, 2}", "var a = []int{}"},
		{"var a = map[string]struct{ x int }{\"a\": {1}}\nvar b = [...]int{1, 2}\nvar c = T{1}", "var a = map[string]struct{ x int }{}\nvar b = [...]int{1, 2}\nvar c = T{}"},
		{"var (\n\ta = &T{1}\n\tb = func() int { return 1 }()\n)", "var (\n\ta = &T{}\n\tb = func() int {}()\n)"},
		{"var a = [...][len([]int{1, 2})]int{{1}, {2}}", "var a = [...][len([]int{1, 2})]int{{1}, {2}}"},
		{"var a =\nfunc() int { return 1 }\nvar b = T{1}", "var a =\nfunc() int {}\nvar b = T{}"},
		{"const n = len([...]int{1, 2})\ntype T struct{ f func() }", "const n = len([...]int{1, 2})\ntype T struct{ f func() }"},
		{"type functor struct{ x int }\nvar structural = functor{1}", "type functor struct{ x int }\nvar structural = functor{}"},
		{"// func f() {\nvar a = T{1} // }", "// func f() {\nvar a = T{} // }"},
		{"func f() { \"", "func f() { \""},
		{"type T struct {", "type T struct {"},
	} {
		if got := string(outline([]byte(c.in))); got != c.want {
			t.Errorf("%s\nbecomes\n%s\nwant\n%s", c.in, got, c.want)
		}
	}
}

// known is the standard library, checked with or without outlines.
type known struct {
	whole bool
	done  map[string]*types.Package
	t     testing.TB
}

func (k *known) Import(string) (*types.Package, error) { panic("not asked") }

func (k *known) ImportFrom(importPath, dir string, _ types.ImportMode) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	if importPath = vendored(importPath, ofStandard(dir)); k.done[importPath] != nil {
		return k.done[importPath], nil
	}
	s, err := (Folder{FS: os.DirFS(filepath.Join(build.Default.GOROOT, "src")), Dir: importPath}).read(importPath, "linux/amd64")
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, f := range s.files {
		text := f.text
		if k.whole {
			if text, err = os.ReadFile(filepath.Join(build.Default.GOROOT, "src", importPath, filepath.Base(f.name))); err != nil {
				return nil, err
			}
		}
		file, err := parser.ParseFile(fset, f.name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	conf := typesConfig(k, "linux/amd64")
	conf.Error = func(err error) {
		if !k.whole && !strings.Contains(err.Error(), "imported and not used") {
			k.t.Error(err)
		}
	}
	k.done[importPath], _ = conf.Check(importPath, fset, files, nil)
	return k.done[importPath], nil
}

// described is all that a package declares at its top level.
func described(p *types.Package) string {
	var s strings.Builder
	for _, name := range p.Scope().Names() {
		o := p.Scope().Lookup(name)
		fmt.Fprintln(&s, o)
		if c, ok := o.(*types.Const); ok {
			fmt.Fprintln(&s, c.Val().ExactString())
		}
		if n, ok := o.Type().(*types.Named); ok {
			var methods []string
			for m := range n.Methods() {
				methods = append(methods, m.String())
			}
			sort.Strings(methods)
			fmt.Fprintln(&s, n.Underlying(), methods)
		}
	}
	return s.String()
}

// TestOutlinesOfTheStandardLibrary: its types are the same without what is left out.
func TestOutlinesOfTheStandardLibrary(t *testing.T) {
	t.Parallel()
	packages := []string{"net/http"}
	if all := os.Getenv("BENTOC_ALL_PACKAGES"); all != "" {
		packages = strings.Fields(all)
	}
	whole, outlined := &known{true, map[string]*types.Package{}, t}, &known{false, map[string]*types.Package{}, t}
	for _, p := range packages {
		_, first := whole.ImportFrom(p, "", 0)
		if _, second := outlined.ImportFrom(p, "", 0); first != nil || second != nil {
			t.Error(first, second)
		}
	}
	if len(outlined.done) < 100 {
		t.Errorf("%d packages were compared", len(outlined.done))
	}
	for name, p := range outlined.done {
		if got, want := described(p), described(whole.done[name]); got != want {
			t.Errorf("%s is another without bodies:\n%s\nwant\n%s", name, got, want)
		}
	}
}
