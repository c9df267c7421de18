package store_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"bentoc.dev/compiler/store"
)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestPutRefusesAnotherDigest(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	want := store.DigestOf([]byte("right"))
	_, err := s.Put(t.Context(), "weights.bin", strings.NewReader("wrong"), want)
	var bad *store.DigestError
	if !errors.As(err, &bad) {
		t.Fatalf("got %v, want a DigestError", err)
	}
	got := store.DigestOf([]byte("wrong"))
	if text := err.Error(); !strings.Contains(text, want) || !strings.Contains(text, got) || !strings.Contains(text, "weights.bin") {
		t.Errorf("%q does not name both digests and the file", text)
	}
	if n := countFiles(t, filepath.Join(s.Dir(), "blobs"), filepath.Join(s.Dir(), "tmp")); n != 1 { // 1: the lock
		t.Errorf("%d files were kept", n-1)
	}
}

func TestPackIsDeterministic(t *testing.T) {
	t.Parallel()
	entries := func() []store.Entry {
		e := []store.Entry{
			store.FileEntry("srv/a/b.txt", 0o644, []byte("b")),
			store.FileEntry("srv/a-b.txt", 0o755, []byte("ab")),
			store.DirEntry("tmp", 0o777|fs.ModeSticky),
			store.FileEntry("srv/"+strings.Repeat("lang/", 60)+"ende", 0o600, []byte("deep")),
			store.FileEntry("srv/ünïcode", 0o644, nil),
			{Name: "srv/link", Mode: fs.ModeSymlink | 0o777, Link: "a/b.txt"},
		}
		rand.Shuffle(len(e), func(i, j int) { e[i], e[j] = e[j], e[i] })
		return e
	}
	for _, c := range []store.Compression{store.None, store.Zstd, store.Gzip} {
		var first store.Layer
		for i := range 5 {
			s := open(t, t.TempDir())
			l, err := s.Pack(t.Context(), store.Package{Platform: "linux/arm64", Compression: c, Entries: entries()})
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = l
			}
			if l != first {
				t.Fatalf("%s: packing twice gave\n%+v\n%+v", c, first, l)
			}
			checkImage(t, s, l)
		}
	}
}

func checkImage(t *testing.T, s *store.Store, l store.Layer) {
	t.Helper()
	var m ocispec.Manifest
	var img ocispec.Image
	data, err := s.ReadBytes(l.Manifest.Digest)
	if err != nil || json.Unmarshal(data, &m) != nil {
		t.Fatal(err, string(data))
	}
	if data, err = s.ReadBytes(m.Config.Digest.String()); err != nil || json.Unmarshal(data, &img) != nil {
		t.Fatal(err, string(data))
	}
	if img.OS != "linux" || img.Architecture != "arm64" || img.RootFS.DiffIDs[0].String() != l.DiffID {
		t.Errorf("config: %s", data)
	}
	raw := unpack(t, s, m.Layers[0])
	if got := store.DigestOf(raw); got != l.DiffID {
		t.Errorf("the layer's content is %s, DiffID %s", got, l.DiffID)
	}
	var names []string
	tr := tar.NewReader(bytes.NewReader(raw))
	for h, err := tr.Next(); err != io.EOF; h, err = tr.Next() {
		if err != nil {
			t.Fatal(err)
		}
		if h.ModTime.Unix() != 0 || h.Uid != 0 || h.Uname != "" {
			t.Errorf("%s: time %s, owner %d %q", h.Name, h.ModTime, h.Uid, h.Uname)
		}
		if h.Name == "tmp/" && h.Mode != 0o1777 {
			t.Errorf("tmp has mode %o", h.Mode)
		}
		names = append(names, h.Name)
	}
	if !strings.HasPrefix(strings.Join(names, " "), "srv/ srv/a/ srv/a/b.txt srv/a-b.txt srv/lang/") {
		t.Errorf("order: %q", names)
	}
}

func unpack(t *testing.T, s *store.Store, d ocispec.Descriptor) []byte {
	t.Helper()
	f, err := s.Open(d.Digest.String())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	switch d.MediaType {
	case ocispec.MediaTypeImageLayerGzip:
		r, err = gzip.NewReader(f)
	case ocispec.MediaTypeImageLayerZstd:
		r, err = zstd.NewReader(f)
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPackTwiceReadsNothing(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	reads := 0
	p := store.Package{Key: "k", Platform: "linux/amd64", Compression: store.None, Entries: []store.Entry{{
		Name: "a", Mode: 0o644, Size: 1,
		Open: func() (io.ReadCloser, error) { reads++; return io.NopCloser(strings.NewReader("a")), nil },
	}}}
	first, err := s.Pack(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Pack(t.Context(), p)
	if err != nil || second != first || reads != 1 {
		t.Errorf("second: %+v, %v after %d reads", second, err, reads)
	}
	// A layer that was emptied by a power cut is made again.
	if err := errors.Join(os.Chmod(s.Path(first.Layer.Digest), 0o644), os.Truncate(s.Path(first.Layer.Digest), 0)); err != nil {
		t.Fatal(err)
	}
	if again, err := s.Pack(t.Context(), p); err != nil || again != first || reads != 2 || !s.Has(first.Layer) {
		t.Errorf("again: %+v, %v after %d reads", again, err, reads)
	}
}

func TestPackRefuses(t *testing.T) {
	t.Parallel()
	file := func(name string) store.Entry { return store.FileEntry(name, 0o644, nil) }
	short := file("short")
	short.Size = 3
	for text, entries := range map[string][]store.Entry{
		"clean relative path":    {file("../a")},
		"clean relative":         {file("/a")},
		"there twice":            {file("a"), file("a")},
		"not a folder":           {file("a"), file("a/b")},
		"it changed while":       {short},
		"neither a file nor":     {{Name: "p", Mode: fs.ModeNamedPipe}},
		"is not a clean relativ": {file(".")},
	} {
		s := open(t, t.TempDir())
		_, err := s.Pack(t.Context(), store.Package{Key: "k", Compression: store.None, Entries: entries})
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want %q", err, text)
		}
		if n := countFiles(t, filepath.Join(s.Dir(), "blobs")); n != 0 {
			t.Errorf("%q: %d blobs were kept", text, n)
		}
	}
}

func TestOpenSweepsWhatDeadProcessesLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	living := open(t, dir)
	w, err := living.NewWriter()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	dead := filepath.Join(dir, "tmp", "123")
	if err := errors.Join(os.Mkdir(dead, 0o755), os.WriteFile(filepath.Join(dead, "x"), nil, 0o644), os.WriteFile(dead+".lock", nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if _, err := os.Stat(dead); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the folder of a dead process stayed")
	}
	if _, err := w.Write([]byte("still here")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit("x", ""); err != nil {
		t.Errorf("a living writer lost its file: %v", err)
	}
}

func TestVerifyRemovesWhatIsCorrupt(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	good, _ := s.PutBytes([]byte("good"))
	bad, _ := s.PutBytes([]byte("bad"))
	change(t, s.Path(bad.Digest), "bat")
	err := s.Verify(t.Context())
	if err == nil || !strings.Contains(err.Error(), bad.Digest) || !strings.Contains(err.Error(), store.DigestOf([]byte("bat"))) {
		t.Errorf("got %v", err)
	}
	if !s.Has(good) || s.Has(bad) {
		t.Error("the wrong contents were removed")
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	l, err := s.Pack(t.Context(), store.Package{Key: "k", Platform: "linux/amd64", Compression: store.Zstd,
		Entries: []store.Entry{store.FileEntry("a", 0o644, []byte("a"))}})
	if err != nil {
		t.Fatal(err)
	}
	other, _ := s.PutBytes([]byte("other"))
	second, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), nil); !errors.Is(err, store.ErrInUse) {
		t.Errorf("pruning while another uses the store: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	freed, err := s.Prune(t.Context(), []string{l.Manifest.Digest})
	if err != nil || freed != other.Size {
		t.Errorf("freed %d, %v", freed, err)
	}
	if !s.Has(l.Manifest) || !s.Has(l.Config) || !s.Has(l.Layer) || s.Has(other) {
		t.Error("the wrong contents were removed")
	}
}

func TestTwoStoresPackAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	layers := make([]store.Layer, 8)
	for i := range layers {
		s := open(t, dir)
		wg.Go(func() {
			var entries []store.Entry
			for n := range 50 {
				entries = append(entries, store.FileEntry(fmt.Sprint("f", n), 0o644, bytes.Repeat([]byte{byte(n)}, 5000)))
			}
			var err error
			if layers[i], err = s.Pack(context.Background(), store.Package{Platform: "linux/amd64", Compression: store.Gzip, Entries: entries}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, l := range layers {
		if l != layers[0] {
			t.Errorf("%+v is not %+v", l, layers[0])
		}
	}
}

func TestTreeIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	_, err := s.Tree(t.Context(), "go", func(dir string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, "half"), nil, 0o644), errors.New("boom"))
	})
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("got %v", err)
	}
	dir, err := s.Tree(t.Context(), "go", func(dir string) error { return os.WriteFile(filepath.Join(dir, "whole"), nil, 0o644) })
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Tree(t.Context(), "go", func(string) error { return errors.New("called again") })
	if err != nil || again != dir {
		t.Errorf("again: %s, %v", again, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "half")); err == nil {
		t.Error("what a broken attempt wrote is there")
	}
}

func TestFileDigestSeesChanges(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "w.bin")
	for _, text := range []string{"one", "two", "six"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			sum, size, err := s.FileDigest(t.Context(), path)
			if err != nil || sum != store.DigestOf([]byte(text)) || size != 3 {
				t.Errorf("%s: %s %d %v", text, sum, size, err)
			}
		}
	}
}

func countFiles(t *testing.T, dirs ...string) (n int) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				n++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}
