package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
)

const lockHelp = `
Usage: bentoc lock [PATH] [FLAGS]

Writes bento.lock beside bento.cue: one line for each thing that comes from
outside (CUE modules, Go toolchain, Go modules, base images, wheels, Debian packages,
models) with its checksum, and one for each field that an endpoint exposes with a number
that it keeps for ever. Prints what changed. What is locked already stays as it is
unless --update names it. Says of each model which axis counts its items, where
that is not declared. Steps and data files need not be there yet; the files of
models do.

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
			f.stored = &state
			flags.BoolVar(&check, "check", false, "change nothing; exit with 3 if the lock is not up to date")
			flags.StringSliceVar(&update, "update", nil, "choose `NAME` anew; all of them without a name")
			flags.Lookup("update").NoOptDefVal = updateAll
			flags.BoolVar(&bring, "fetch", false, "bring everything that is locked into the state folder, for builds without network")
			return func(ctx context.Context, s streams, args []string) error {
				b, err := f.session(s.err, args)
				if err != nil {
					return err
				}
				defer b.Close()
				if check {
					return checkLock(ctx, s, &state, b)
				}
				client, err := state.open(s, false)
				if err != nil {
					return err
				}
				defer client.Store.Close()
				o := lockOptions(update)
				o.Early = !bring
				locked, err := b.Lock(ctx, client, o)
				if err != nil {
					return err
				}
				if err := writeLock(s, s.out, b, locked); err != nil {
					return err
				}
				if bring {
					_, err = b.Plan(ctx, client, compiler.PlanOptions{Builder: builderPlatform()})
				}
				return err
			}
		}}
}

// updateAll stands for --update without a name.
const updateAll = "*"

// checkLock compares the lock with what the bento needs. Where there is a state
// folder, what it knows of large files saves reading them again.
func checkLock(ctx context.Context, s streams, state *stateFlag, b *compiler.Session) error {
	if err := b.Compile(ctx); err != nil {
		return err
	}
	client, err := state.openPresent(s)
	if err != nil {
		return err
	}
	if client != nil {
		defer client.Store.Close()
	}
	return b.CheckLock(ctx, client)
}

// writeLock writes the lock where it changed, and prints the changes on w.
func writeLock(s streams, w io.Writer, b *compiler.Session, locked *compiler.Locked) error {
	for _, c := range locked.Changes {
		fmt.Fprintf(w, "%s\n", c)
	}
	for _, line := range locked.BatchAxes {
		fmt.Fprintln(s.err, line)
	}
	if have, err := os.ReadFile(b.LockFile()); err == nil && string(have) == string(locked.Data) {
		return nil
	}
	if err := writeWhole(b.LockFile(), locked.Data); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "wrote %s\n", relative(b.Root, b.LockName()))
	return nil
}

// lockOptions reads --update.
func lockOptions(update []string) compiler.LockOptions {
	if slices.Contains(update, updateAll) {
		return compiler.LockOptions{UpdateAll: true}
	}
	return compiler.LockOptions{Update: update}
}
