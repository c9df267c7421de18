package gosrc

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
)

// mostErrors bounds how many mistakes in the bodies of steps are told at a time.
const mostErrors = 10

// checkTypes type-checks the user's packages, bodies and all, once for each set of
// files that platforms compile. It gives the packages of the first platform; nil
// where something is not on this machine.
func (l *loader) checkTypes(o Options, generated map[string][]byte) (map[string]*types.Package, error) {
	shared := o.Checked.current()
	var first map[string]*types.Package
	done := map[string]bool{}
	for _, platform := range l.platforms {
		key := ""
		for _, p := range slices.Sorted(maps.Keys(l.packages)) {
			key += fmt.Sprintln(p, l.packages[p].byPlatform[platform])
		}
		if done[key] {
			continue
		}
		done[key] = true
		c := &typeChecker{loader: l, lib: o.Library, generated: generated, platform: platform, shared: shared, fset: shared.fset, known: map[string]*types.Package{}, others: map[string]*other{}}
		for _, p := range slices.Sorted(maps.Keys(l.packages)) {
			if _, err := c.ImportFrom(p, "", 0); err != nil && c.missing == nil {
				break // said where it is imported
			}
		}
		if c.missing != nil {
			return nil, c.missing
		}
		l.diags = append(l.diags, c.diags...)
		if first == nil {
			first = c.known
		}
	}
	return first, nil
}

// typeChecker checks packages for one platform. The user's are checked whole;
// of the others only what they export counts.
type typeChecker struct {
	*loader
	lib       Library
	generated map[string][]byte // the files of the generated package
	platform  string
	shared    *generation
	fset      *token.FileSet
	known     map[string]*types.Package // nil while it is checked
	others    map[string]*other         // packages that are not the user's, by import path
	diags     diag.List
	missing   error
}

// Import is there for the interface types.Importer.
func (c *typeChecker) Import(importPath string) (*types.Package, error) {
	return c.ImportFrom(importPath, "", 0)
}

// ImportFrom gives a package that files in the folder dir import.
func (c *typeChecker) ImportFrom(importPath, dir string, _ types.ImportMode) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	importPath = vendored(importPath, ofStandard(dir))
	if pkg, ok := c.known[importPath]; ok {
		if pkg == nil {
			return nil, errors.New("import cycle")
		}
		return pkg, nil
	}
	if c.missing != nil {
		return nil, c.missing
	}
	c.known[importPath] = nil
	pkg, err := c.check(importPath)
	if err != nil {
		delete(c.known, importPath)
		return nil, err
	}
	c.known[importPath] = pkg
	return pkg, nil
}

func (c *typeChecker) check(importPath string) (*types.Package, error) {
	own := c.packages[importPath]
	if !c.ours(importPath) {
		if p := c.other(importPath); p.shared || p.missing != nil {
			if c.missing = p.missing; p.missing != nil {
				return nil, p.missing
			}
			if pkg := p.check(); pkg != nil {
				return pkg, nil
			}
			return nil, fmt.Errorf("package %s cannot be read", importPath)
		}
	}
	files, err := c.files(importPath, own)
	var notHere *NotHereError
	if errors.As(err, &notHere) {
		c.missing = err
	}
	if err != nil {
		return nil, err
	}
	conf := typesConfig(c, c.platform)
	if own != nil {
		conf.IgnoreFuncBodies = false
		conf.Error = c.problem
		if c.mod.Go != "" {
			conf.GoVersion = "go" + c.mod.Go
		}
	}
	if c.ours(importPath) {
		c.ahead(files)
	}
	pkg, _ := conf.Check(importPath, c.fset, files, nil) // problems are told as they are found
	return pkg, c.missing
}

// typesConfig is for packages of others, of which only what they export counts.
func typesConfig(imports types.Importer, platform string) types.Config {
	_, arch, _ := strings.Cut(platform, "/")
	return types.Config{Importer: imports, Sizes: types.SizesFor("gc", arch), IgnoreFuncBodies: true, FakeImportC: true, Error: func(error) {}}
}

// ours reports whether a package is the user's or generated for them.
func (c *typeChecker) ours(importPath string) bool {
	return c.packages[importPath] != nil || importPath == c.pathOf(c.mod.Bentogen)
}

// problem tells a mistake in the user's files.
func (c *typeChecker) problem(err error) {
	var e types.Error
	if !errors.As(err, &e) || c.missing != nil || len(c.diags) >= mostErrors || strings.HasPrefix(e.Msg, "\t") {
		return
	}
	pos := goPos(e.Fset.Position(e.Pos))
	if path.IsAbs(pos.File) || path.Dir(pos.File) == c.mod.Bentogen {
		return
	}
	c.diags.Errorf(diag.StepCompile, pos, "", "%s", e.Msg)
}

// files parses the files of a package that the platform compiles.
func (c *typeChecker) files(importPath string, own *pkg) ([]*ast.File, error) {
	if own != nil {
		var files []*ast.File
		for _, name := range own.byPlatform[c.platform] {
			full := path.Join(own.dir, name)
			src, err := fs.ReadFile(c.fsys, full)
			if err != nil {
				return nil, err
			}
			f, err := parser.ParseFile(c.fset, full, src, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		return files, nil
	}
	if importPath == c.pathOf(c.mod.Bentogen) {
		var files []*ast.File
		for _, name := range slices.Sorted(maps.Keys(c.generated)) {
			f, err := parser.ParseFile(c.fset, path.Join(c.mod.Bentogen, name), c.generated[name], parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		return files, nil
	}
	p := c.other(importPath)
	if p.err != nil {
		return nil, p.err
	}
	return p.source.parse(c.fset)
}

// platformContext chooses files for a platform as the compile step does.
func platformContext(platform string) *build.Context {
	goos, goarch, _ := strings.Cut(platform, "/")
	return &build.Context{
		GOOS: goos, GOARCH: goarch, Compiler: "gc", ReleaseTags: build.Default.ReleaseTags,
		JoinPath:      path.Join,
		SplitPathList: func(s string) []string { return strings.Split(s, ":") },
		IsAbsPath:     path.IsAbs,
		HasSubdir:     func(string, string) (string, bool) { return "", false },
	}
}

// fits compares a function with a shape by its types.
func (w shape) fits(f *types.Func) bool {
	sig := f.Signature()
	if sig.TypeParams() != nil || sig.Variadic() {
		return false
	}
	return tupleFits(sig.Params(), w.params) && tupleFits(sig.Results(), w.results)
}

func tupleFits(have *types.Tuple, want []named) bool {
	if have.Len() != len(want) {
		return false
	}
	for i, w := range want {
		n, ok := types.Unalias(have.At(i).Type()).(*types.Named)
		if !ok || !w.is(n.Obj().Name()) || n.TypeArgs() != nil {
			return false
		}
		if p := n.Obj().Pkg(); p == nil && w.pkg != "" || p != nil && p.Path() != w.pkg {
			return false
		}
	}
	return true
}
