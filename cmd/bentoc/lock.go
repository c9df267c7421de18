package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/lock"
)

const lockHelp = `
Usage: bentoc lock [PATH] [FLAGS]

Writes bento.lock beside bento.cue: one line for each thing that comes from
outside (Go toolchain, Go modules, base images, wheels, Debian packages, models)
with its checksum. Prints what changed. What is locked already stays as it is
unless --update names it.

Example:
  bentoc lock --check
  bentoc lock --update=debian:12
`

func lockCommand() command {
	return command{name: "lock", summary: "lock what comes from outside", help: lockHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var (
				f      sourceFlags
				state  stateFlag
				check  bool
				update []string
				bring  bool
			)
			f.bind(flags)
			state.bind(flags)
			flags.BoolVar(&check, "check", false, "change nothing; exit with 3 if the lock is not up to date")
			flags.StringSliceVar(&update, "update", nil, "choose `NAME` anew; all of them without a name")
			flags.Lookup("update").NoOptDefVal = updateAll
			flags.BoolVar(&bring, "fetch", false, "bring everything that is locked into the state folder, for builds without network")
			return func(ctx context.Context, s streams, args []string) error {
				if check {
					b, src, err := f.assemble(ctx, s, args, false)
					if err != nil {
						return err
					}
					return f.checkLock(s, b, src)
				}
				client, err := state.open(s, false)
				if err != nil {
					return err
				}
				defer client.Store.Close()
				b, src, err := f.assembleLocked(ctx, s, args, client, lockOptions(update))
				if err != nil {
					return err
				}
				if err := relock(ctx, s, s.out, client, b, src, update); err != nil {
					return f.explainLock(s, b, err)
				}
				if bring {
					_, err = b.Plan(ctx, client, src, compiler.PlanOptions{Builder: builderPlatform()})
				}
				return f.explainLock(s, b, err)
			}
		}}
}

// updateAll stands for --update without a name.
const updateAll = "*"

// assemble loads a bento and generates its server.
func (f *sourceFlags) assemble(ctx context.Context, s streams, args []string, pending bool) (*compiler.Bento, *compiler.Source, error) {
	b, err := f.load(ctx, s, args, pending)
	if err != nil {
		return nil, nil, err
	}
	return f.assembleSource(s, b)
}

// assembleLocked is assemble for a bento whose models may have to be locked
// first.
func (f *sourceFlags) assembleLocked(ctx context.Context, s streams, args []string, client *fetch.Client, o compiler.LockOptions) (*compiler.Bento, *compiler.Source, error) {
	b, diags, err := f.loadQuietly(ctx, args, true)
	if err != nil {
		return nil, nil, err
	}
	unread := slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.LockCorrupt || d.Code == diag.LockTooNew })
	if b.IR != nil && b.HasModels() && !unread && (!diags.HasErrors() || b.HasOwnModelsOnly()) {
		again, found, err := b.LockModels(ctx, client, o)
		if err != nil {
			return nil, nil, f.explainLock(s, b, err)
		}
		if again != b {
			b, diags = again, found
		}
	}
	if err := f.stop(s, b, diags); err != nil {
		return nil, nil, err
	}
	return f.assembleSource(s, b)
}

// explainLock prints what locking finds wrong in the user's own files.
func (f *sourceFlags) explainLock(s streams, b *compiler.Bento, err error) error {
	var source *lock.SourceError
	if errors.As(err, &source) {
		return f.stop(s, b, source.Diags)
	}
	return err
}

func (f *sourceFlags) assembleSource(s streams, b *compiler.Bento) (*compiler.Bento, *compiler.Source, error) {
	src, diags, err := b.Assemble()
	if err != nil {
		return nil, nil, err
	}
	return b, src, f.stop(s, b, diags)
}

// stop prints diagnostics and gives errDiagnostics if there is an error in them.
func (f *sourceFlags) stop(s streams, b *compiler.Bento, diags diag.List) error {
	if len(diags) > 0 {
		if err := f.print(s.err, b, diags); err != nil {
			return err
		}
	}
	if diags.HasErrors() {
		return errDiagnostics
	}
	return nil
}

func (f *sourceFlags) checkLock(s streams, b *compiler.Bento, src *compiler.Source) error {
	diags, err := b.CheckLock(src)
	if err != nil {
		return err
	}
	changed, err := b.CheckModelFiles(src)
	if err != nil {
		return err
	}
	return f.stop(s, b, append(diags, changed...))
}

// relock resolves the lock, writes it where it changed, and prints the changes
// on w.
func relock(ctx context.Context, s streams, w io.Writer, client *fetch.Client, b *compiler.Bento, src *compiler.Source, update []string) error {
	changes, err := b.Relock(ctx, client, src, lockOptions(update))
	if err != nil {
		return err
	}
	for _, c := range changes {
		fmt.Fprintf(w, "%s\n", c)
	}
	data := b.Lock.Bytes()
	if have, err := os.ReadFile(b.LockFile()); err == nil && string(have) == string(data) {
		return nil
	}
	if err := writeWhole(b.LockFile(), data); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "wrote %s\n", relative(b.Root, lockName(b)))
	return nil
}

// lockOptions reads --update.
func lockOptions(update []string) compiler.LockOptions {
	if slices.Contains(update, updateAll) {
		return compiler.LockOptions{UpdateAll: true}
	}
	return compiler.LockOptions{Update: update}
}

// lockName is the lock's name in positions.
func lockName(b *compiler.Bento) string {
	if b.Dir == "." {
		return lock.FileName
	}
	return b.Dir + "/" + lock.FileName
}
