package load_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/load"
	"bentoc.dev/schema"
)

const minimal = `package m

import "bentoc.dev/schema@v0"

bento: schema.#Bento & {
	name: "m"
	runners: a: {engine: go: {package: "./s", func: "A"}, #input: {}, #output: {}}
	services: m: endpoints: a: runner: runners.a
}
`

// project writes files into a new folder and gives its path.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(text))
	}
	return dir
}

// TestFiles checks what a load says that it read: the user's files and the
// schema, not a vendored copy of it.
func TestFiles(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"cue.mod/module.cue": "module: \"example.com/m@v0\"\nlanguage: version: \"v0.15.0\"\n",
		"svc/bento.cue":      minimal,
		"svc/notes.txt":      "not read",
	}
	for name, data := range load.Vendor() {
		files[name] = string(data)
	}
	dir := project(t, files)
	res, diags, err := load.Bento(t.Context(), load.Options{Path: filepath.Join(dir, "svc", "bento.cue")})
	if err != nil || len(diags) > 0 {
		t.Fatalf("%v %v", err, diags)
	}
	if res.Root != dir || res.Dir != "svc" {
		t.Errorf("root %s, dir %s", res.Root, res.Dir)
	}
	if len(res.Files["svc/bento.cue"]) != 64 || res.Files["svc/notes.txt"] != "" {
		t.Errorf("files: %v", res.Files)
	}
	for name := range res.Files {
		if strings.Contains(name, "cue.mod/pkg") {
			t.Errorf("the vendored %s was read", name)
		}
	}
	if string(res.Source("svc/bento.cue")) != minimal {
		t.Error("the source of bento.cue is another")
	}
	if string(res.Source("bentoc.dev/schema@v0/bento.cue")) != string(schema.Files()["bento.cue"]) {
		t.Error("the source of the schema is another")
	}
	if res.Source("nowhere.cue") != nil {
		t.Error("there is a source of nowhere.cue")
	}
}

// TestPositions checks that places are in the user's files, and that every
// field has one.
func TestPositions(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"bento.cue": minimal})
	res, _, err := load.Bento(t.Context(), load.Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"name": "bento.cue:6:8", "runners.a": "bento.cue:7:11", "runners.a.engine.go.func": "bento.cue:7:50",
		"services.m.endpoints.a.runner": "bento.cue:8:37",
	} {
		if got := res.IR.At[path].String(); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
	if got := res.IR.Runners["a"].Pos.String(); got != "bento.cue:7:11" {
		t.Errorf("the runner is at %s", got)
	}
}

// TestTimeLimit checks that an evaluation without end is a diagnostic, not a
// wait.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"bento.cue": "package m\n\nimport \"list\"\n\nx: list.Range(0, 40000, 1)\n"})
	start := time.Now()
	res, diags, err := load.Bento(t.Context(), load.Options{Path: dir, TimeLimit: 30 * time.Millisecond})
	if err != nil || len(diags) != 1 || diags[0].Code != diag.EvalLimit || res.IR != nil {
		t.Fatalf("%v %v", diags, err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestCancel checks that a cancelled context ends the wait with its cause.
func TestCancel(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"bento.cue": "package m\n\nimport \"list\"\n\nx: list.Range(0, 40000, 1)\n"})
	cause := errors.New("stopped by the test")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, _, err := load.Bento(ctx, load.Options{Path: dir}); !errors.Is(err, cause) {
		t.Fatalf("the error is %v", err)
	}
}

// TestVendorFresh checks that a project whose copy of the schema is the tool's
// own gets no warning, and that init's module file is taken.
func TestVendorFresh(t *testing.T) {
	t.Parallel()
	files := map[string]string{"bento.cue": minimal, "cue.mod/module.cue": string(load.ModuleFile("example.com/m"))}
	for name, data := range load.Vendor() {
		if !strings.HasPrefix(string(data), "// bentoc schema "+schema.Version+" sha256:"+schema.Digest()) {
			t.Errorf("%s has no header", name)
		}
		files[name] = string(data)
	}
	if _, diags, err := load.Bento(t.Context(), load.Options{Path: project(t, files)}); err != nil || len(diags) > 0 {
		t.Fatalf("%v %v", diags, err)
	}
}

// TestUnreadable checks that what users are not to blame for is an error.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bento.cue"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, diags, err := load.Bento(t.Context(), load.Options{Path: dir}); err == nil {
		t.Fatalf("no error, but %v", diags)
	}
}

func BenchmarkDesign(b *testing.B) {
	dir := b.TempDir()
	text, err := os.ReadFile("testdata/design.txtar")
	if err != nil {
		b.Fatal(err)
	}
	_, bento, _ := strings.Cut(string(text), "-- bento.cue --\n")
	bento, _, _ = strings.Cut(bento, "-- out/")
	if err := os.WriteFile(filepath.Join(dir, "bento.cue"), []byte(bento), 0o644); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, diags, err := load.Bento(b.Context(), load.Options{Path: dir}); err != nil || len(diags) > 0 {
			b.Fatal(err, diags)
		}
	}
}
