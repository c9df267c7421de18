package load

import (
	"bytes"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue/build"
	cueerrors "cuelang.org/go/cue/errors"
)

// brokenText reports the files that are no CUE for a reason that the parser cannot
// tell, and everything else that is wrong in their text: a merge that was left half
// done, a brace too many or too few. It tells whether there were any.
func (l *loading) brokenText(inst *build.Instance, tfs *trackFS) bool {
	list := cueerrors.Errors(inst.Err)
	for _, imp := range inst.Imports {
		list = append(list, cueerrors.Errors(imp.Err)...)
	}
	found := false
	var seen []string
	for _, e := range list {
		for _, p := range append([]ir.Pos{posOf(e.Position())}, findingOf(e).users...) {
			if !p.IsValid() || slices.Contains(seen, p.File) {
				continue
			}
			seen = append(seen, p.File)
			text := l.result.Source(p.File)
			if l.mergeConflicts(p.File, text) || aboutBrackets(message(findingOf(e))) && l.brackets(p.File, text) {
				found = true
			}
		}
	}
	return found
}

// aboutBrackets reports whether the parser's message may come of a bracket that is
// missing before: it then meets what it did not expect, at the end or on the way.
func aboutBrackets(msg string) bool {
	return strings.Contains(msg, "expected") || strings.Contains(msg, "missing ','")
}

// mergeMarks begin the lines that git writes between two sides of a conflict.
var mergeMarks = []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"}

// mergeConflicts reports each conflict in a file, at its first mark.
func (l *loading) mergeConflicts(file string, text []byte) bool {
	inside, found := false, false
	line := 0
	for s := range bytes.Lines(text) {
		line++
		mark := slices.IndexFunc(mergeMarks, func(m string) bool {
			rest, ok := strings.CutPrefix(strings.TrimRight(string(s), "\r\n"), m)
			return ok && (rest == "" || rest[0] == ' ')
		})
		if mark < 0 {
			continue
		}
		if !inside {
			pos := ir.Pos{File: file, Line: line, Col: 1, EndLine: line, EndCol: 1 + len(mergeMarks[mark])}
			l.diags.Errorf(diag.Syntax, pos, "", "this is a merge conflict").
				Hintf("choose one side, and take out the lines that begin with <<<<<<<, ======= and >>>>>>>")
		}
		inside, found = mergeMarks[mark] != ">>>>>>>", true
	}
	return found
}

// brackets reports where the brackets of a file begin not to fit, which is mostly far
// above the place where the parser gives up: lines are indented the way their author
// thinks of them.
func (l *loading) brackets(file string, text []byte) bool {
	f := findBracket(text)
	if f == nil {
		return false
	}
	pos := ir.Pos{File: file, Line: f.at.line, Col: f.at.col, EndLine: f.at.line, EndCol: f.at.col + f.at.width}
	switch {
	case f.opens:
		d := l.diags.Errorf(diag.Syntax, pos, "", "the %c here is never closed", f.at.char)
		if f.noticed > 0 {
			d.Hintf("add the %c that belongs to it: up to here all fit, the one in line %d does not", closing[f.at.char], f.noticed)
		} else {
			d.Hintf("add the %c that belongs to it", closing[f.at.char])
		}
	case f.lacks:
		l.diags.Errorf(diag.Syntax, pos, "", "an opening bracket is missing near here: the %c in line %d closes nothing", f.at.char, f.noticed).
			Hintf("add %c where this line ends", opening(f.at.char))
	default:
		l.diags.Errorf(diag.Syntax, pos, "", "this %c closes nothing that was opened here", f.at.char).
			Hintf("take it out, or add the %c that is missing before it", opening(f.at.char))
	}
	return true
}
