package workspace

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/runtime"
)

// Opener gives the source of a program of the runtime that opens models at build, in
// the package pkg such as ./runtime/…, as a module of its own, and those of the locked
// modules that it needs. It is the same for all
// bentos that have the same versions of these.
func Opener(pkg string, locked []gomod.Sum) ([]File, []gomod.Sum, error) {
	source, err := gather([]string{path.Join(RuntimeDir, pkg)})
	if err != nil {
		return nil, nil, fmt.Errorf("gathering what opens models: %w", err)
	}
	var files []File
	packages := map[string]bool{}
	for _, f := range source {
		files = append(files, File{path.Join("runtime", f.Path), f.Data})
		packages[path.Dir(f.Path)] = true
	}
	list, err := parseModules(runtime.Modules)
	if err != nil {
		return nil, nil, err
	}
	needed := list.needed(packages)
	modules := slices.DeleteFunc(slices.Clone(locked), func(m gomod.Sum) bool { return !slices.Contains(needed, m.Path) })
	mod, sum, err := lockedGoMod(modules)
	files = append(files, File{"go.mod", mod}, File{"go.sum", sum})
	return files, modules, err
}

// lockedGoMod writes go.mod and go.sum of a module that requires locked versions:
// the lock may have a later one than the runtime asks for.
func lockedGoMod(modules []gomod.Sum) (mod, sum []byte, err error) {
	f := new(modfile.File)
	if err := f.AddModuleStmt(RuntimeDir); err != nil {
		return nil, nil, err
	}
	if err := f.AddGoStmt(goVersion()); err != nil {
		return nil, nil, err
	}
	for _, m := range modules {
		sum = fmt.Appendf(sum, "%s %s %s\n", m.Path, m.Version, m.Sum)
		if !m.GoModOnly() {
			f.AddNewRequire(m.Path, strings.TrimSuffix(m.Version, "/go.mod"), false)
		}
	}
	f.Cleanup()
	mod, err = f.Format()
	return mod, sum, err
}
