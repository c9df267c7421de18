// Package buildkittest has what the tests of the buildkit packages share: a
// store with layers of a test's own, and plans over them.
package buildkittest

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"bentoc.dev/compiler/plan"
)

// Store is an OCI layout folder of one-layer images, as package
// compiler/store makes it.
type Store struct {
	// Dir is the folder.
	Dir string
	t   testing.TB
}

// NewStore makes a store in dir.
func NewStore(t testing.TB, dir string) *Store {
	t.Helper()
	s := &Store{Dir: dir, t: t}
	s.must(os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755))
	s.must(os.WriteFile(filepath.Join(dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644))
	return s
}

func (s *Store) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *Store) blob(text []byte) string {
	s.t.Helper()
	sum := sha256.Sum256(text)
	name := hex.EncodeToString(sum[:])
	p := filepath.Join(s.Dir, "blobs", "sha256", name)
	if _, err := os.Stat(p); err != nil {
		tmp, err := os.CreateTemp(s.Dir, "blob-") // other tests may store the same
		s.must(err)
		_, err = tmp.Write(text)
		s.must(errors.Join(err, tmp.Close(), os.Rename(tmp.Name(), p)))
	}
	return "sha256:" + name
}

// Files packs files as one layer. A name that ends in a slash is a folder; a
// file whose content begins with "#!" is executable.
func (s *Store) Files(id string, files map[string]string) plan.Input {
	s.t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, name := range folders(files) {
		s.must(w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755, ModTime: time.Unix(0, 0)}))
		delete(files, name)
	}
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		mode := int64(0o644)
		if strings.HasPrefix(files[n], "#!") {
			mode = 0o755
		}
		s.must(w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: n, Mode: mode, Size: int64(len(files[n])), ModTime: time.Unix(0, 0)}))
		_, err := io.WriteString(w, files[n])
		s.must(err)
	}
	s.must(w.Close())
	return s.Layer(id, buf.Bytes())
}

func folders(files map[string]string) []string {
	seen := map[string]bool{}
	for n := range files {
		if strings.HasSuffix(n, "/") {
			seen[n] = true
		}
		for d := filepath.Dir(strings.TrimSuffix(n, "/")); d != "."; d = filepath.Dir(d) {
			seen[d+"/"] = true
		}
	}
	list := make([]string, 0, len(seen))
	for d := range seen {
		list = append(list, d)
	}
	slices.Sort(list)
	return list
}

// Layer stores an uncompressed tar as a one-layer image.
func (s *Store) Layer(id string, layer []byte) plan.Input {
	s.t.Helper()
	diff := s.blob(layer)
	manifest, _ := s.image(runtime.GOARCH, layer)
	return plan.Input{ID: id, Content: id, Manifest: manifest, Layer: diff, DiffID: diff, Size: int64(len(layer))}
}

type object = map[string]any

// image stores an image of uncompressed layers for linux on arch.
func (s *Store) image(arch string, layers ...[]byte) (manifest string, config []byte) {
	s.t.Helper()
	var diffs []string
	var descs, history []object
	for _, l := range layers {
		d := s.blob(l)
		diffs = append(diffs, d)
		descs = append(descs, object{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": d, "size": len(l)})
		history = append(history, object{"created": "2020-01-02T03:04:05Z", "created_by": "somebody"})
	}
	config = s.json(object{"os": "linux", "architecture": arch, "rootfs": object{"type": "layers", "diff_ids": diffs}, "config": object{}, "history": history})
	text := s.json(object{
		"schemaVersion": 2,
		"mediaType":     "application/vnd.oci.image.manifest.v1+json",
		"config":        object{"mediaType": "application/vnd.oci.image.config.v1+json", "digest": s.blob(config), "size": len(config)},
		"layers":        descs,
	})
	return s.blob(text), config
}

// Base stores a base image of two layers, with a file of a user that an
// ordinary builder cannot make. It gives the layers' digests too.
func (s *Store) Base(arch string) (base *plan.Base, layers []string) {
	s.t.Helper()
	var texts [][]byte
	for _, name := range []string{"lower", "upper"} {
		var buf bytes.Buffer
		w := tar.NewWriter(&buf)
		s.must(w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name + "-" + arch, Mode: 0o600, Uid: 1234, Gid: 1234, ModTime: time.Unix(1e9, 0)}))
		s.must(w.Close())
		texts = append(texts, buf.Bytes())
		layers = append(layers, s.blob(buf.Bytes()))
	}
	manifest, config := s.image(arch, texts...)
	return &plan.Base{Manifest: manifest, Config: config}, layers
}

func (s *Store) json(v any) []byte {
	s.t.Helper()
	text, err := json.Marshal(v)
	s.must(err)
	return text
}

// Folder packs the files below dir that keep admits, under prefix. Times and
// owners are zero.
func (s *Store) Folder(id, dir, prefix string, keep func(name string) bool) plan.Input {
	s.t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	s.must(filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		if rel != "." && !keep(filepath.ToSlash(rel)) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		return add(w, p, filepath.Join(prefix, rel), d)
	}))
	s.must(w.Close())
	return s.Layer(id, buf.Bytes())
}

func add(w *tar.Writer, p, name string, d fs.DirEntry) error {
	fi, err := d.Info()
	if err != nil {
		return err
	}
	h := &tar.Header{Name: filepath.ToSlash(name), Mode: int64(fi.Mode().Perm() | 0o444), ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg}
	if d.IsDir() {
		h.Typeflag, h.Name, h.Mode = tar.TypeDir, h.Name+"/", 0o755
		return w.WriteHeader(h)
	}
	if !fi.Mode().IsRegular() {
		return nil
	}
	text, err := os.ReadFile(p)
	if err != nil {
		return err
	}
	h.Size = int64(len(text))
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
