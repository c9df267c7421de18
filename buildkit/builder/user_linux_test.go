package builder_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/buildkittest"
)

// TestEnd wants a builder process to end in order: it says so by removing what
// tells the next one that it was killed, and has nothing to complain about. Root's
// had a user of its own.
func TestEnd(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "closed to others")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	store, state := buildkittest.NewStore(t, filepath.Join(dir, "store")), filepath.Join(dir, "state")
	b, err := builder.Open(t.Context(), builder.Options{State: state, Masked: func(why error) { t.Errorf("no user namespace: %v", why) }})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := build(t, b, store.Quick(), store.Dir, filepath.Join(dir, "a.tar")); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	nothingLeft(t, state)
	if _, err := os.Stat(filepath.Join(state, "running")); err == nil {
		t.Error("it left the file running")
	}
	if log, err := os.ReadFile(filepath.Join(state, "log")); err != nil || strings.Contains(string(log), "error") {
		t.Errorf("it complains: %s %v", log, err)
	}
	roots, _ := filepath.Glob(filepath.Join(state, "caches/*"))
	if len(roots) != 1 {
		t.Fatalf("caches %q, want that of one snapshotter", roots)
	}
	fi, err := os.Stat(roots[0])
	if err != nil {
		t.Fatal(err)
	}
	if uid := fi.Sys().(*syscall.Stat_t).Uid; uid == 0 || os.Geteuid() != 0 && int(uid) != os.Geteuid() {
		t.Errorf("the cache belongs to user %d", uid)
	}
}

// TestStateOfAnother wants a state folder that is somebody else's to be refused.
func TestStateOfAnother(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Log("only root can give a folder away")
		return
	}
	state := filepath.Join(t.TempDir(), "state")
	if err := errors.Join(os.Mkdir(state, 0o777), os.Chown(state, 12345, 12345)); err != nil {
		t.Fatal(err)
	}
	b, err := builder.Open(t.Context(), builder.Options{State: state})
	if err == nil {
		b.Close()
		t.Fatal("it was taken")
	}
	var wrong *builder.StateError
	if want := "it belongs to user 12345, and this is user 0: choose a folder of your own with --state or BENTOC_STATE"; !errors.As(err, &wrong) || wrong.Err.Error() != want {
		t.Errorf("got %v", err)
	}
}
