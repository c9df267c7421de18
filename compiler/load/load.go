// Package load turns the CUE sources of a bento into the IR. It is the only
// package that knows CUE.
//
// CUE sees one file system: the user's module below an os.Root (no symlink
// leads out of it), the schema that is embedded in bentoc, and nothing else: no
// network, no registry, no environment. Every file that is read is recorded with
// its digest. What is wrong in the sources comes back as diagnostics with
// positions in the user's files; what CUE would accept silently and get wrong
// (computed edges, dropped constraints) is refused here.
package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"time"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/onnxfile"
)

// Options say what to load.
type Options struct {
	// Path is a CUE file, its folder, or "" for the current folder.
	Path string
	// Tags are CUE's -t values: "prod" or "env=prod".
	Tags []string
	// TimeLimit bounds evaluation; zero means no limit. CUE cannot be
	// cancelled: past the limit its goroutine goes on until the process ends.
	TimeLimit time.Duration
	// Signatures are the models' tensors, by model name, as the lock has them.
	Signatures map[string]ir.Signature
	// Model, if set, gives what the file of a model says about its tensors, as the
	// lock has it, for a model whose source has been read; nil where that is not
	// known. Signatures come before it.
	Model func(name string, m *ir.Model) *onnxfile.Model
}

// Result is a loaded bento.
type Result struct {
	// IR is the bento; nil when the sources could not be evaluated. It is not
	// complete when there were errors.
	IR *ir.Bento
	// Root is the module's folder on disk, an absolute path of this system.
	Root string
	// Dir is bento.cue's folder relative to Root, slash-separated, "." for Root.
	Dir string
	// Files has the SHA-256, in hexadecimal, of every file that was read, by its
	// name in positions.
	Files map[string]string
	// Source gives the bytes of a file that was read, by its name in positions;
	// nil for one that was not.
	Source func(file string) []byte
}

// Bento loads the bento at opts.Path. Mistakes in the sources are in the list;
// the error is for what the user's sources are not to blame for. The result is
// never nil unless there is an error.
func Bento(ctx context.Context, opts Options) (*Result, diag.List, error) {
	pl, err := locate(opts.Path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			var list diag.List
			noBento(&list, opts.Path)
			return emptyResult(opts.Path), list, nil
		}
		return nil, nil, err
	}
	root, err := os.OpenRoot(pl.root)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the module: %w", err)
	}
	run := &loading{opts: opts, place: pl}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer root.Close()
		defer func() {
			if r := recover(); r != nil {
				run.err = fmt.Errorf("evaluating %s: CUE panicked: %v\n%s", pl.name(), r, debug.Stack())
			}
		}()
		run.load(root.FS())
	}()
	var limit <-chan time.Time
	if opts.TimeLimit > 0 {
		timer := time.NewTimer(opts.TimeLimit)
		defer timer.Stop()
		limit = timer.C
	}
	select {
	case <-done:
		return run.result, run.diags.Sorted(), run.err
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	case <-limit:
		return tooLong(pl, opts.TimeLimit)
	}
}

func emptyResult(root string) *Result {
	return &Result{Root: root, Dir: ".", Files: map[string]string{}, Source: func(string) []byte { return nil }}
}

// tooLong is the result of an evaluation that did not end in time.
func tooLong(pl place, limit time.Duration) (*Result, diag.List, error) {
	var list diag.List
	pos := ir.Pos{File: pl.name(), Line: 1, Col: 1}
	list.Errorf(diag.EvalLimit, pos, "", "evaluation took longer than %v", limit).
		Hintf("look for a list, a comprehension or a disjunction that grows without end")
	res := emptyResult(pl.root)
	res.Dir = pl.dir
	return res, list, nil
}

func noBento(list *diag.List, where string) {
	if where == "" {
		where = "the current folder"
	}
	list.Errorf(diag.NoBento, ir.Pos{}, "", "there is no bento.cue in %s", where).
		Hintf("name a bento.cue or its folder, or write a first one with `bentoc init`")
}
