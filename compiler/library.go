package compiler

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/workspace"
)

// Packages are the packages of others that steps are type-checked against, for several
// bentos: each is read and checked once, see [gosrc.Checked]. The zero value has none yet; it
// is safe for concurrent use, and closed after the last of them.
type Packages struct {
	checked gosrc.Checked
	mu      sync.Mutex
	zips    map[string]*zip.ReadCloser // by the name of the file in a store, which its digest is
}

// open opens an archive, once.
func (p *Packages) open(file string) (*zip.ReadCloser, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.zips[file] == nil {
		z, err := fetch.OpenZip(file)
		if err != nil {
			return nil, err
		}
		if p.zips == nil {
			p.zips = map[string]*zip.ReadCloser{}
		}
		p.zips[file] = z
	}
	return p.zips[file], nil
}

// Close closes what was opened.
func (p *Packages) Close() error {
	var errs []error
	for _, z := range p.zips {
		errs = append(errs, z.Close())
	}
	return errors.Join(errs...)
}

// library has the packages that the steps of a bento import, out of what the store has: the
// Go toolchain and the modules of the lock. It asks nobody for the rest.
type library struct {
	client   *fetch.Client
	modules  []gomod.Sum // of the lock, those with the longest path first
	packages *Packages

	mu     sync.Mutex
	opened map[string]archived // by path@version
}

// archived is an archive of the store.
type archived struct {
	zip    *zip.ReadCloser
	digest string
	err    error
}

func newLibrary(client *fetch.Client, f *lock.File, packages *Packages) *library {
	l := &library{client: client, packages: packages, opened: map[string]archived{}}
	for _, m := range f.Modules() {
		if !m.GoModOnly() {
			l.modules = append(l.modules, m)
		}
	}
	slices.SortStableFunc(l.modules, func(a, b gomod.Sum) int { return cmp.Compare(len(b.Path), len(a.Path)) })
	return l
}

// Folder gives the source of a package, see [gosrc.Library].
func (l *library) Folder(importPath string) (gosrc.Folder, error) {
	first, _, _ := strings.Cut(importPath, "/")
	fsys, dir, ours := workspace.RuntimePackage(importPath)
	switch {
	case ours:
		return gosrc.Folder{FS: fsys, Dir: dir, Digest: "runtime"}, nil // one in a process
	case !strings.Contains(first, "."):
		return l.standard(importPath)
	}
	return l.module(importPath)
}

func (l *library) standard(importPath string) (gosrc.Folder, error) {
	t, err := pin.Toolchain(goruntime.GOOS + "/" + goruntime.GOARCH)
	if err != nil {
		return gosrc.Folder{}, err
	}
	name := t.Module.String()
	a, err := l.archive(name, "the Go toolchain", func(c *gomod.Client) (string, bool) {
		b, ok := c.HaveToolchain(t)
		return b.Digest, ok
	})
	return gosrc.Folder{FS: a.zip, Dir: path.Join(name, "src", importPath), Digest: a.digest}, err
}

// module finds a package in the locked module with the longest path that fits and
// that has it.
func (l *library) module(importPath string) (found gosrc.Folder, err error) {
	err = &gosrc.NotHereError{What: "the module of package " + importPath}
	for _, m := range l.modules {
		if importPath != m.Path && !strings.HasPrefix(importPath, m.Path+"/") {
			continue
		}
		name := m.Path + "@" + m.Version
		a, failed := l.archive(name, "the module "+name, func(c *gomod.Client) (string, bool) {
			b, ok := c.HaveModule(m)
			return b.Digest, ok
		})
		if failed != nil {
			return gosrc.Folder{}, failed
		}
		f := gosrc.Folder{FS: a.zip, Dir: path.Join(name, strings.TrimPrefix(importPath, m.Path)), Digest: a.digest}
		if info, missing := fs.Stat(f.FS, f.Dir); missing == nil && info.IsDir() {
			return f, nil
		}
		if err != nil {
			found, err = f, nil // where none has it, the one with the longest path lacks it
		}
	}
	return found, err
}

// archive opens an archive that the store may have, once.
func (l *library) archive(name, called string, find func(*gomod.Client) (digest string, ok bool)) (archived, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a, ok := l.opened[name]; ok {
		return a, a.err
	}
	a := archived{err: &gosrc.NotHereError{What: called}}
	if l.client != nil {
		if digest, ok := find(gomod.New(l.client, pin.Toolchain)); ok {
			a.digest = digest
			if a.zip, a.err = l.packages.open(l.client.Store.Path(digest)); a.err != nil {
				a.err = fmt.Errorf("reading %s: %w", name, a.err)
			}
		}
	}
	l.opened[name] = a
	return a, a.err
}
