package gosrc

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
)

// Library has the packages that are not the user's own.
type Library interface {
	// Folder gives the file system and the folder with the source of a package: of
	// the standard library, of bentoc's runtime, or of a module that is locked. A
	// package that is not on this machine is a [NotHereError].
	Folder(importPath string) (fs.FS, string, error)
}

// NotHereError says what is needed to check types and not on this machine.
type NotHereError struct{ What string }

// Error names the thing.
func (e *NotHereError) Error() string { return e.What + " is not in the state folder" }

// mostErrors bounds how many mistakes in the bodies of steps are told at a time.
const mostErrors = 10

// checkTypes type-checks the user's packages, bodies and all, once for each set of
// files that platforms compile. It gives the packages of the first platform; nil
// where something is not on this machine.
func (l *loader) checkTypes(lib Library, generated map[string][]byte) (map[string]*types.Package, error) {
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
		c := &typeChecker{loader: l, lib: lib, generated: generated, platform: platform, fset: token.NewFileSet(), known: map[string]*types.Package{}}
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
	fset      *token.FileSet
	known     map[string]*types.Package // nil while it is checked
	diags     diag.List
	missing   error
}

// Names of files that are not the user's begin with these.
const (
	standardFiles = "/std/"
	moduleFiles   = "/mod/"
)

// Import is there for the interface types.Importer.
func (c *typeChecker) Import(importPath string) (*types.Package, error) {
	return c.ImportFrom(importPath, "", 0)
}

// ImportFrom gives a package that files in the folder dir import.
func (c *typeChecker) ImportFrom(importPath, dir string, _ types.ImportMode) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	if strings.HasPrefix(dir, standardFiles) && !standard(importPath) {
		importPath = "vendor/" + importPath
	}
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
	files, err := c.files(importPath, own)
	var notHere *NotHereError
	if errors.As(err, &notHere) {
		c.missing = err
	}
	if err != nil {
		return nil, err
	}
	_, arch, _ := strings.Cut(c.platform, "/")
	conf := types.Config{Importer: c, Sizes: types.SizesFor("gc", arch), IgnoreFuncBodies: own == nil, FakeImportC: true, Error: func(error) {}}
	if own != nil {
		conf.Error = c.problem
		if c.mod.Go != "" {
			conf.GoVersion = "go" + c.mod.Go
		}
	}
	pkg, _ := conf.Check(importPath, c.fset, files, nil) // problems are told as they are found
	return pkg, c.missing
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
	return c.libraryFiles(importPath)
}

func (c *typeChecker) libraryFiles(importPath string) ([]*ast.File, error) {
	fsys, dir, err := c.lib.Folder(importPath)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("there is no package %s", importPath)
	}
	root := moduleFiles
	if standard(importPath) {
		root = standardFiles
	}
	var files []*ast.File
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		src, err := fs.ReadFile(fsys, path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		ctx := platformContext(c.platform)
		ctx.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(src)), nil }
		if match, err := ctx.MatchFile(dir, e.Name()); err != nil || !match {
			continue
		}
		f, err := parser.ParseFile(c.fset, path.Join(root, importPath, e.Name()), src, parser.SkipObjectResolution)
		if err != nil || usesC(f) {
			continue
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("package %s has no Go files for %s", importPath, c.platform)
	}
	return files, nil
}

// usesC reports whether a file is cgo's: without cgo it does not count.
func usesC(f *ast.File) bool {
	return slices.ContainsFunc(f.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"C"` })
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
