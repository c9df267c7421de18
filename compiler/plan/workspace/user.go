package workspace

import (
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/modfile"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
)

// User is the user's Go module.
type User struct {
	// FS is the folder that files may be read from: the root of the CUE module,
	// or the Go module's where that lies above it. Of an os.Root, so that no
	// symbolic link leaves it.
	FS fs.FS
	// Module is the folder of go.mod in FS, "." for its root.
	Module string
	// Bento is the folder of bento.cue in FS.
	Bento string
	// Steps are the import paths of the packages with steps.
	Steps []string
}

// addUser adds the packages that the steps reach in the user's module and in
// the folders that its go.mod puts in place of modules.
func (b *builder) addUser(u *User, generated []File) (diag.List, error) {
	main, file, diags, err := b.addModule(u.FS, u.Module)
	if err != nil || diags.HasErrors() {
		return diags, err
	}
	b.use = append(b.use, path.Join(UserDir, u.Module))
	modules := []tree{main}
	for _, r := range file.Replace {
		if !modfile.IsDirectoryPath(r.New.Path) {
			continue
		}
		dir := path.Join(u.Module, r.New.Path)
		if !fs.ValidPath(dir) || path.IsAbs(r.New.Path) {
			outside(&diags, u.Module, r)
			continue
		}
		t, _, more, err := b.addModule(u.FS, dir)
		if diags = append(diags, more...); err != nil {
			return diags, err
		}
		// It is imported by the name of what it replaces.
		t.path = r.Old.Path
		modules = append(modules, t)
	}
	if diags.HasErrors() {
		return diags, nil
	}
	// What lies in the folder bentogen on the disk may be stale: what was
	// generated just now stands in for it.
	bentogen := path.Join(main.path, relative(u.Module, u.Bento), "bentogen")
	for _, f := range generated {
		b.addFile(path.Join(UserDir, u.Bento, "bentogen", f.Path), f.Data)
	}
	files, err := gather(modules, u.Steps, bentogen, b.outside)
	if err != nil {
		return nil, fmt.Errorf("reading the user's Go files: %w", err)
	}
	for _, f := range files {
		b.addFile(path.Join(UserDir, f.Path), f.Data)
	}
	return nil, nil
}

func outside(diags *diag.List, dir string, r *modfile.Replace) {
	diags.Errorf(diag.OutsideModule, modPos(dir, r.Syntax.Start), "",
		"go.mod replaces %s by %s, which lies outside the module", r.Old.Path, r.New.Path).
		Hintf("move it below the folder that holds cue.mod, or replace it by a module version")
}

// outside notes an import that another module must provide.
func (b *builder) outside(importPath string) {
	first, _, _ := strings.Cut(importPath, "/")
	ours := first == RuntimeDir || first == "bento.local"
	if strings.Contains(first, ".") && !ours {
		b.external[importPath] = true
	}
}

// addModule adds go.mod and go.sum of the module in dir and the facts in it
// that decide about versions.
func (b *builder) addModule(fsys fs.FS, dir string) (tree, *modfile.File, diag.List, error) {
	name := path.Join(dir, "go.mod")
	var diags diag.List
	data, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		diags.Errorf(diag.MissingFile, diag.Pos{}, "", "there is no %s", name).
			Hintf("run go mod init there")
		return tree{}, nil, diags, nil
	}
	if err != nil {
		return tree{}, nil, nil, fmt.Errorf("reading %s: %w", name, err)
	}
	f, err := modfile.Parse(name, data, nil)
	if err != nil {
		return tree{}, nil, modErrors(name, err), nil
	}
	if f.Module == nil {
		diags.Errorf(diag.Syntax, diag.Pos{File: name, Line: 1, Col: 1}, "", "go.mod does not say which module it is")
		return tree{}, nil, diags, nil
	}
	if f.Go != nil && version.Compare("go"+f.Go.Version, fetch.GoVersion) > 0 {
		diags.Errorf(diag.BadValue, modPos(dir, f.Go.Syntax.Start), "",
			"the module asks for Go %s; this bentoc compiles with %s", f.Go.Version, fetch.GoVersion).
			Hintf("lower the go line of go.mod, or use a newer bentoc")
		return tree{}, nil, diags, nil
	}
	b.addFile(path.Join(UserDir, name), data)
	if sum, err := fs.ReadFile(fsys, path.Join(dir, "go.sum")); err == nil {
		b.w.Sums = append(b.w.Sums, File{path.Join(UserDir, dir, "go.sum"), sum})
	}
	b.facts = append(b.facts, modFacts(f)...)
	return tree{fsys: fsys, path: f.Module.Mod.Path, dir: path.Clean(dir)}, f, nil, nil
}

// modFacts gives the statements of a go.mod that decide about versions, without
// comments and layout.
func modFacts(f *modfile.File) (facts []string) {
	of := f.Module.Mod.Path + ": "
	if f.Go != nil {
		facts = append(facts, of+"go "+f.Go.Version)
	}
	for _, r := range f.Require {
		facts = append(facts, of+"require "+r.Mod.String())
	}
	for _, e := range f.Exclude {
		facts = append(facts, of+"exclude "+e.Mod.String())
	}
	for _, r := range f.Replace {
		facts = append(facts, of+"replace "+r.Old.String()+" => "+r.New.String())
	}
	return facts
}

// modErrors turns what the parser of go.mod says into diagnostics.
func modErrors(name string, err error) (diags diag.List) {
	var list modfile.ErrorList
	if !errors.As(err, &list) {
		diags.Errorf(diag.Syntax, diag.Pos{File: name, Line: 1, Col: 1}, "", "%v", err)
	}
	for _, e := range list {
		diags.Errorf(diag.Syntax, diag.Pos{File: name, Line: max(e.Pos.Line, 1), Col: max(e.Pos.LineRune, 1)}, "", "%v", e.Err)
	}
	return diags
}

func modPos(dir string, p modfile.Position) diag.Pos {
	return diag.Pos{File: path.Join(dir, "go.mod"), Line: p.Line, Col: p.LineRune}
}

// relative gives the path from folder base to folder dir below it.
func relative(base, dir string) string {
	if base == "." {
		return dir
	}
	return strings.TrimPrefix(strings.TrimPrefix(dir, base), "/")
}
