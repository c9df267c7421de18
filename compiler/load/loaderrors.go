package load

import (
	"errors"
	"io/fs"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue/build"
	cueerrors "cuelang.org/go/cue/errors"
)

// unreadable reports a bento.cue that cannot be read.
func (l *loading) unreadable(err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		noBento(&l.diags, l.opts.Called)
	case escapes(err):
		l.outside(l.place.name())
	default:
		l.err = err
	}
}

// outside reports a file that a symlink takes out of the module.
func (l *loading) outside(file string) { outside(&l.diags, file) }

func outside(diags *diag.List, file string) {
	diags.Errorf(diag.OutsideModule, ir.Pos{File: file, Line: 1, Col: 1}, "", "%s is a symlink that leads out of the module", file).
		Hintf("bentoc reads files only below the folder that holds cue.mod; copy the file into it")
}

// Outside reports that a file could not be read since a symlink takes it out of the
// module, if err says so.
func Outside(diags *diag.List, file string, err error) bool {
	if !escapes(err) {
		return false
	}
	outside(diags, file)
	return true
}

// moduleFile reports a cue.mod/module.cue that is not right.
func (l *loading) moduleFile(err error, text []byte) {
	if l.mergeConflicts(moduleFile, text) {
		return
	}
	for _, e := range cueerrors.Errors(err) {
		f := findingOf(e)
		pos := ir.Pos{File: moduleFile, Line: 1, Col: 1}
		for _, p := range f.users {
			if p.File == moduleFile {
				pos = p
			}
		}
		l.diags.Errorf(diag.Syntax, pos, f.path, "%s", firstLine(e.Error())).
			Hintf("a module file has lines like module: \"example.com/name@v0\" and language: version: %q", languageVersion)
	}
}

// loadErrors reports what stopped CUE from reading the package: syntax errors,
// imports that are not there, tags that no field takes.
func (l *loading) loadErrors(inst *build.Instance, tfs *trackFS) {
	if l.brokenText(inst, tfs) || l.standardImports(inst, map[*build.Instance]bool{}) {
		return
	}
	list := cueerrors.Errors(inst.Err)
	for _, imp := range inst.Imports {
		if imp.Err != nil {
			list = append(list, cueerrors.Errors(imp.Err)...)
		}
	}
	for _, e := range list {
		f := findingOf(e)
		pos := ir.Pos{File: l.place.name(), Line: 1, Col: 1}
		if len(f.users) > 0 {
			pos = f.users[0]
		}
		msg := message(f)
		if strings.HasSuffix(msg, "failed") {
			// The cause is wrapped: "import failed: FILE:LINE:COL: cause".
			msg = lastCause(e.Error())
		}
		if tag := l.tagError(inst, msg); tag != nil {
			l.err = tag
			return
		}
		code := diag.Syntax
		hint := ""
		switch {
		case strings.Contains(e.Error(), "ambiguous import"):
			l.ambiguous(pos, e.Error(), tfs)
			continue
		case strings.Contains(msg, "cannot find package"), strings.Contains(msg, "cannot find module"), strings.Contains(msg, "import failed"):
			code = diag.ImportNotFound
			hint = "bentoc knows its own schema, CUE's standard library, the packages of the module and those of the modules in cue.mod/module.cue"
			if strings.Contains(e.Error(), "cannot expand module graph") {
				hint = "run bentoc lock: it brings the modules of cue.mod/module.cue, one of which may have it"
			}
		}
		for strings.HasPrefix(msg, "import failed: ") {
			msg = strings.TrimPrefix(msg, "import failed: ")
		}
		d := l.diags.Errorf(code, pos, "", "%s", msg).Hintf("%s", hint)
		if code == diag.ImportNotFound {
			_, name, _ := strings.Cut(msg, `"`)
			name, _, _ = strings.Cut(name, `"`)
			l.nearPackage(d, name, tfs.base, modulePath(tfs.base))
		}
	}
}

// ambiguous reports a package that more than one module has.
func (l *loading) ambiguous(pos ir.Pos, msg string, tfs *trackFS) {
	_, places, _ := strings.Cut(msg, "in multiple locations:\n")
	var all []string
	for line := range strings.Lines(places) { // module, version, folder in brackets
		words := strings.Fields(line)
		if len(words) < 2 {
			break
		}
		host, _, _ := strings.Cut(words[0], "@")
		if tfs.mounts[vendoredDir+"/"+host] != nil {
			words[0] = "cue.mod"
		}
		all = append(all, words[0])
	}
	l.diags.Errorf(diag.ImportNotFound, pos, "", "the package is in more than one module: %s", strings.Join(all, ", ")).
		Hintf("take one of them out: an import would not say which is meant")
}

// lastCause gives the innermost cause of a wrapped error of CUE's that is about
// an import.
func lastCause(msg string) string {
	msg = firstLine(msg)
	if i := strings.Index(msg, "cannot find package"); i >= 0 {
		msg, _, _ = strings.Cut(msg[i:], ": cannot f")
	}
	return msg
}
