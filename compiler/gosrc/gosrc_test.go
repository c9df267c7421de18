package gosrc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"bentoc.dev/compiler/golden"
	"bentoc.dev/compiler/ir"
)

// TestLoad runs the archives of testdata. The file "bento" names the folder of
// bento.cue, then a runner a line: NAME PACKAGE FUNC [OPEN CLOSE], served unless NAME begins
// with idle; the file "want" is what Load says; the others are the module.
func TestLoad(t *testing.T) {
	t.Parallel()
	golden.Run(t, func(t *testing.T, c golden.Case) (files []txtar.File) {
		for _, f := range c.Files {
			if f.Name != "want" {
				files = append(files, f)
			}
		}
		dir, b := readBento(string(c.Section("bento")))
		return append(files, txtar.File{Name: "want", Data: []byte(run(t, module(c), dir, b, options(c)))})
	})
}

// options has types checked where a case brings a library: lib/PACKAGE/FILE.
func options(c golden.Case) Options {
	lib, generated := libraryFS{fstest.MapFS{}}, map[string][]byte{}
	for _, f := range c.Files {
		if name, ok := strings.CutPrefix(f.Name, "lib/"); ok {
			lib.MapFS[name] = &fstest.MapFile{Data: f.Data}
		}
		if name, ok := strings.CutPrefix(f.Name, "generated/"); ok {
			generated[name] = f.Data
		}
	}
	if len(lib.MapFS) == 0 {
		return Options{}
	}
	return Options{Library: lib, Generated: func() (map[string][]byte, error) { return generated, nil }}
}

type libraryFS struct{ fstest.MapFS }

func (l libraryFS) Folder(importPath string) (Folder, error) {
	if _, err := fs.Stat(l, importPath); err != nil && !standard(importPath) {
		return Folder{}, &NotHereError{What: "the module of " + importPath}
	}
	return Folder{FS: l, Dir: importPath}, nil
}

// module gives the user's module of a case.
func module(c golden.Case) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, f := range c.Files {
		if f.Name != "bento" && f.Name != "want" && !strings.HasPrefix(f.Name, "lib/") && !strings.HasPrefix(f.Name, "generated/") {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return fsys
}

// whole gives the case of a module that has everything.
func whole(t *testing.T) golden.Case {
	t.Helper()
	cases := golden.Cases(t)
	i := slices.IndexFunc(cases, func(c golden.Case) bool { return c.Name == "whole" })
	if i < 0 {
		t.Fatal("there is no testdata/whole.txtar")
	}
	return cases[i]
}

func readBento(text string) (dir string, b *ir.Bento) {
	endpoints := map[string]*ir.Endpoint{}
	b = &ir.Bento{
		Name: "test", Platforms: []string{"linux/amd64", "linux/arm64"}, Runners: map[string]*ir.Runner{},
		Services: map[string]*ir.Service{"test": {Endpoints: endpoints}},
	}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		words := strings.Fields(line)
		if i == 0 {
			dir = words[0]
			continue
		}
		e := &ir.GoEngine{Package: words[1], Func: words[2], Pos: ir.Pos{File: "bento.cue", Line: i, Col: 1}}
		if len(words) > 4 {
			e.Open, e.Close = words[3], words[4]
		}
		b.Runners[words[0]] = &ir.Runner{Engine: ir.Engine{Go: e}}
		if !strings.HasPrefix(words[0], "idle") {
			endpoints[words[0]] = &ir.Endpoint{Runner: words[0]}
		}
	}
	return dir, b
}

func run(t *testing.T, fsys fs.FS, dir string, b *ir.Bento, o Options) string {
	m, diags, err := Load(fsys, dir, b, o)
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for _, d := range diags {
		fmt.Fprintf(&s, "%s: %s [%s]\n", d.Pos, d.Message, d.Code)
		if d.Hint != "" {
			fmt.Fprintf(&s, "\thint: %s\n", d.Hint)
		}
		for _, r := range d.Related {
			fmt.Fprintf(&s, "\t%s: %s\n", r.Pos, r.Message)
		}
	}
	if m == nil {
		return s.String()
	}
	fmt.Fprintf(&s, "module %s in %s, go %s, bentogen %s\n", m.Path, m.Dir, m.Go, m.Bentogen)
	if m.Unchecked != "" {
		fmt.Fprintf(&s, "unchecked: %s\n", m.Unchecked)
	}
	for _, r := range m.Requires {
		fmt.Fprintf(&s, "requires %s %s indirect=%v %s\n", r.Path, r.Version, r.Indirect, r.Replaced)
	}
	for _, p := range m.Packages {
		fmt.Fprintf(&s, "package %s %s in %s\n", p.Name, p.Path, p.Dir)
	}
	for _, p := range m.Absent {
		fmt.Fprintf(&s, "absent %s %s in %s\n", p.Name, p.Path, p.Dir)
	}
	for _, i := range m.Imports {
		fmt.Fprintf(&s, "imports %s\n", i)
	}
	for _, p := range m.HTTP {
		fmt.Fprintf(&s, "HTTP on %s\n", p)
	}
	for _, f := range m.Files {
		fmt.Fprintf(&s, "file %s\n", f)
	}
	return s.String()
}

// TestSymlinks: a link inside the module is a file, one that leads out is a
// mistake, and what it leads to is never read.
func TestSymlinks(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	write(t, filepath.Join(top, "secret", "s.go"), "package steps\n\nfunc Secret() {}\n")
	root := filepath.Join(top, "root")
	write(t, filepath.Join(root, "go.mod"), "module example.com/m\n\ngo 1.26\n")
	write(t, filepath.Join(root, "ok", "a.go"), stepSource)
	write(t, filepath.Join(root, "shared.go"), "package steps\n")
	link(t, "../shared.go", filepath.Join(root, "ok", "b.go"))
	write(t, filepath.Join(root, "bad", "a.go"), stepSource)
	link(t, "../../secret/s.go", filepath.Join(root, "bad", "s.go"))
	link(t, "../secret", filepath.Join(root, "out"))

	r, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, c := range []struct{ bento, want string }{
		{".\nx ./ok X", "package steps example.com/m/ok in ok\nfile go.mod\nfile ok/a.go\nfile ok/b.go\n"},
		{".\nx ./bad X", "leaves the module by a symbolic link"},
		{".\nx ./out X", "package ./out leaves the module by a symbolic link [outside-module]"},
	} {
		dir, b := readBento(c.bento)
		if got := run(t, r.FS(), dir, b, Options{}); !strings.Contains(got, c.want) {
			t.Errorf("%q: got:\n%s\nwant in it:\n%s", c.bento, got, c.want)
		}
	}
}

const stepSource = `package steps

import (
	"context"

	"example.com/m/bentogen"
)

func X(context.Context, bentogen.XInput) (out bentogen.XOutput, err error) { return }
`

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

// TestNoSteps: a bento without Go steps needs no Go module.
func TestNoSteps(t *testing.T) {
	t.Parallel()
	m, diags, err := Load(fstest.MapFS{}, ".", &ir.Bento{Runners: map[string]*ir.Runner{"det": {Engine: ir.Engine{ONNX: &ir.ONNXEngine{Model: "det"}}}}}, Options{})
	if m != nil || len(diags) > 0 || err != nil {
		t.Errorf("got %v, %v, %v", m, diags, err)
	}
}

// TestDeterministic: the same module gives the same answer each time.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	c := whole(t)
	dir, b := readBento(string(c.Section("bento")))
	first := run(t, module(c), dir, b, Options{})
	for range 25 {
		if again := run(t, module(c), dir, b, Options{}); again != first {
			t.Fatalf("got:\n%s\nfirst:\n%s", again, first)
		}
	}
}

// TestOtherPlatforms: a platform that bentoc does not build for is reported
// elsewhere; here it neither counts nor harms.
func TestOtherPlatforms(t *testing.T) {
	t.Parallel()
	c := whole(t)
	want := string(c.Section("want"))
	for _, platforms := range [][]string{nil, {"plan9"}, {"linux/arm64", "windows/arm", "linux/amd64"}} {
		dir, b := readBento(string(c.Section("bento")))
		b.Platforms = platforms
		if got := run(t, module(c), dir, b, Options{}); got != want {
			t.Errorf("%s: got:\n%s\nwant:\n%s", platforms, got, want)
		}
	}
}
