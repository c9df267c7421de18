// Package proxytest makes Go modules for tests, as the file tree of a module
// proxy, so that tests need no network.
package proxytest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// Module is a module in a proxy.
type Module struct {
	Path, Version string
	Sum, GoModSum string // as in go.sum
}

// Write adds a module to the proxy tree at dir. Files must have a go.mod.
func Write(t testing.TB, dir, path, version string, files map[string]string) Module {
	t.Helper()
	m := module.Version{Path: path, Version: version}
	escaped, err := module.EscapePath(path)
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(dir, filepath.FromSlash(escaped), "@v", version)
	var list []zip.File
	for name, text := range files {
		list = append(list, file{name, text})
	}
	var buf bytes.Buffer
	if err := zip.Create(&buf, m, list); err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		os.MkdirAll(filepath.Dir(base), 0o755),
		os.WriteFile(base+".zip", buf.Bytes(), 0o644),
		os.WriteFile(base+".mod", []byte(files["go.mod"]), 0o644),
		os.WriteFile(base+".info", []byte(`{"Version":"`+version+`"}`), 0o644),
	)
	if err != nil {
		t.Fatal(err)
	}
	made := Module{Path: path, Version: version}
	if made.Sum, err = dirhash.HashZip(base+".zip", dirhash.Hash1); err != nil {
		t.Fatal(err)
	}
	made.GoModSum, err = dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(files["go.mod"])), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// Cache gives an empty folder for GOMODCACHE. The go command makes what is in
// it read-only, which t.TempDir alone could not remove.
func Cache(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() {
		_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				err = os.Chmod(path, 0o755)
			}
			return err
		})
	})
	return dir
}

// GoRoot is the folder of the Go that runs the test.
func GoRoot(t testing.TB) string {
	t.Helper()
	root, err := goRoot()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

var goRoot = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	return strings.TrimSpace(string(out)), err
})

// file is a file of a module zip, in memory.
type file struct{ name, text string }

func (f file) Path() string                 { return f.name }
func (f file) Lstat() (os.FileInfo, error)  { return f, nil }
func (f file) Open() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f.text)), nil }
func (f file) Name() string                 { return filepath.Base(f.name) }
func (f file) Size() int64                  { return int64(len(f.text)) }
func (f file) Mode() os.FileMode            { return 0o644 }
func (f file) ModTime() time.Time           { return time.Time{} }
func (f file) IsDir() bool                  { return false }
func (f file) Sys() any                     { return nil }
