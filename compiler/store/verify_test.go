package store_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bentoc.dev/compiler/store"
)

// change overwrites a file of a store; size and modification time stay.
func change(t *testing.T, path, text string) {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, []byte(text), 0o644), os.Chtimes(path, fi.ModTime(), fi.ModTime()))
	if err != nil {
		t.Fatal(err)
	}
}

func TestHasBelievesNoChangedFile(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	b, err := s.Put(t.Context(), "a wheel", strings.NewReader("good"), "")
	if err != nil || !s.Has(b) {
		t.Fatal(err)
	}
	var told []string
	s.OnDamage = func(err error) { told = append(told, err.Error()) }
	change(t, s.Path(b.Digest), "goad")
	if s.Has(b) {
		t.Error("a changed file is believed")
	}
	if _, err := os.Stat(s.Path(b.Digest)); err == nil {
		t.Error("it stayed")
	}
	if len(told) != 1 || !strings.Contains(told[0], "a wheel in the store has the digest "+store.DigestOf([]byte("goad"))) {
		t.Errorf("told %q", told)
	}
	if again, err := s.Put(t.Context(), "a wheel", strings.NewReader("good"), b.Digest); err != nil || again != b || !s.Has(b) {
		t.Errorf("again: %v", err)
	}
}

func TestHasWithAnotherSizeKeepsTheFile(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	b, err := s.PutBytes([]byte("good"))
	if err != nil || s.Has(store.Blob{Digest: b.Digest, Size: 3}) || !s.Has(b) {
		t.Errorf("a lock that has the size wrong costs the content: %v", err)
	}
}

func TestContentsAreReadOnly(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	b, err := s.PutBytes([]byte("good"))
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(s.Path(b.Digest)); err != nil || fi.Mode().Perm() != 0o444 {
		t.Errorf("%v %v", fi, err)
	}
}

// TestPackComparesWithSum changes a file between the moment that its sum is taken
// and the moment that it is packed.
func TestPackComparesWithSum(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "w.bin")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	e, err := s.FileEntry(t.Context(), "w.bin", path, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	p := store.Package{Platform: "linux/amd64", Compression: store.None, Entries: []store.Entry{e}}
	change(t, path, "new")
	var bad *store.DigestError
	if _, err := s.Pack(t.Context(), p); !errors.As(err, &bad) || bad.Want != e.Sum || bad.Got != store.DigestOf([]byte("new")) {
		t.Errorf("got %v", err)
	}
	change(t, path, "old")
	l, err := s.Pack(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	// Where the sum was not known, the content that was hashed is what is packed.
	reads := 0
	e.Sum, e.Open = "", func() (io.ReadCloser, error) {
		reads++
		return io.NopCloser(strings.NewReader([]string{"", "old", "new"}[reads])), nil
	}
	p.Entries, p.Compression = []store.Entry{e}, store.Gzip
	if _, err := s.Pack(t.Context(), p); !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
	if n := countFiles(t, filepath.Join(s.Dir(), "blobs")); n != 3 || !s.Has(l.Layer) {
		t.Errorf("%d contents are kept", n)
	}
}

// TestFileDigestBelievesNoYoungChange changes a file whose modification time is
// long past, as cp -p and touch leave it.
func TestFileDigestBelievesNoYoungChange(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "w.bin")
	past := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, text := range []string{"one", "two", "six", "ten"} {
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o644), os.Chtimes(path, past, past)); err != nil {
			t.Fatal(err)
		}
		if sum, _, err := s.FileDigest(t.Context(), path); err != nil || sum != store.DigestOf([]byte(text)) {
			t.Errorf("%s: %s %v", text, sum, err)
		}
	}
	if n := countFiles(t, filepath.Join(s.Dir(), "memo")); n != 0 {
		t.Errorf("%d sums are believed of a file that is just being changed", n)
	}
}

func TestDamagedMemoIsNone(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	if err := s.SetMemo("kind", "key", []string{"value"}); err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(s.Dir(), "memo/kind/*"))
	good, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := append([]byte{}, good...)
		bad[i] ^= 1
		if err := os.WriteFile(names[0], bad, 0o644); err != nil {
			t.Fatal(err)
		}
		var v []string
		if s.Memo("kind", "key", &v) {
			t.Errorf("believed: %s", bad)
		}
	}
}

func TestCopyToHashesWhatItWrites(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	text := strings.Repeat("0123456789", 300_000)
	b, err := s.Put(t.Context(), "weights", strings.NewReader(text), "")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := s.CopyTo(t.Context(), &out, b); err != nil || out.String() != text {
		t.Fatalf("%d bytes, %v", out.Len(), err)
	}
	change(t, s.Path(b.Digest), strings.Replace(text, "9", "8", 1))
	var bad *store.DigestError
	if err := s.CopyTo(t.Context(), io.Discard, b); !errors.As(err, &bad) || !strings.Contains(err.Error(), "weights") {
		t.Errorf("got %v", err)
	}
	if s.Has(b) {
		t.Error("it stayed")
	}
}

func TestTreeIsMadeAgainWhereItChanged(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	fills := 0
	tree := func() string {
		dir, err := s.Tree(t.Context(), "go", func(dir string) error {
			fills++
			return errors.Join(os.WriteFile(filepath.Join(dir, "compile"), []byte("program"), 0o755), os.Symlink("compile", filepath.Join(dir, "link")))
		})
		if err != nil {
			t.Fatal(err)
		}
		return dir
	}
	dir := tree()
	if tree(); fills != 1 {
		t.Errorf("unpacked %d times", fills)
	}
	for i, harm := range []func() error{
		func() error { change(t, filepath.Join(dir, "compile"), "progrbm"); return nil },
		func() error { return os.Remove(filepath.Join(dir, "link")) },
		func() error { return os.RemoveAll(dir) },
		func() error { return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o644)) },
	} {
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		tree()
		if text, err := os.ReadFile(filepath.Join(dir, "link")); err != nil || string(text) != "program" || fills != i+2 {
			t.Errorf("%d: %q, unpacked %d times, %v", i, text, fills, err)
		}
	}
}
