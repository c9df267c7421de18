package builder_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"bentoc.dev/buildkit/buildkittest"
)

// What a kill between two writes of the snapshotter leaves.
func TestOrphanedSnapshot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, state := buildkittest.NewStore(t, filepath.Join(dir, "store")), filepath.Join(dir, "state")
	b := open(t, state)
	if _, _, err := build(t, b, store.Quick(), store.Dir, filepath.Join(dir, "a.tar")); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(state, "running"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := filepath.Glob(filepath.Join(state, "caches/*/snapshots/snapshots"))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	fi, err := os.Stat(list[0])
	if err != nil {
		t.Fatal(err)
	}
	owner := int(fi.Sys().(*syscall.Stat_t).Uid) // the builder process makes them itself
	for _, n := range []string{"100", "101", "102", "103", "104", "105"} {
		p := filepath.Join(list[0], n)
		if err := errors.Join(os.MkdirAll(filepath.Join(p, "fs"), 0o700), os.Chown(p, owner, owner), os.Chown(filepath.Join(p, "fs"), owner, owner)); err != nil {
			t.Fatal(err)
		}
	}
	b = open(t, state)
	if _, err := os.Stat(filepath.Join(list[0], "100")); err == nil {
		t.Error("the folder is still there")
	}
	p := store.Quick()
	p.Compiles[0].Env = append(p.Compiles[0].Env, "NEW=1") // so that it must run
	if _, _, err := build(t, b, p, store.Dir, filepath.Join(dir, "b.tar")); err != nil {
		t.Fatal(err)
	}
}
