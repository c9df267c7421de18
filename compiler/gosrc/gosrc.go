// Package gosrc reads the user's Go module the way a build will see it, without
// running anything: it finds the module, sees that the functions which runners
// name are steps, and lists exactly the files that the build needs.
//
// Everything is read through one fs.FS, the root of the CUE module. With an
// os.Root's FS no symbolic link leads out of it.
package gosrc

import (
	"errors"
	"fmt"
	"go/types"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/platform"
)

// Module is the user's Go module, as far as the bento's steps need it. All paths
// have slashes and are relative to the file system's root.
type Module struct {
	Dir  string // folder of go.mod, "." for the root
	Path string // module path
	Go   string // language version such as "1.26"; "" where go.mod has none

	// Requires are the modules that go.mod asks for, replaced ones as they are
	// spelled there, by path.
	Requires []Requirement
	GoMod    []byte // the text of go.mod
	GoSum    []byte // the text of go.sum; nil when there is none

	// Vendor is the folder vendor beside go.mod, which a build does not use; "" where
	// there is none.
	Vendor string
	// Bentogen is the folder of the generated package, Dir/…/bentogen. It is left
	// out of Files: a build generates it afresh.
	Bentogen string
	// Packages are the packages of the module, and of modules that it replaces by
	// folders, that the steps which are served are made of, by import path.
	Packages []Package
	// Absent are packages that runners which are served name and that are not there
	// yet, by import path.
	Absent []Package
	// Unchecked says why types were not checked; "" where they were, or nobody
	// wanted it.
	Unchecked string
	// Imports are the packages of other modules that those import, sorted,
	// without the standard library and the generated package.
	Imports []string
	// HTTP are the platforms on which some of Packages may speak HTTP, sorted; see
	// [OmitHTTP2].
	HTTP []string
	// Files are all files that the build needs, sorted: those of Packages, go.mod
	// and go.sum. Test files and files for other platforms are not among them.
	Files []string
}

// Requirement is one module of go.mod.
type Requirement struct {
	Path, Version string
	Indirect      bool
	// Replaced says what go.mod puts in its place: PATH@VERSION, or a folder
	// relative to the file system's root. "" for the module itself.
	Replaced string
}

// Package is one package of the user's own.
type Package struct {
	Path string // import path
	Name string // the name after "package"
	Dir  string
}

// Options say how much is looked at.
type Options struct {
	// Library, if set, has the packages of others; then the types in the bodies of
	// steps are checked too, where the packages can be read.
	Library Library
	// Checked, if set, has the packages of others that were checked for another bento.
	Checked *Checked
	// Generated gives the files of the package bentogen, by name. It is asked with a
	// Library only.
	Generated func() (map[string][]byte, error)
}

// bentogen is the name of the generated package and of its folder.
const bentogen = "bentogen"

// Load reads the Go module at or above dir, the folder of bento.cue, for the Go
// runners of b. The module is nil when b has none; it is incomplete when the list
// holds errors, and has no GoMod where there is no go.mod yet. The error is for
// what the user cannot mend, such as a disk that does not answer.
func Load(fsys fs.FS, dir string, b *ir.Bento, o Options) (*Module, diag.List, error) {
	l := &loader{fsys: fsys, dir: path.Clean(dir), b: b, platforms: platforms(b), files: map[string]bool{}, absent: map[string]string{}, packages: map[string]*pkg{}}
	steps := l.steps()
	if len(steps) == 0 {
		return nil, nil, nil
	}
	if !l.findModule(steps[0]) {
		return l.mod, l.diags.Sorted(), l.err
	}
	for _, s := range steps {
		l.step(s)
	}
	l.bodies(o)
	for _, check := range l.toCheck {
		check()
	}
	l.finish()
	return l.mod, l.diags.Sorted(), l.err
}

// loader is one reading of one module. err is the first failure that is not the
// user's.
type loader struct {
	fsys fs.FS
	dir  string
	b    *ir.Bento
	mod  *Module
	// platforms are those of the bento that a server can be compiled for.
	platforms []string
	local     []localModule
	work      []*elsewhere
	diags     diag.List
	err       error

	files    map[string]bool           // the go.mod and go.sum files
	types    map[string]*types.Package // by import path; nil where types are not checked
	toCheck  []func()                  // the functions of steps, once types are known
	absent   map[string]string         // folders without Go files, by import path
	packages map[string]*pkg           // by import path
}

// platforms leaves out what no server is compiled for; the checks report those.
func platforms(b *ir.Bento) []string {
	known := platform.Names()
	ours := slices.DeleteFunc(slices.Clone(b.Platforms), func(s string) bool { return !slices.Contains(known, s) })
	if len(ours) == 0 {
		return known
	}
	return ours
}

// localModule is a module whose source lies in the file system.
type localModule struct{ path, dir string }

// step is a runner with a Go engine.
type step struct {
	name   string
	runner *ir.Runner
	engine *ir.GoEngine
}

func (s step) pos() ir.Pos {
	if s.engine.Pos.IsValid() {
		return s.engine.Pos
	}
	return s.runner.Pos
}

// at is the place of a field of the engine.
func (l *loader) at(s step, field string) (ir.Pos, string) {
	data := "runners." + s.name + ".engine.go." + field
	if pos, ok := l.b.At[data]; ok {
		return pos, "bento." + data
	}
	return s.pos(), "bento." + data
}

func (l *loader) steps() []step {
	var steps []step
	for _, name := range slices.Sorted(maps.Keys(l.b.Runners)) {
		if r := l.b.Runners[name]; r.Engine.Go != nil {
			steps = append(steps, step{name, r, r.Engine.Go})
		}
	}
	return steps
}

// failed keeps the first error that is not the user's.
func (l *loader) failed(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf(format, args...)
	}
}

// exists reports whether there is a file or folder called name.
func (l *loader) exists(name string) bool { return exists(l.fsys, name) }

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}

// escapes reports whether err says that a symbolic link leaves an os.Root, for
// which os has no error value.
func escapes(err error) bool {
	return err != nil && !errors.Is(err, fs.ErrNotExist) && strings.Contains(err.Error(), "escapes")
}

// bodies checks types, where that is wanted and nothing is known to be wrong.
func (l *loader) bodies(o Options) {
	if o.Library == nil || l.diags.HasErrors() || l.err != nil || len(l.packages) == 0 {
		return
	}
	generated, err := o.Generated()
	if err != nil {
		l.failed("generating the types of the steps: %w", err)
		return
	}
	var notHere *NotHereError
	l.types, err = l.checkTypes(o, generated)
	switch {
	case errors.As(err, &notHere):
		l.mod.Unchecked = notHere.Error()
	case err != nil:
		l.failed("checking the types of the steps: %w", err)
	}
}

// finish turns what was gathered into sorted lists. Only what the steps that are
// served are made of counts.
func (l *loader) finish() {
	m := l.mod
	served := l.b.Served().Runners
	files, others, http, seen := maps.Clone(l.files), map[string]bool{}, map[string]bool{}, map[string]bool{}
	var visit func(importPath string)
	visit = func(importPath string) {
		p := l.packages[importPath]
		switch {
		case p == nil:
			others[importPath] = true
			return
		case seen[importPath]:
			return
		}
		seen[importPath] = true
		maps.Copy(files, p.files)
		maps.Copy(http, p.http)
		for path := range p.imports {
			visit(path)
		}
		if p.name != "" {
			m.Packages = append(m.Packages, Package{Path: importPath, Name: p.name, Dir: p.dir})
		}
	}
	for _, s := range l.steps() {
		p := l.pathOf(l.stepDir(s))
		if served[s.name] == nil {
			continue
		}
		if dir, ok := l.absent[p]; ok && !seen[p] {
			m.Absent = append(m.Absent, Package{Path: p, Name: path.Base(p), Dir: dir})
			seen[p] = true
		} else if l.packages[p] != nil {
			visit(p)
		}
	}
	m.Files, m.Imports = slices.Sorted(maps.Keys(files)), slices.Sorted(maps.Keys(others))
	m.HTTP = slices.Sorted(maps.Keys(http))
	byPath := func(a, b Package) int { return strings.Compare(a.Path, b.Path) }
	slices.SortFunc(m.Packages, byPath)
	slices.SortFunc(m.Absent, byPath)
	l.reportUnread()
}
