package compiler

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"path"
	goruntime "runtime"
	"strings"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/workspace"
)

// library has the packages that steps import, out of what the store has: the Go
// toolchain and the modules of the lock. It asks nobody for the rest.
type library struct {
	client *fetch.Client
	lock   *lock.File
	zips   map[string]*zip.ReadCloser // by path@version
}

func newLibrary(client *fetch.Client, f *lock.File) *library {
	return &library{client: client, lock: f, zips: map[string]*zip.ReadCloser{}}
}

// Folder gives the source of a package, see [gosrc.Library].
func (l *library) Folder(importPath string) (fs.FS, string, error) {
	first, _, _ := strings.Cut(importPath, "/")
	fsys, dir, ours := workspace.RuntimePackage(importPath)
	switch {
	case ours:
		return fsys, dir, nil
	case !strings.Contains(first, "."):
		return l.standard(importPath)
	}
	return l.module(importPath)
}

func (l *library) standard(importPath string) (fs.FS, string, error) {
	t, err := pin.Toolchain(goruntime.GOOS + "/" + goruntime.GOARCH)
	if err != nil {
		return nil, "", err
	}
	name := t.Module.String()
	if l.zips[name] == nil {
		if l.client == nil {
			return nil, "", &gosrc.NotHereError{What: "the Go toolchain"}
		}
		b, ok := gomod.New(l.client, pin.Toolchain).HaveToolchain(t)
		if !ok {
			return nil, "", &gosrc.NotHereError{What: "the Go toolchain"}
		}
		if err := l.open(name, b.Digest); err != nil {
			return nil, "", err
		}
	}
	return l.zips[name], path.Join(name, "src", importPath), nil
}

// module finds a package in the locked module with the longest path that fits and
// that has it.
func (l *library) module(importPath string) (fs.FS, string, error) {
	var best gomod.Sum
	for _, m := range l.lock.Modules() {
		if !m.GoModOnly() && (importPath == m.Path || strings.HasPrefix(importPath, m.Path+"/")) && len(m.Path) > len(best.Path) {
			best = m
		}
	}
	if best.Path == "" {
		return nil, "", &gosrc.NotHereError{What: "the module of package " + importPath}
	}
	name := best.Path + "@" + best.Version
	if l.zips[name] == nil {
		if l.client == nil {
			return nil, "", &gosrc.NotHereError{What: "the module " + name}
		}
		b, ok := gomod.New(l.client, pin.Toolchain).HaveModule(best)
		if !ok {
			return nil, "", &gosrc.NotHereError{What: "the module " + name}
		}
		if err := l.open(name, b.Digest); err != nil {
			return nil, "", err
		}
	}
	return l.zips[name], path.Join(name, strings.TrimPrefix(importPath, best.Path)), nil
}

func (l *library) open(name, digest string) error {
	z, err := zip.OpenReader(l.client.Store.Path(digest))
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	l.zips[name] = z
	return nil
}

func (l *library) close() error {
	var errs []error
	for _, z := range l.zips {
		errs = append(errs, z.Close())
	}
	return errors.Join(errs...)
}
