// Package pypitest makes small wheels and Python package indexes for tests.
package pypitest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Wheel gives a wheel, a zip archive, with files by name.
func Wheel(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Index is a package index in a folder, in the HTML form of the simple API
// (PEP 503). It can be read through a file: URL or behind a file server.
type Index struct {
	t   testing.TB
	Dir string
}

// NewIndex gives an empty index.
func NewIndex(t testing.TB) *Index {
	t.Helper()
	return &Index{t, t.TempDir()}
}

// URL is the file: URL of the index.
func (x *Index) URL() string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(x.Dir)}).String()
}

// Add puts a file into a project. Attributes go into its anchor, such as
// data-yanked="why".
func (x *Index) Add(project, file string, data []byte, attributes string) {
	x.t.Helper()
	dir := filepath.Join(x.Dir, project)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		x.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), data, 0o644); err != nil {
		x.t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	page, err := os.OpenFile(filepath.Join(dir, "index.html"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		x.t.Fatal(err)
	}
	defer page.Close()
	_, err = fmt.Fprintf(page, "<a href=\"%s#sha256=%s\" %s>%s</a>\n", url.PathEscape(file), hex.EncodeToString(sum[:]), attributes, html.EscapeString(file))
	if err != nil {
		x.t.Fatal(err)
	}
}

// Remove takes a project out of the index.
func (x *Index) Remove(project string) {
	x.t.Helper()
	if err := os.RemoveAll(filepath.Join(x.Dir, project)); err != nil {
		x.t.Fatal(err)
	}
}
