package gosrc

import (
	"errors"
	"go/build"
	"go/scanner"
	"go/token"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
)

// pkg is a package while it is read. byPlatform has the Go files that each
// platform compiles, relative to dir.
type pkg struct {
	path, name, dir string
	byPlatform      map[string][]string

	files   map[string]bool // all that compiling it needs, embedded files among them
	imports map[string]bool // what it imports beside the standard library
	http    map[string]bool // the platforms on which it may speak HTTP, see [OmitHTTP2]
	broken  bool            // it has mistakes that were told
	parsed  bool
	decls   *declarations // nil when not parsed, or when the files have mistakes
}

// buildContext reads packages from the file system for one platform.
func (l *loader) buildContext(platform string) *build.Context { return contextOf(l.fsys, platform) }

// contextOf reads packages from fsys for one platform, without cgo: the server is
// compiled that way.
func contextOf(fsys fs.FS, platform string) *build.Context {
	ctx := platformContext(platform)
	ctx.IsDir = func(name string) bool {
		info, err := fs.Stat(fsys, path.Clean(name))
		return err == nil && info.IsDir()
	}
	ctx.ReadDir = func(name string) ([]fs.FileInfo, error) {
		entries, err := fs.ReadDir(fsys, path.Clean(name))
		if err != nil {
			return nil, err
		}
		infos := make([]fs.FileInfo, 0, len(entries))
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				return nil, err
			}
			infos = append(infos, info)
		}
		return infos, nil
	}
	ctx.OpenFile = func(name string) (io.ReadCloser, error) { return fsys.Open(path.Clean(name)) }
	return ctx
}

// sources gives the files of a package that a compiler reads, relative to its folder.
func sources(p *build.Package) []string {
	return slices.Concat(p.GoFiles, p.SFiles, p.HFiles, p.SysoFiles)
}

// load reads a package of the file system and all that it imports. from is the
// place that asks for it, in bento.cue or in a Go file.
func (l *loader) load(importPath, dir string, from diag.Pos, at string) *pkg {
	if p, ok := l.packages[importPath]; ok {
		return p
	}
	p := &pkg{path: importPath, dir: dir, byPlatform: map[string][]string{}, files: map[string]bool{}, imports: map[string]bool{}, http: map[string]bool{}}
	l.packages[importPath] = p
	before := len(l.diags)
	defer func() { p.broken = len(l.diags) > before }()
	for _, platform := range l.platforms {
		read, err := l.buildContext(platform).ImportDir(dir, 0)
		if err == nil && len(read.GoFiles) == 0 {
			err = &build.NoGoError{Dir: dir} // test files alone
		}
		if err != nil {
			l.badPackage(p, platform, err, from, at)
			return p
		}
		p.name = read.Name
		p.byPlatform[platform] = read.GoFiles
		for _, name := range sources(read) {
			p.files[path.Join(dir, name)] = true
		}
		if speaksHTTP(read) {
			p.http[platform] = true
		}
		l.embeds(p, read)
		for _, imported := range read.Imports {
			l.imported(p, imported, read.ImportPos[imported])
		}
	}
	return p
}

// badPackage reports a folder that is no package for a platform.
func (l *loader) badPackage(p *pkg, platform string, err error, from diag.Pos, at string) {
	var none *build.NoGoError
	var several *build.MultiplePackageError
	var syntax scanner.ErrorList
	var one *scanner.Error
	switch {
	case errors.As(err, &none):
		d := l.diags.Errorf(diag.MissingStep, from, at, "folder %s has no Go files for %s", p.dir, platform)
		l.absent[p.path] = p.dir
		if l.usesCgo(p.dir) {
			d.Hintf("files that use cgo do not count: servers are compiled without it")
		}
	case errors.As(err, &several):
		l.diags.Errorf(diag.StepCompile, from, at, "folder %s has two packages: %s in %s and %s in %s", p.dir,
			several.Packages[0], several.Files[0], several.Packages[1], several.Files[1])
	case errors.As(err, &syntax):
		for _, e := range syntax {
			l.diags.Errorf(diag.StepCompile, goPos(e.Pos), "", "%s", e.Msg)
		}
	case errors.As(err, &one):
		l.diags.Errorf(diag.StepCompile, goPos(one.Pos), "", "%s", one.Msg)
	case escapes(err):
		l.diags.Errorf(diag.OutsideModule, from, at, "package %s has a file that leaves the module by a symbolic link: %v", p.path, err).
			Hintf("a bento is built from the files of its own module; copy it in")
	default:
		l.diags.Errorf(diag.StepCompile, from, at, "package %s cannot be read: %v", p.path, err)
	}
}

// usesCgo reports whether some Go file of a folder imports "C".
func (l *loader) usesCgo(dir string) bool {
	ctx := l.buildContext(l.platforms[0])
	ctx.CgoEnabled = true
	read, err := ctx.ImportDir(dir, 0)
	return err == nil && len(read.CgoFiles) > 0
}

// imported follows one import of p.
func (l *loader) imported(p *pkg, importPath string, places []token.Position) {
	var from diag.Pos
	if len(places) > 0 {
		from = goPos(places[0])
	}
	dir, ours := l.locate(importPath)
	switch {
	case ours && dir == l.mod.Bentogen:
	case ours && !l.exists(dir):
		l.diags.Errorf(diag.StepCompile, from, "", "there is no package %s in the module", importPath)
	case ours:
		p.imports[importPath] = true
		l.load(importPath, dir, from, "")
	case standard(importPath):
	case l.inWork(importPath), l.required(importPath):
		p.imports[importPath] = true
	case strings.HasPrefix(importPath, "bentoc.dev/"):
		p.imports[importPath] = true // the server's workspace holds it
	case path.Base(importPath) == bentogen:
		ours := l.pathOf(l.mod.Bentogen)
		l.diags.Errorf(diag.StepCompile, from, "", "%s is generated for another module; yours is %s", importPath, ours).
			Hintf("import %q, which bentoc generate writes", ours)
	default:
		l.diags.Errorf(diag.StepCompile, from, "", "go.mod requires no module that has package %s", importPath).
			Hintf("run `go get %s` in the folder of go.mod", importPath)
	}
}

// standard reports whether an import path is one of the standard library: its
// first element has no dot.
func standard(importPath string) bool {
	head, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(head, ".")
}

func goPos(p token.Position) diag.Pos {
	return diag.Pos{File: p.Filename, Line: p.Line, Col: p.Column}
}

// allFiles gives the Go files that some platform compiles.
func (p *pkg) allFiles() []string {
	var all []string
	for _, files := range p.byPlatform {
		all = append(all, files...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
