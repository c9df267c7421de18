package workspace

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/platform"
	"bentoc.dev/runtime"
)

// RuntimePath is the import path of the runtime; its module is bentoc.dev.
const RuntimePath = RuntimeDir + "/runtime"

// RuntimePackage gives the source of a package of the runtime that bentoc carries: a
// file system and the folder in it. Ok is false for other packages.
func RuntimePackage(importPath string) (fsys fs.FS, dir string, ok bool) {
	dir, ok = strings.CutPrefix(importPath, RuntimePath+"/")
	return runtime.Source, dir, ok
}

// addRuntime adds the packages of the runtime that imports reach, with a go.mod
// that requires the modules that these need and no others.
func (b *builder) addRuntime(imports []string) error {
	var tags []string
	if slices.Contains(imports, RuntimePath+"/gpu/place") {
		b.w.GPU, tags = true, []string{platform.GPUTag}
	}
	files, err := gather(imports, tags...)
	if err != nil {
		return err
	}
	packages := map[string]bool{}
	for _, f := range files {
		b.addFile(path.Join(RuntimeDir, "runtime", f.Path), f.Data)
		packages[path.Dir(f.Path)] = true
	}
	list, err := parseModules(runtime.Modules)
	if err != nil {
		return err
	}
	mod, sum, err := list.goMod(packages)
	if err != nil {
		return err
	}
	b.use = append(b.use, RuntimeDir)
	b.addFile(RuntimeDir+"/go.mod", mod)
	b.facts = append(b.facts, string(mod))
	b.w.Sums = append(b.w.Sums, File{RuntimeDir + "/go.sum", sum})
	b.w.Runtime, err = Identity()
	return err
}

// gather gives the files of the packages of the runtime that imports reach.
func gather(imports []string, tags ...string) (files []File, err error) {
	names, err := gosrc.Reach(runtime.Source, RuntimePath, imports, tags...)
	for _, name := range names {
		data, err := runtime.Source.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, File{name, data})
	}
	return files, err
}

// Identity is the h1 sum of the runtime that this bentoc carries: its source
// without tests, and its list of modules.
func Identity() (string, error) {
	var files []File
	err := fs.WalkDir(runtime.Source, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return fs.SkipDir
		case d.IsDir(), strings.HasSuffix(p, "_test.go"):
			return nil
		}
		data, err := runtime.Source.ReadFile(p)
		files = append(files, File{p, data})
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading the runtime: %w", err)
	}
	return hashFiles(files)
}

// moduleList is runtime.Modules, parsed.
type moduleList struct {
	modules []listedModule
	needs   map[string][]string // module paths, by package
}

type listedModule struct {
	module.Version
	sum, modSum string
}

func parseModules(text string) (*moduleList, error) {
	l := &moduleList{needs: map[string][]string{}}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 5 && f[0] == "module":
			l.modules = append(l.modules, listedModule{module.Version{Path: f[1], Version: f[2]}, f[3], f[4]})
		case len(f) > 2 && f[0] == "package":
			l.needs[f[1]] = f[2:]
		default:
			return nil, fmt.Errorf("reading the runtime's list of modules: %q", line)
		}
	}
	return l, nil
}

// needed gives the paths of the modules that some packages need.
func (l *moduleList) needed(packages map[string]bool) (paths []string) {
	for p := range packages {
		paths = append(paths, l.needs[p]...)
	}
	return sorted(paths)
}

// goMod writes go.mod and go.sum of the module bentoc.dev for some packages.
func (l *moduleList) goMod(packages map[string]bool) (mod, sum []byte, err error) {
	needed := l.needed(packages)
	f := new(modfile.File)
	if err := f.AddModuleStmt(RuntimeDir); err != nil {
		return nil, nil, err
	}
	if err := f.AddGoStmt(goVersion()); err != nil {
		return nil, nil, err
	}
	for _, m := range l.modules {
		if !slices.Contains(needed, m.Path) {
			continue
		}
		f.AddNewRequire(m.Path, m.Version.Version, false)
		sum = fmt.Appendf(sum, "%s %s %s\n%s %s/go.mod %s\n", m.Path, m.Version.Version, m.sum, m.Path, m.Version.Version, m.modSum)
	}
	f.Cleanup()
	mod, err = f.Format()
	return mod, sum, err
}
