package gosrc

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
)

// step checks one runner: its package is there, and its functions are steps.
func (l *loader) step(s step) {
	pos, at := l.at(s, "package")
	dir := l.stepDir(s)
	if !fs.ValidPath(dir) || l.mod.Dir != "." && dir != l.mod.Dir && !strings.HasPrefix(dir, l.mod.Dir+"/") {
		l.diags.Errorf(diag.OutsideModule, pos, at, "package %s lies outside of the Go module %s", s.engine.Package, l.mod.Path).
			Hintf("steps are packages of the module at or above bento.cue")
		return
	}
	if !l.stepFolder(s, dir, pos, at) {
		return
	}
	importPath := l.pathOf(dir)
	p := l.load(importPath, dir, pos, at)
	if p.name == "main" {
		l.diags.Errorf(diag.BadStep, pos, at, "package %s is a program: nothing can import package main", s.engine.Package).
			Hintf("move the step into a package of its own, such as ./steps")
		return
	}
	if p.broken || len(p.byPlatform) < len(l.platforms) {
		return // the package cannot be read: said once
	}
	l.toCheck = append(l.toCheck, func() { l.functions(s, p) })
}

// functions checks the functions of one runner.
func (l *loader) functions(s step, p *pkg) {
	decls := l.declared(p)
	if decls == nil {
		return
	}
	l.function(s, p, decls, "func", s.engine.Func, l.stepShape(s))
	l.function(s, p, decls, "open", s.engine.Open, lifecycleShape())
	l.function(s, p, decls, "close", s.engine.Close, lifecycleShape())
}

// stepDir is the folder of a step's package.
func (l *loader) stepDir(s step) string { return path.Join(l.dir, s.engine.Package) }

// pathOf is the import path of a folder of the module.
func (l *loader) pathOf(dir string) string {
	if l.mod.Dir == "." {
		return path.Join(l.mod.Path, dir)
	}
	return path.Join(l.mod.Path, strings.TrimPrefix(strings.TrimPrefix(dir, l.mod.Dir), "/"))
}

// stepFolder sees that a step's folder exists, in the module itself, where the
// server may import it from.
func (l *loader) stepFolder(s step, dir string, pos diag.Pos, at string) bool {
	info, err := fs.Stat(l.fsys, dir)
	switch {
	case escapes(err):
		l.diags.Errorf(diag.OutsideModule, pos, at, "package %s leaves the module by a symbolic link", s.engine.Package)
		return false
	case err != nil || !info.IsDir():
		d := l.diags.Errorf(diag.MissingStep, pos, at, "there is no folder %s for package %s", dir, s.engine.Package)
		if near := diag.Nearest(path.Base(dir), l.folders(path.Dir(dir))); near != "" {
			d.Hintf("did you mean %q?", "./"+near)
		} else {
			d.Hintf("write func %s%s there", s.engine.Func, l.stepShape(s).text)
		}
		l.absent[l.pathOf(dir)] = dir
		return false
	}
	for d := dir; d != l.mod.Dir && d != "."; d = path.Dir(d) {
		if l.exists(path.Join(d, "go.mod")) {
			l.diags.Errorf(diag.BadStep, pos, at, "package %s lies in another Go module, that of %s/go.mod", s.engine.Package, d).
				Hintf("steps are packages of the module at or above bento.cue")
			return false
		}
	}
	if slices.Contains(strings.Split(dir, "/"), "internal") {
		l.diags.Errorf(diag.BadStep, pos, at, "package %s is internal: the server, a module of its own, may not import it", s.engine.Package).
			Hintf("move the step out of the folder internal; what it calls may stay there")
		return false
	}
	return true
}

func (l *loader) folders(dir string) []string {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// declarations are what a package declares at its top level.
type declarations struct {
	fset    *token.FileSet
	funcs   map[string][]function
	aliases map[string]aliased
}

// function is a function with the file that it stands in.
type function struct {
	decl *ast.FuncDecl
	file *ast.File
	name string // of the file
}

type aliased struct {
	expr ast.Expr
	file *ast.File
}

// declared gives what a package declares, read once however many steps are in it.
func (l *loader) declared(p *pkg) *declarations {
	if !p.parsed {
		p.decls, p.parsed = l.parse(p), true
	}
	return p.decls
}

// parse reads the declarations of a package's files; nil when they have mistakes.
func (l *loader) parse(p *pkg) *declarations {
	d := &declarations{fset: token.NewFileSet(), funcs: map[string][]function{}, aliases: map[string]aliased{}}
	for _, name := range p.allFiles() {
		full := path.Join(p.dir, name)
		src, err := fs.ReadFile(l.fsys, full)
		if err != nil {
			l.unreadable(full, err)
			return nil
		}
		file, err := parser.ParseFile(d.fset, full, src, parser.SkipObjectResolution)
		if err != nil {
			l.syntax(full, err)
			return nil
		}
		d.add(file, name)
	}
	return d
}

// syntax reports the first mistakes of a Go file.
func (l *loader) syntax(name string, err error) {
	const most = 3
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		l.diags.Errorf(diag.StepCompile, diag.Pos{File: name, Line: 1, Col: 1}, "", "%v", err)
		return
	}
	for _, e := range list[:min(len(list), most)] {
		l.diags.Errorf(diag.StepCompile, goPos(e.Pos), "", "%s", e.Msg)
	}
}

func (d *declarations) add(file *ast.File, name string) {
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				d.funcs[decl.Name.Name] = append(d.funcs[decl.Name.Name], function{decl, file, name})
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok && t.Assign.IsValid() {
					d.aliases[t.Name.Name] = aliased{t.Type, file}
				}
			}
		}
	}
}

// function checks one named function of a step.
func (l *loader) function(s step, p *pkg, d *declarations, field, name string, want shape) {
	if name == "" {
		return
	}
	pos, at := l.at(s, field)
	found := d.funcs[name]
	if len(found) == 0 {
		e := l.diags.Errorf(diag.MissingStep, pos, at, "package %s has no function %s", s.engine.Package, name)
		if near := diag.Nearest(name, d.exported()); near != "" {
			e.Hintf("did you mean %q?", near)
		} else {
			e.Hintf("write func %s%s", name, want.text)
		}
		return
	}
	for _, platform := range l.platforms {
		if !slices.ContainsFunc(found, func(f function) bool { return slices.Contains(p.byPlatform[platform], f.name) }) {
			l.diags.Errorf(diag.MissingStep, pos, at, "package %s has no function %s for %s", s.engine.Package, name, platform).
				Also(goPos(d.fset.Position(found[0].decl.Pos())), "it is here for another platform")
			return
		}
	}
	for _, f := range found {
		if typed, ok := l.typed(p, name); ok && want.fits(typed) || !ok && l.matches(d, f, want) {
			continue
		}
		l.diags.Errorf(diag.StepSignature, pos, at, "%s is func%s, but has to be func%s%s", name, signature(f.decl), want.text, d.otherPackages(f, want)).
			Hintf("change the function, or name another").
			Also(goPos(d.fset.Position(f.decl.Name.Pos())), "%s is declared here", name)
		return
	}
}

func (d *declarations) exported() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(d.funcs)), func(s string) bool { return !token.IsExported(s) })
}

// typed gives a function whose types are known.
func (l *loader) typed(p *pkg, name string) (*types.Func, bool) {
	if l.types[p.path] == nil {
		return nil, false
	}
	f, ok := l.types[p.path].Scope().Lookup(name).(*types.Func)
	return f, ok
}

// otherPackages says which package in a signature only has the name of one in a
// shape, since both read alike.
func (d *declarations) otherPackages(f function, want shape) (told string) {
	paths := map[string]string{}
	for _, w := range slices.Concat(want.params, want.results) {
		paths[path.Base(w.pkg)] = w.pkg
	}
	ast.Inspect(f.decl.Type, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && told == "" && paths[x.Name] != "" {
			if have := importPath(f.file, x.Name); have != paths[x.Name] {
				told = fmt.Sprintf(", where %s is %q, not %q", x.Name, paths[x.Name], have)
			}
		}
		return false
	})
	return told
}

// signature writes a function's parameters and results.
func signature(f *ast.FuncDecl) string {
	text := strings.TrimPrefix(types.ExprString(f.Type), "func")
	if f.Type.TypeParams != nil {
		text = "[…]" + text
	}
	return text
}
