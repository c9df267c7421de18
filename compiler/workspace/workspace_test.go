package workspace_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/workspace"
)

func output(imports ...string) *gen.Output {
	return &gen.Output{
		ServerModule:   "bento.local/app",
		Server:         []gen.File{{Path: "main.go", Data: []byte("package main\n")}, {Path: "schema.json", Data: []byte("{}")}},
		Bentogen:       []gen.File{{Path: "types.go", Data: []byte("package bentogen // fresh\n")}},
		RuntimeImports: imports,
	}
}

func steps(files map[string]string) (*gosrc.Module, fstest.MapFS) {
	fsys := fstest.MapFS{}
	m := &gosrc.Module{Dir: "app", Path: "example.com/app", Go: "1.26", Bentogen: "app/bento/bentogen"}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		m.Files = append(m.Files, name)
	}
	if mod := fsys["app/go.mod"]; mod != nil {
		m.GoMod = mod.Data
	}
	return m, fsys
}

func build(t *testing.T, r workspace.Request) *workspace.Workspace {
	t.Helper()
	w, diags, err := workspace.New(r)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	return w
}

func file(w *workspace.Workspace, path string) string {
	i := slices.IndexFunc(w.Files, func(f workspace.File) bool { return f.Path == path })
	if i < 0 {
		return "(none)"
	}
	return string(w.Files[i].Data)
}

func TestWithoutSteps(t *testing.T) {
	t.Parallel()
	w := build(t, workspace.Request{Gen: output("bentoc.dev/runtime/spec")})
	if got, want := file(w, "go.work"), "go 1.26.8\n\nuse (\n\t./bentoc.dev\n\t./server\n)\n"; got != want {
		t.Errorf("go.work:\n%s", got)
	}
	if got, want := file(w, "server/go.mod"), "module bento.local/app\n\ngo 1.26.8\n"; got != want {
		t.Errorf("server/go.mod:\n%s", got)
	}
	if got := file(w, "bentoc.dev/go.mod"); got != "module bentoc.dev\n\ngo 1.26.8\n" {
		t.Errorf("packages without modules of others require some:\n%s", got)
	}
	for _, f := range w.Files {
		if strings.HasPrefix(f.Path, "bentoc.dev/runtime/") && !strings.HasPrefix(f.Path, "bentoc.dev/runtime/spec/") {
			t.Errorf("%s is not needed", f.Path)
		}
		if strings.HasSuffix(f.Path, "_test.go") {
			t.Errorf("%s is a test", f.Path)
		}
	}
	if !slices.IsSortedFunc(w.Files, func(a, b workspace.File) int { return strings.Compare(a.Path, b.Path) }) {
		t.Error("the files are not sorted")
	}
}

func TestRuntimePackagesBringWhatTheyImport(t *testing.T) {
	t.Parallel()
	w := build(t, workspace.Request{Gen: output("bentoc.dev/runtime/server")})
	if file(w, "bentoc.dev/runtime/graph/graph.go") == "(none)" {
		t.Error("runtime/server came without runtime/graph")
	}
	if file(w, "bentoc.dev/runtime/server/page.html") == "(none)" {
		t.Error("a file that go:embed names is not there")
	}
	if got := file(w, "bentoc.dev/go.mod"); !strings.Contains(got, "github.com/sourcegraph/conc v") {
		t.Errorf("bentoc.dev/go.mod:\n%s", got)
	}
	if len(w.Sums) != 1 || !strings.Contains(string(w.Sums[0].Data), "github.com/sourcegraph/conc") {
		t.Errorf("sums: %q", w.Sums)
	}
}

func TestWithSteps(t *testing.T) {
	t.Parallel()
	m, fsys := steps(map[string]string{
		"app/go.mod": "module example.com/app\n\ngo 1.26\n", "app/go.sum": "sums\n", "app/bento/steps/a.go": "package steps\n",
	})
	m.Imports = []string{"bentoc.dev/runtime/tensor"}
	fsys["app/bento/bentogen/types.go"] = &fstest.MapFile{Data: []byte("package bentogen // stale\n")}
	w := build(t, workspace.Request{Gen: output("bentoc.dev/runtime/spec"), Steps: m, FS: fsys})
	if got := file(w, "go.work"); !strings.Contains(got, "\t./user/app\n") {
		t.Errorf("go.work:\n%s", got)
	}
	if got := file(w, "user/app/bento/bentogen/types.go"); !strings.Contains(got, "fresh") {
		t.Errorf("bentogen: %s", got)
	}
	if file(w, "user/app/bento/steps/a.go") == "(none)" || file(w, "user/app/go.sum") != "(none)" {
		t.Errorf("wrong files: %q", w.Files)
	}
	if !slices.ContainsFunc(w.Sums, func(f workspace.File) bool { return f.Path == "user/app/go.sum" }) {
		t.Errorf("sums: %q", w.Sums)
	}
	if file(w, "bentoc.dev/runtime/tensor/tensor.go") == "(none)" {
		t.Error("a package of the runtime that a step imports is not there")
	}
}

func TestNewerGo(t *testing.T) {
	t.Parallel()
	m, fsys := steps(map[string]string{"app/go.mod": "module example.com/app\n\ngo 1.99\n"})
	m.Go = "1.99"
	_, diags, err := workspace.New(workspace.Request{Gen: output(), Steps: m, FS: fsys})
	if err != nil || len(diags) != 1 || diags[0].Code != diag.BadValue || diags[0].Pos.String() != "app/go.mod:3:1" {
		t.Errorf("got %v, %v", diags, err)
	}
}
