package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// stateFlag is the flag of the folder that survives between builds:
//
//	store/     what was fetched and packed, by digest
//	buildkit/  the embedded builder's cache
//	rootfs/    unpacked images, for serve
//	described/ the bentos of revisions, for diff
type stateFlag struct{ dir string }

func (f *stateFlag) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.dir, "state", "", "keep downloads and caches in this `folder` (default $BENTOC_STATE, or bentoc in your cache folder)")
}

// path gives a folder below the state folder.
func (f *stateFlag) path(name string) (string, error) {
	dir := f.dir
	if dir == "" {
		dir = os.Getenv("BENTOC_STATE")
	}
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", diag.WithHint(fmt.Errorf("finding the state folder: %w", err), "name one with --state or BENTOC_STATE")
		}
		dir = filepath.Join(cache, "bentoc")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the state folder: %w", err)
	}
	return filepath.Join(dir, name), nil
}

// open opens the store and a client that fetches into it and tells s about it.
func (f *stateFlag) open(s streams, quiet bool) (*fetch.Client, error) {
	dir, err := f.path("store")
	if err != nil {
		return nil, err
	}
	st, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	st.OnDamage = func(err error) {
		fmt.Fprintf(s.err, "bentoc: warning: %v; it is brought or made again\n", err)
	}
	client := fetch.New(st)
	if !quiet {
		client.OnProgress = func(p fetch.Progress) {
			if p.Finished {
				fmt.Fprintf(s.err, "fetched %s (%s)\n", p.Name, bytesText(p.Done))
			}
		}
	}
	return client, nil
}

// openPresent is open for a command that only looks at what is there: it makes no
// state folder, and gives nil where there is none.
func (f *stateFlag) openPresent(s streams) (*fetch.Client, error) {
	dir, err := f.path("store")
	if err != nil || !exists(dir) {
		return nil, nil // without a home folder there is no state either
	}
	return f.open(s, true)
}

// sourceDateEpoch reads SOURCE_DATE_EPOCH, see reproducible-builds.org; 0 where
// it is not set.
func sourceDateEpoch() (int64, error) {
	v := os.Getenv("SOURCE_DATE_EPOCH")
	if v == "" {
		return 0, nil
	}
	epoch, err := strconv.ParseInt(v, 10, 64)
	if err != nil || epoch < 0 {
		return 0, usagef("SOURCE_DATE_EPOCH=%s: it must be an integer, seconds since 1970-01-01", v)
	}
	return epoch, nil
}

// bytesText gives a size for people, in powers of 1000.
func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
