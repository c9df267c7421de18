package workspace

import (
	"fmt"
	"go/version"
	"io/fs"
	"path"
	"slices"

	"golang.org/x/mod/modfile"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/pin"
)

// checkGo finds a module that asks for a newer Go than bentoc compiles with.
func checkGo(m *gosrc.Module) (diags diag.List) {
	if m.Go == "" || version.Compare("go"+m.Go, pin.GoVersion) <= 0 {
		return nil
	}
	pos := diag.Pos{File: path.Join(m.Dir, "go.mod"), Line: 1, Col: 1}
	if f, err := modfile.ParseLax("go.mod", m.GoMod, nil); err == nil && f.Go != nil {
		pos.Line, pos.Col = f.Go.Syntax.Start.Line, f.Go.Syntax.Start.LineRune
	}
	diags.Errorf(diag.BadValue, pos, "", "the module asks for Go %s; this bentoc compiles with %s", m.Go, pin.GoVersion).
		Hintf("lower the go line, or use a newer bentoc")
	return diags
}

// addSteps adds the files of the user's module that the steps are made of, and
// those of the modules that its go.mod replaces by folders. For what is still to
// be written something stands in that imports nothing: modules can be chosen
// without it.
func (b *builder) addSteps(r Request) error {
	b.use = append(b.use, path.Join(UserDir, r.Steps.Dir))
	if mod := path.Join(r.Steps.Dir, "go.mod"); !slices.Contains(r.Steps.Files, mod) {
		b.addFile(path.Join(UserDir, mod), fmt.Appendf(nil, "module %s\n\ngo %s\n", r.Steps.Path, goVersion()))
	}
	for _, p := range r.Steps.Absent {
		b.addFile(path.Join(UserDir, p.Dir, "absent.go"), []byte("package absent\n"))
	}
	for _, f := range r.Gen.Bentogen {
		b.addFile(path.Join(UserDir, r.Steps.Bentogen, f.Path), f.Data)
	}
	for _, name := range r.Steps.Files {
		data, err := fs.ReadFile(r.FS, name)
		if err != nil {
			return err
		}
		file := File{path.Join(UserDir, name), data}
		if path.Base(name) == "go.sum" {
			b.w.Sums = append(b.w.Sums, file)
			continue
		}
		b.addFile(file.Path, data)
		if path.Base(name) == "go.mod" {
			if err := b.noteRequirements(name, data); err != nil {
				return err
			}
		}
	}
	return nil
}

// noteRequirements notes the statements of a go.mod that decide about versions,
// without comments and layout.
func (b *builder) noteRequirements(name string, data []byte) error {
	f, err := modfile.Parse(name, data, nil)
	if err != nil {
		return err
	}
	note := func(format string, args ...any) { b.facts = append(b.facts, name+": "+fmt.Sprintf(format, args...)) }
	if f.Go != nil {
		note("go %s", f.Go.Version)
	}
	for _, r := range f.Require {
		note("require %s", r.Mod)
	}
	for _, e := range f.Exclude {
		note("exclude %s", e.Mod)
	}
	for _, r := range f.Replace {
		note("replace %s => %s", r.Old, r.New)
	}
	return nil
}
