package lock_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
)

// TestLayoutChanges has a base image in the module replaced by another: locking
// takes it, building with the old lock does not.
func TestLayoutChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := needs(t, app(userMod))
	modules := w.locked(t, n)
	n.Base = &ir.Base{Layout: "base", Pos: ir.Pos{File: "bento.cue", Line: 3, Col: 2}}
	r := lock.Request{Fetch: w.client, Old: modules, Needs: n, ModuleDir: t.TempDir()}
	write := func(label string) {
		t.Helper()
		img, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: v1.Config{Labels: map[string]string{"is": label}}})
		if err == nil {
			_, err = layout.Write(filepath.Join(r.ModuleDir, "base"), mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img}))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write("old")
	old := resolveAll(t, r)
	check := func(f *lock.File) error {
		return f.CheckLayout(t.Context(), w.client, n.Base, "linux/amd64", r.ModuleDir)
	}
	if err := check(old); err != nil {
		t.Error(err)
	}
	write("new")
	var source diag.List
	if err := check(old); !errors.As(err, &source) || source[0].Code != diag.LockStale || source[0].Pos != n.Base.Pos {
		t.Errorf("an old lock: %v", err)
	}
	r.Old = old
	f, changes, err := lock.Resolve(t.Context(), r)
	if err != nil || len(changes) != 1 || !strings.HasPrefix(changes[0].String(), "~ base layout:base linux/amd64 sha256:") {
		t.Fatal(changes, err)
	}
	if err := check(f); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(r.ModuleDir, "base/index.json"), []byte(`{"manifests": []}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := lock.Resolve(t.Context(), r); !errors.As(err, &source) || source[0].Code != diag.BadBase {
		t.Errorf("an empty layout: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(r.ModuleDir, "base")); err != nil {
		t.Fatal(err)
	}
	if err := check(f); err != nil {
		t.Errorf("without the layout: %v", err)
	}
}
