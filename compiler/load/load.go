// Package load turns the CUE sources of a bento into the IR. It is the only
// package that knows CUE.
//
// CUE sees one file system: the user's module (a folder behind an os.Root, so that
// no symlink leads out of it, a tree of a version control system, an archive), the
// schema that is embedded in bentoc, the CUE modules that [Options.Modules] gives, and
// nothing else: no network, no registry, no environment. Every file that is read is recorded with
// its digest. What is wrong in the sources comes back as diagnostics with
// positions in the user's files; what CUE would accept silently and get wrong
// (computed edges, dropped constraints) is refused here.
package load

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// Options say what to load.
type Options struct {
	// Dir is bento.cue's folder below the module's root, slash-separated; "" for
	// the root itself.
	Dir string
	// File is the name of the CUE file, "" for bento.cue.
	File string
	// Called is what messages call the place that the bento was looked for in, ""
	// for the current folder.
	Called string
	// Modules gives the CUE modules that the user's depends on; nil gives none.
	Modules Modules
	// Tags are CUE's -t values: "prod" or "env=prod".
	Tags []string
	// TimeLimit bounds evaluation; zero means no limit. CUE cannot be
	// cancelled: past the limit its goroutine goes on until the process ends.
	TimeLimit time.Duration
	// MemoryLimit bounds, in bytes, what is held in memory while the bento is
	// evaluated; zero means 4 GiB, which no bento of thousands of runners comes near.
	MemoryLimit uint64

	proveAll bool // see decoder
}

// Result is a loaded bento.
type Result struct {
	// IR is the bento; nil when the sources could not be evaluated. It is not
	// complete when there were errors. What models take and give back is not in it.
	IR *ir.Bento
	// Broken is what could be read of a bento that CUE finds mistakes in, to look for
	// what else is wrong, see [Beside]; nil where IR is set.
	Broken *ir.Bento
	// Modules are the CUE modules that packages were looked for in, by path: those that
	// have them, and those that could have had them.
	Modules []Module
	// Kept has the digest, sha256:HEX, of each folder under cue.mod that files were read
	// from, by its path.
	Kept map[string]string
	// Files has the SHA-256, in hexadecimal, of every file that was read, by its
	// name in positions.
	Files map[string]string
	// Source gives the bytes of a file that was read, by its name in positions;
	// nil for one that was not.
	Source func(file string) []byte

	index *index // nil when the sources could not be read
}

// Bento loads a bento of a module. Mistakes in the sources are in the list; the
// error is for what the user's sources are not to blame for. The result is never nil
// unless there is an error.
func Bento(ctx context.Context, module fs.FS, opts Options) (*Result, diag.List, error) {
	if err := repeatedTag(opts.Tags); err != nil {
		return nil, nil, err
	}
	pl := place{dir: cmp.Or(opts.Dir, "."), file: cmp.Or(opts.File, FileName)}
	run := &loading{ctx: ctx, opts: opts, place: pl}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				run.err = fmt.Errorf("evaluating %s: CUE panicked: %v\n%s", pl.name(), r, debug.Stack())
			}
		}()
		run.load(module)
	}()
	var limit <-chan time.Time
	if opts.TimeLimit > 0 {
		timer := time.NewTimer(opts.TimeLimit)
		defer timer.Stop()
		limit = timer.C
	}
	watch := time.NewTicker(100 * time.Millisecond)
	defer watch.Stop()
	for {
		select {
		case <-done:
			return run.result, run.diags.Sorted(), run.err
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		case <-limit:
			return beyond(pl, fmt.Sprintf("took longer than %v", opts.TimeLimit))
		case <-watch.C:
			if most := cmp.Or(opts.MemoryLimit, defaultMemoryLimit); memoryInUse() > most {
				return beyond(pl, fmt.Sprintf("took more than %d MiB of memory", most>>20))
			}
		}
	}
}

const defaultMemoryLimit = 4 << 30

// memoryInUse gives the bytes that the last garbage collection found in use.
func memoryInUse() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	if metrics.Read(sample); sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

func emptyResult() *Result {
	return &Result{Files: map[string]string{}, Source: func(string) []byte { return nil }}
}

// beyond is the result of an evaluation that was given up.
func beyond(pl place, why string) (*Result, diag.List, error) {
	var list diag.List
	pos := ir.Pos{File: pl.name(), Line: 1, Col: 1}
	list.Errorf(diag.EvalLimit, pos, "", "evaluation %s", why).
		Hintf("look for a list, a comprehension or a disjunction that grows without end")
	return emptyResult(), list, nil
}

// FileName is what the file that describes a bento is called.
const FileName = "bento.cue"

func noBento(list *diag.List, where string) {
	list.Errorf(diag.NoBento, ir.Pos{}, "", "there is no bento.cue in %s", cmp.Or(where, "the current folder")).
		Hintf("name a bento.cue or its folder, or write a first one with `bentoc init`")
}
