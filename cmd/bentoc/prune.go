package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/store"
)

const pruneHelp = `
Usage: bentoc prune [FLAGS]

Frees disk space in the state folder: build cache that was not used for a
while, what diff keeps of revisions, downloads and packed layers. With --all everything goes; the next build
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
				fmt.Fprintf(s.out, "freed %s\n", bytesText(freed))
				if err == nil && freed == 0 && !*all {
					fmt.Fprintf(s.err, "hint: no build cache is older than %s; --older-than=1h takes younger, --all everything\n", *older)
				}
				return err
			}
		}}
}

// prune frees space in the state folder and tells how much. It begins with what
// takes no space to free: the disk may be full.
func prune(ctx context.Context, state *stateFlag, older time.Duration, all bool) (freed int64, err error) {
	dir, err := state.path("buildkit")
	if err != nil {
		return 0, err
	}
	freed, err = forgetDescribed(state, older)
	if err != nil {
		return freed, err
	}
	if !all {
		n, err := forgetImages(state, older)
		freed += n
		if err != nil {
			return freed, err
		}
		n, err = pruneCache(ctx, dir, older)
		return freed + n, err
	}
	n, err := pruneStore(ctx, state)
	freed += n
	if err != nil {
		return freed, err
	}
	n, alone, err := builder.Discard(dir)
	freed += n
	if err == nil && !alone {
		n, err = pruneCache(ctx, dir, 0)
		freed += n
	}
	return freed, err
}

// forgetImages removes images that were not built again for a while.
func forgetImages(state *stateFlag, older time.Duration) (freed int64, err error) {
	dir, err := state.path("store")
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(dir); err != nil {
		return 0, nil
	}
	st, err := store.Open(dir)
	if err != nil {
		return 0, err
	}
	freed, err = builder.Forget(st, older)
	return freed, errors.Join(err, st.Close())
}

// pruneCache removes build cache that was not used for a while.
func pruneCache(ctx context.Context, dir string, older time.Duration) (freed int64, err error) {
	if _, err := os.Stat(dir); err != nil {
		return 0, nil
	}
	b, err := builder.Open(ctx, builder.Options{State: dir})
	if err != nil {
		return 0, err
	}
	freed, err = b.Prune(ctx, builder.PruneOptions{KeepNewer: older})
	return freed, errors.Join(err, b.Close())
}

// pruneStore removes root file systems, downloads and packed layers.
func pruneStore(ctx context.Context, state *stateFlag) (freed int64, err error) {
	rootfs, err := state.path("rootfs")
	if err != nil {
		return 0, err
	}
	if err := os.RemoveAll(rootfs); err != nil {
		return 0, fmt.Errorf("removing root file systems: %w", err)
	}
	dir, err := state.path("store")
	if err != nil {
		return 0, err
	}
	st, err := store.Open(dir)
	if err != nil {
		return 0, err
	}
	defer st.Close()
	freed, err = st.Prune(ctx, nil)
	if errors.Is(err, store.ErrInUse) {
		err = diag.WithHint(err, "wait until the other build has ended")
	}
	return freed, err
}
