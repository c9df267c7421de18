package gosrc

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"bentoc.dev/compiler/diag"
)

// findModule finds and reads go.mod at or above the bento's folder.
func (l *loader) findModule(first step) bool {
	dir := l.dir
	for !l.exists(path.Join(dir, "go.mod")) {
		if dir == "." || dir == "/" {
			pos, at := l.at(first, "package")
			l.diags.Errorf(diag.MissingStep, pos, at, "runner %s is a Go step, but there is no go.mod at or above the bento's folder", first.name).
				Hintf("run `go mod init example.com/%s` there", l.b.Name)
			l.mod = l.noModule()
			return false
		}
		dir = path.Dir(dir)
	}
	l.mod = &Module{Dir: dir, Bentogen: path.Join(l.dir, bentogen)}
	file, ok := l.readModFile(dir, true)
	if !ok {
		l.mod = nil
		return false
	}
	l.mod.Path = file.Module.Mod.Path
	if file.Go != nil {
		l.mod.Go = file.Go.Version
	}
	l.local = []localModule{{l.mod.Path, dir}}
	l.requires(file)
	l.readWork()
	return l.err == nil
}

// noModule stands for a module that is still to be made: it has nothing yet.
func (l *loader) noModule() *Module {
	m := &Module{Dir: l.dir, Path: "bento.local/steps", Bentogen: path.Join(l.dir, bentogen)}
	for _, s := range l.steps() {
		if dir := l.stepDir(s); l.b.Served().Runners[s.name] != nil && fs.ValidPath(dir) {
			m.Absent = append(m.Absent, Package{Path: path.Join(m.Path, s.engine.Package), Name: path.Base(dir), Dir: dir})
		}
	}
	return m
}

// readModFile reads the go.mod of a folder and notes it, with its go.sum, as a
// file of the build.
func (l *loader) readModFile(dir string, own bool) (*modfile.File, bool) {
	name := path.Join(dir, "go.mod")
	text, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		l.unreadable(name, err)
		return nil, false
	}
	file, err := modfile.Parse(name, text, nil)
	if err != nil {
		l.badModFile(name, err)
		return nil, false
	}
	if file.Module == nil {
		l.diags.Errorf(diag.Syntax, diag.Pos{File: name, Line: 1, Col: 1}, "", "go.mod does not name its module").
			Hintf("add a line `module example.com/%s`", l.b.Name)
		return nil, false
	}
	l.files[name] = true
	if own {
		l.mod.GoMod = text
		l.readGoSum(dir)
	}
	return file, true
}

func (l *loader) readGoSum(dir string) {
	name := path.Join(dir, "go.sum")
	sum, err := fs.ReadFile(l.fsys, name)
	switch {
	case err == nil:
		l.mod.GoSum = sum
		l.files[name] = true
	case !errors.Is(err, fs.ErrNotExist):
		l.unreadable(name, err)
	}
}

func (l *loader) badModFile(name string, err error) {
	var list modfile.ErrorList
	if !errors.As(err, &list) {
		l.diags.Errorf(diag.Syntax, diag.Pos{File: name, Line: 1, Col: 1}, "", "%v", err)
		return
	}
	for _, e := range list {
		l.diags.Errorf(diag.Syntax, diag.Pos{File: name, Line: e.Pos.Line, Col: max(e.Pos.LineRune, 1)}, "", "%v", e.Err)
	}
}

// unreadable reports a file that is there and cannot be read.
func (l *loader) unreadable(name string, err error) {
	if escapes(err) {
		l.diags.Errorf(diag.OutsideModule, diag.Pos{File: name, Line: 1, Col: 1}, "", "%s leaves the module by a symbolic link", name).
			Hintf("a bento is built from the files of its own module; copy it in")
		return
	}
	l.failed("reading %s: %w", name, err)
}

// requires lists what go.mod asks for and finds the modules that it replaces by
// folders.
func (l *loader) requires(file *modfile.File) {
	for _, r := range file.Require {
		q := Requirement{Path: r.Mod.Path, Version: r.Mod.Version, Indirect: r.Indirect}
		for _, rep := range file.Replace {
			if rep.Old.Path != r.Mod.Path || rep.Old.Version != "" && rep.Old.Version != r.Mod.Version {
				continue
			}
			q.Replaced = rep.New.Path
			if rep.New.Version != "" {
				q.Replaced += "@" + rep.New.Version
			} else if dir, ok := l.replacement(rep); ok {
				q.Replaced = dir
				l.local = append(l.local, localModule{r.Mod.Path, dir})
			}
		}
		l.mod.Requires = append(l.mod.Requires, q)
	}
	slices.SortFunc(l.mod.Requires, func(a, b Requirement) int { return cmp.Compare(a.Path, b.Path) })
}

// replacement is the folder that go.mod puts in a module's place.
func (l *loader) replacement(r *modfile.Replace) (string, bool) {
	pos := diag.Pos{File: path.Join(l.mod.Dir, "go.mod"), Line: r.Syntax.Start.Line, Col: max(r.Syntax.Start.LineRune, 1)}
	dir := path.Join(l.mod.Dir, r.New.Path)
	if path.IsAbs(r.New.Path) || !fs.ValidPath(dir) || strings.Contains(r.New.Path, `\`) {
		l.diags.Errorf(diag.OutsideModule, pos, "", "go.mod replaces %s by %s, a folder outside of the bento's module", r.Old.Path, r.New.Path).
			Hintf("move it in, or require a published version")
		return "", false
	}
	if !l.exists(path.Join(dir, "go.mod")) {
		l.diags.Errorf(diag.MissingFile, pos, "", "go.mod replaces %s by %s, which has no go.mod", r.Old.Path, r.New.Path)
		return "", false
	}
	_, ok := l.readModFile(dir, false)
	return dir, ok
}

// locate finds the module of the file system that an import path belongs to, and
// the package's folder.
func (l *loader) locate(importPath string) (dir string, ok bool) {
	best := localModule{}
	for _, m := range l.local {
		if (importPath == m.path || strings.HasPrefix(importPath, m.path+"/")) && len(m.path) > len(best.path) {
			best = m
		}
	}
	if best.path == "" {
		return "", false
	}
	return path.Join(best.dir, strings.TrimPrefix(importPath[len(best.path):], "/")), true
}

// required reports whether go.mod asks for the module of an import path.
func (l *loader) required(importPath string) bool {
	for _, r := range l.mod.Requires {
		if importPath == r.Path || strings.HasPrefix(importPath, r.Path+"/") {
			return true
		}
	}
	return false
}
