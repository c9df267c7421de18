package load

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/mod/modfile"
	"cuelang.org/go/mod/module"
)

const (
	// modulesDir is where modules lie in the file system that CUE sees, vendoredDir
	// where packages do that are kept under cue.mod.
	modulesDir  = ".bentoc.dev.modules"
	vendoredDir = ".bentoc.dev.kept"
)

// keptDirs are the folders of cue.mod that CUE reads packages from. They are laid one
// over another: a package is made of the files of all three.
var keptDirs = []string{"cue.mod/gen", "cue.mod/pkg", "cue.mod/usr"}

// keptMajors are the major versions that a package under cue.mod is found by: there it
// has none, and CUE takes whatever an import says.
var keptMajors = []string{"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9"}

// vendored shows the packages that are kept under cue.mod as modules, one for each
// host: through an fs.FS, CUE reads no others. So it finds them as it would on disk,
// and a package that is in a module too is ambiguous as it is there.
func (m *mounted) vendored(full *modfile.File) error {
	for _, dir := range keptDirs {
		entries, err := fs.ReadDir(m.base, dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			m.noteEscape(dir, err)
			return nil
		}
		for _, e := range entries {
			host := e.Name()
			// Of the schema, the embedded one is read. What has no dot is no import path.
			if host == "bentoc.dev" || !strings.Contains(host, ".") || m.keeps(host) || path.Ext(host) == ".cue" {
				continue
			}
			if _, err := module.NewVersion(host+"@v0", "v0.0.1"); err != nil {
				continue
			}
			m.trackFS.mount(vendoredDir+"/"+host, keptFS{m.base, host, &m.twice})
			m.overlay[vendoredDir+"/"+host+"/"+moduleFile] = formatModule(host + "@v0")
			for _, major := range keptMajors {
				name := host + "@" + major
				if _, both := full.Deps[name]; both {
					return fmt.Errorf("%s is a module that the module file names, and a folder of %s too", name, dir)
				}
				version := major + ".0.0"
				full.Deps[name] = &modfile.Dep{Version: version, Default: major == "v0"}
			}
		}
	}
	return nil
}

// inTwo reports files that two folders of cue.mod have: CUE would read both.
func (m *mounted) inTwo(diags *diag.List) {
	m.twice.Range(func(second, first any) bool {
		diags.Errorf(diag.ImportNotFound, ir.Pos{File: second.(string), Line: 1, Col: 1}, "", "this package has a file of this name in %s too", path.Dir(first.(string))).
			Hintf("rename one of them")
		return true
	})
}

// keeps reports whether packages of a host are kept under cue.mod.
func (m *mounted) keeps(host string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mounts[vendoredDir+"/"+host] != nil
}

// requires reports whether the module file names a module in this version.
func (m *mounted) requires(v module.Version) bool {
	return slices.ContainsFunc(m.module.DepVersions(), func(d module.Version) bool { return d.Equal(v) }) || m.replaces(v)
}

// replaces reports whether v stands in for another module.
func (m *mounted) replaces(v module.Version) bool {
	for _, dep := range m.module.Deps {
		if to := dep.ReplaceWith; to != "" && (to == v.BasePath() || to == v.Path() || to == v.String()) {
			return true
		}
	}
	return false
}

// keptAt gives the path of a file that is kept under cue.mod.
func (m *mounted) keptAt(host, inside string) string {
	_, at := keptFS{base: m.base, host: host}.find(inside)
	return at
}

// keptFS are the folders of one host under cue.mod, one laid over another.
type keptFS struct {
	base  fs.FS
	host  string
	twice *sync.Map // files that two of the folders have, by the paths of both
}

// find gives the first of the folders that has name, and what it is called there.
func (k keptFS) find(name string) (fs.FileInfo, string) {
	for _, dir := range keptDirs {
		at := path.Join(dir, k.host, name)
		if info, err := fs.Stat(k.base, at); err == nil {
			return info, at
		}
	}
	return nil, path.Join(keptDirs[1], k.host, name)
}

// Open implements fs.FS.
func (k keptFS) Open(name string) (fs.File, error) {
	_, at := k.find(name)
	return k.base.Open(at)
}

// Stat implements fs.StatFS. Every folder looks like the root of a module: a package
// under cue.mod has nothing of the folders above it.
func (k keptFS) Stat(name string) (fs.FileInfo, error) {
	if path.Base(name) == "cue.mod" {
		return memInfo{name: "cue.mod", dir: true}, nil
	}
	_, at := k.find(name)
	return fs.Stat(k.base, at)
}

// ReadDir implements fs.ReadDirFS.
func (k keptFS) ReadDir(name string) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	found := false
	for _, dir := range keptDirs {
		entries, err := fs.ReadDir(k.base, path.Join(dir, k.host, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = true
		for _, e := range entries {
			i := slices.IndexFunc(all, func(o fs.DirEntry) bool { return o.Name() == e.Name() })
			if i >= 0 && path.Ext(e.Name()) == ".cue" {
				_, first := k.find(path.Join(name, e.Name()))
				k.twice.Store(path.Join(dir, k.host, name, e.Name()), first)
				continue
			}
			if i < 0 {
				all = append(all, e)
			}
		}
	}
	if !found {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// keptPackages gives the digest of each folder under cue.mod that files were read
// from, by its path.
func (m *mounted) keptPackages() map[string]string {
	read := m.digests(m.display)
	texts := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(read)) {
		if slices.ContainsFunc(keptDirs, func(dir string) bool { return strings.HasPrefix(name, dir+"/") }) {
			texts[path.Dir(name)] += path.Base(name) + " " + read[name] + "\n"
		}
	}
	for dir, text := range texts {
		sum := sha256.Sum256([]byte(text))
		texts[dir] = "sha256:" + hex.EncodeToString(sum[:])
	}
	return texts
}
