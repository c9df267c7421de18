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
	var perr *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		where := l.opts.Path
		if where == "" {
			where = "the current folder"
		}
		noBento(&l.diags, where)
	case errors.As(err, &perr) && strings.Contains(perr.Err.Error(), "escapes from parent"):
		l.outside(l.place.name())
	default:
		l.err = err
	}
}

// outside reports a file that a symlink takes out of the module.
func (l *loading) outside(file string) {
	l.diags.Errorf(diag.OutsideModule, ir.Pos{File: file, Line: 1, Col: 1}, "", "%s is a symlink that leads out of the module", file).
		Hintf("bentoc reads files only below the folder that holds cue.mod; copy the file into it")
}

// moduleFile reports a cue.mod/module.cue that is not right.
func (l *loading) moduleFile(err error) {
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
func (l *loading) loadErrors(inst *build.Instance) {
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
		code := diag.Syntax
		hint := ""
		switch {
		case strings.Contains(msg, "absolute path for FS"):
			code, msg = diag.ImportNotFound, "bentoc does not read packages that are kept under cue.mod"
			hint = "move the package into the module itself"
		case strings.Contains(msg, "cannot find package"), strings.Contains(msg, "cannot find module"), strings.Contains(msg, "import failed"):
			code = diag.ImportNotFound
			hint = "bentoc knows its own schema, CUE's standard library and the packages of the module; it fetches none"
		case strings.Contains(msg, "no tag for"):
			code = diag.BadValue
			hint = "a field takes a tag with @tag(NAME)"
		}
		l.diags.Errorf(code, pos, "", "%s", msg).Hintf("%s", hint)
	}
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
