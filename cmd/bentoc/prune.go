package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/compiler/fetch/store"
)

const pruneHelp = `
Usage: bentoc prune [FLAGS]

Frees disk space in the state folder: build cache that was not used for a
while, downloads and packed layers. With --all everything goes; the next build
fetches and compiles anew.

Example:
  bentoc prune --older-than 24h
  bentoc prune --all
`

func pruneCommand() command {
	return command{name: "prune", summary: "free disk space", help: pruneHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var state stateFlag
			all := flags.Bool("all", false, "remove downloads and packed layers too")
			older := flags.Duration("older-than", 7*24*time.Hour, "keep build cache that was used within this `time`")
			state.bind(flags)
			return func(ctx context.Context, s streams, args []string) error {
				if len(args) > 0 {
					return usagef("prune takes no arguments")
				}
				if *all {
					*older = 0
				}
				freed, err := prune(ctx, &state, *older, *all)
				fmt.Fprintf(s.err, "freed %s\n", bytesText(freed))
				return err
			}
		}}
}

// prune frees space in the state folder and tells how much.
func prune(ctx context.Context, state *stateFlag, older time.Duration, all bool) (freed int64, err error) {
	dir, err := state.path("buildkit")
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(dir); err == nil {
		b, err := builder.Open(ctx, builder.Options{State: dir})
		if err != nil {
			return 0, err
		}
		freed, err = b.Prune(ctx, builder.PruneOptions{KeepNewer: older})
		if err := errors.Join(err, b.Close()); err != nil {
			return freed, err
		}
	}
	if !all {
		return freed, nil
	}
	rootfs, err := state.path("rootfs")
	if err != nil {
		return freed, err
	}
	if err := os.RemoveAll(rootfs); err != nil {
		return freed, fmt.Errorf("removing root file systems: %w", err)
	}
	dir, err = state.path("store")
	if err != nil {
		return freed, err
	}
	st, err := store.Open(dir)
	if err != nil {
		return freed, err
	}
	defer st.Close()
	n, err := st.Prune(ctx, nil)
	if errors.Is(err, store.ErrInUse) {
		err = &hintError{err, "wait until the other build has ended"}
	}
	return freed + n, err
}
