package gosrc

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"bentoc.dev/compiler/diag"
)

// A build follows go.mod alone: go.work and vendor/ are what a person has on
// their own machine beside it. Where one of them would give the steps other code
// than go.mod does, that is said rather than left out in silence.

// elsewhere is a module that go.work takes from somewhere else than go.mod.
type elsewhere struct {
	path string // of the module
	line string // what go.mod would say, such as replace example.com/x => ../x
	pos  diag.Pos
	used bool // by a package of the steps
}

// readWork finds the go.work that the go command would use for the module, and
// notes what it takes from elsewhere.
func (l *loader) readWork() {
	dir := l.mod.Dir
	for !l.exists(path.Join(dir, "go.work")) {
		if dir == "." || dir == "/" {
			return
		}
		dir = path.Dir(dir)
	}
	name := path.Join(dir, "go.work")
	text, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		return // go.work does not count; it is not worth an error that it cannot be read
	}
	work, err := modfile.ParseWork(name, text, nil)
	if err != nil {
		return
	}
	uses := func(u *modfile.Use) bool { return path.Join(dir, u.Path) == l.mod.Dir }
	if !slices.ContainsFunc(work.Use, uses) {
		return // it is for other modules
	}
	at := func(line *modfile.Line) diag.Pos {
		return diag.Pos{File: name, Line: line.Start.Line, Col: max(line.Start.LineRune, 1)}
	}
	for _, u := range work.Use {
		if uses(u) {
			continue
		}
		mod, err := fs.ReadFile(l.fsys, path.Join(dir, u.Path, "go.mod"))
		if module := modfile.ModulePath(mod); err == nil && module != "" {
			l.work = append(l.work, &elsewhere{path: module, line: l.replaceLine(module, "", path.Join(dir, u.Path)), pos: at(u.Syntax)})
		}
	}
	for _, r := range work.Replace {
		to := r.New.Path
		if r.New.Version == "" && !path.IsAbs(to) {
			to = path.Join(dir, to)
		}
		if !l.replaces(r, to) {
			l.work = append(l.work, &elsewhere{path: r.Old.Path, line: l.replaceLine(r.Old.Path, r.New.Version, to), pos: at(r.Syntax)})
		}
	}
}

// replaces reports whether go.mod says the same as a replacement of go.work,
// whose target is to.
func (l *loader) replaces(r *modfile.Replace, to string) bool {
	if r.New.Version != "" {
		to += "@" + r.New.Version
	}
	return slices.ContainsFunc(l.mod.Requires, func(q Requirement) bool { return q.Path == r.Old.Path && q.Replaced == to })
}

// replaceLine is what go.mod would say for a module that is at to, a folder
// relative to the file system's root unless a version is given.
func (l *loader) replaceLine(module, version, to string) string {
	if version != "" {
		return fmt.Sprintf("replace %s => %s %s", module, to, version)
	}
	if path.IsAbs(to) {
		return fmt.Sprintf("replace %s => %s", module, to)
	}
	up := ""
	for dir := l.mod.Dir; dir != "." && to != dir && !strings.HasPrefix(to, dir+"/"); dir = path.Dir(dir) {
		up += "../"
	}
	rel := to
	for dir := l.mod.Dir; dir != "."; dir = path.Dir(dir) {
		if rest, ok := strings.CutPrefix(to, dir+"/"); ok {
			rel = rest
			break
		}
	}
	if up == "" {
		up = "./"
	}
	return fmt.Sprintf("replace %s => %s%s", module, up, rel)
}

// inWork notes that a package of the steps comes from a module that go.work takes
// from elsewhere, and reports whether it does.
func (l *loader) inWork(importPath string) bool {
	_, local := l.locate(importPath)
	found := false
	for _, w := range l.work {
		if !local && (importPath == w.path || strings.HasPrefix(importPath, w.path+"/")) {
			w.used, found = true, true
		}
	}
	return found
}

// reportUnread says what of go.work and vendor/ would have counted.
func (l *loader) reportUnread() {
	for _, w := range l.work {
		if w.used {
			l.diags.Errorf(diag.UnsupportedPart, w.pos, "", "the steps use %s as go.work has it, and a build does not read go.work", w.path).
				Hintf("say it in go.mod, beside the module's require: `%s`", w.line)
		}
	}
	if len(l.mod.Imports) == 0 || !l.exists(path.Join(l.mod.Dir, "vendor", "modules.txt")) {
		return
	}
	l.mod.Vendor = path.Join(l.mod.Dir, "vendor")
	pos := diag.Pos{File: path.Join(l.mod.Dir, "go.mod"), Line: 1, Col: 1}
	if f, err := modfile.ParseLax("go.mod", l.mod.GoMod, nil); err == nil && len(f.Require) > 0 {
		pos.Line, pos.Col = f.Require[0].Syntax.Start.Line, max(f.Require[0].Syntax.Start.LineRune, 1)
	}
	l.diags.Warnf(diag.UnsupportedPart, pos, "", "%s is not used: the steps are built with the modules whose checksums go.sum has", l.mod.Vendor).
		Hintf("%s", vendorHint)
}

const vendorHint = "changes that were made in it belong into a module of their own, which go.mod replaces by its folder"
