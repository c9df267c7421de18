package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/workspace"
)

// compilerLine is a message of the Go compiler, such as
// user/steps/greet.go:12:3: undefined: x
var compilerLine = regexp.MustCompile(`(?m)^(?:\./)?((?:\.\./)*[^\s:]+\.go):(\d+):(?:(\d+):)? (.*)$`)

// explainBuild turns the failure of a build step into what the user wants to
// know: the line of their Go file where the compiler refused it, else the line
// of bento.cue that the step comes from.
func (f *buildFlags) explainBuild(s streams, p *prepared, err error) error {
	var failed *builder.BuildError
	if !errors.As(err, &failed) {
		return err
	}
	if fullDisk(failed) {
		return err // not the user's sources, whatever the compiler says
	}
	if diags := compileDiags(failed.Output); len(diags) > 0 {
		return f.stop(s, p.bento, diags)
	}
	refused, at := openDiags(p.plan, failed)
	if len(refused) > 0 {
		return f.stop(s, p.bento, refused)
	}
	if at.IsValid() {
		var shown bytes.Buffer
		note := diag.List{{Code: diag.BuildStep, Severity: diag.Error, Pos: at, Message: failed.Error()}}
		if err := f.print(&shown, p.bento, note); err != nil {
			return err
		}
		fmt.Fprint(s.err, shown.String())
	}
	if out := bytes.TrimSpace(failed.Output); len(out) > 0 {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return err
}

// compileDiags reads what the compiler says about the user's own files.
func compileDiags(output []byte) (diags diag.List) {
	for _, m := range compilerLine.FindAllSubmatch(output, -1) {
		name := strings.TrimLeft(strings.ReplaceAll(string(m[1]), "../", ""), "/")
		name, mine := strings.CutPrefix(name, workspace.UserDir+"/")
		if !mine {
			continue
		}
		line, _ := strconv.Atoi(string(m[2]))
		col, _ := strconv.Atoi(string(m[3]))
		diags.Errorf(diag.StepCompile, diag.Pos{File: name, Line: line, Col: max(col, 1)}, "", "%s", m[4])
	}
	return diags.Sorted()
}
