package builder_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/buildkittest"
	"bentoc.dev/compiler/store"
)

// flip changes one byte in the middle of a file.
func flip(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err == nil {
		data[len(data)/2] ^= 1
		err = errors.Join(os.Chmod(name, 0o644), os.WriteFile(name, data, 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestSolve_DamagedLayer damages a layer that goes from the store into the image,
// before the first build and between two.
func TestSolve_DamagedLayer(t *testing.T) {
	t.Parallel()
	state, dir := t.TempDir(), t.TempDir()
	s := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	b := open(t, state)
	p := layersOnly(s)
	layer, dest := filepath.Join(s.Dir, "blobs/sha256", strings.TrimPrefix(p.Inputs[0].Layer, "sha256:")), filepath.Join(dir, "out.tar")
	flip(t, layer)
	if _, _, err := build(t, b, p, s.Dir, dest); err == nil || !strings.Contains(err.Error(), p.Inputs[0].Layer) {
		t.Errorf("before the first build: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, state)
	flip(t, layer)
	if _, _, err := build(t, b, p, s.Dir, dest); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dest); err != nil {
		t.Fatal(err)
	}
	flip(t, layer)
	var bad *store.DigestError
	if _, _, err := build(t, b, p, s.Dir, dest); !errors.As(err, &bad) || bad.Want != p.Inputs[0].Layer {
		t.Errorf("the builder has read it already: %v", err)
	}
	if _, err := os.Stat(dest); err == nil {
		t.Error("an archive was written")
	}
}

// TestSolve_DamagedCache damages a content that the builder keeps of its own:
// what it gives afterwards is what it gave before.
func TestSolve_DamagedCache(t *testing.T) {
	t.Parallel()
	state, dir := t.TempDir(), t.TempDir()
	s := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	var want string
	for i := range 3 {
		told := 0
		b, err := builder.Open(t.Context(), builder.Options{State: state, Damaged: func(string) { told++ }})
		if err != nil {
			t.Fatal(err)
		}
		if told != min(i, 1) {
			t.Errorf("build %d: told %d times", i, told)
		}
		c, _, err := build(t, b, s.Quick(), s.Dir, filepath.Join(dir, "out.tar"))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = c.Digest
		}
		if c.Digest != want {
			t.Errorf("built %s, not %s", c.Digest, want)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		blobs, err := filepath.Glob(filepath.Join(state, "caches/*/content/blobs/sha256/*"))
		if err != nil || len(blobs) == 0 {
			t.Fatal("the builder keeps nothing", err)
		}
		flip(t, blobs[rand.N(len(blobs))])
	}
}
