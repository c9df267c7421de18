package load_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
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

// project is a module with these files.
func project(files map[string]string) fs.FS {
	module := fstest.MapFS{}
	for name, text := range files {
		module[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return module
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
	module := project(files)
	res, diags, err := load.Bento(t.Context(), module, load.Options{Dir: "svc"})
	if err != nil || len(diags) > 0 {
		t.Fatalf("%v %v", err, diags)
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
	module := project(map[string]string{"bento.cue": minimal})
	res, _, err := load.Bento(t.Context(), module, load.Options{})
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
	module := project(map[string]string{"bento.cue": "package m\n\nimport \"list\"\n\nx: list.Range(0, 10000, 1)\n"})
	start := time.Now()
	res, diags, err := load.Bento(t.Context(), module, load.Options{TimeLimit: time.Millisecond})
	if err != nil || len(diags) != 1 || diags[0].Code != diag.EvalLimit || res.IR != nil {
		t.Fatalf("%v %v", diags, err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// TestCancel checks that a cancelled context ends the wait with its cause.
func TestCancel(t *testing.T) {
	t.Parallel()
	module := project(map[string]string{"bento.cue": "package m\n\nimport \"list\"\n\nx: list.Range(0, 10000, 1)\n"})
	cause := errors.New("stopped by the test")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, _, err := load.Bento(ctx, module, load.Options{}); !errors.Is(err, cause) {
		t.Fatalf("the error is %v", err)
	}
}

// TestVendorFresh checks that a project whose copy of the schema is the tool's
// own gets no warning.
func TestVendorFresh(t *testing.T) {
	t.Parallel()
	files := map[string]string{"bento.cue": minimal, "cue.mod/module.cue": "module: \"example.com/m@v0\"\nlanguage: version: \"v0.15.0\"\n"}
	for name, data := range load.Vendor() {
		if !strings.HasPrefix(string(data), "// bentoc schema "+schema.Version+" sha256:"+schema.Digest()) {
			t.Errorf("%s has no header", name)
		}
		files[name] = string(data)
	}
	if _, diags, err := load.Bento(t.Context(), project(files), load.Options{}); err != nil || len(diags) > 0 {
		t.Fatalf("%v %v", diags, err)
	}
}

// TestUnreadable checks that what users are not to blame for is an error.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	module := fstest.MapFS{"bento.cue": {Mode: fs.ModeDir | 0o755}}
	if _, diags, err := load.Bento(t.Context(), module, load.Options{}); err == nil {
		t.Fatalf("no error, but %v", diags)
	}
}

func BenchmarkDesign(b *testing.B) {
	text, err := os.ReadFile("testdata/design.txtar")
	if err != nil {
		b.Fatal(err)
	}
	_, bento, _ := strings.Cut(string(text), "-- bento.cue --\n")
	bento, _, _ = strings.Cut(bento, "-- out/")
	module := project(map[string]string{"bento.cue": bento})
	for b.Loop() {
		if _, diags, err := load.Bento(b.Context(), module, load.Options{}); err != nil || len(diags) > 0 {
			b.Fatal(err, diags)
		}
	}
}

// TestTags checks that a tag which the bento does not take is the command line's
// mistake, told with what it was given.
func TestTags(t *testing.T) {
	t.Parallel()
	module := project(map[string]string{
		"bento.cue": minimal + "bento: env: {SIZE: \"\\(_size)\", MODE: _mode}\n" +
			"_size: int | *1 @tag(size,type=int)\n_mode: string | *\"x\" @tag(mode,short=prod|dev)\n",
		"more.cue": "@if(extra)\n\npackage m\n\nbento: env: EXTRA: \"1\"\n",
	})
	for tags, want := range map[string]string{
		"size=3 prod extra": "",
		"size=3 size=3":     "",
		"sizee=3":           "-t sizee=3: no field takes the tag \"sizee\" | did you mean size?",
		"size=abc":          "-t size=abc: the field with @tag(size) takes a number | ",
		"size":              "-t size: this tag takes a value | write -t size=…",
		"pord":              "-t pord: no file begins with @if(pord), and no field has it as a short form | did you mean prod?",
		"size=3 size=4":     "-t size=4: size is given two values, 3 and 4 | give it once",
	} {
		_, diags, err := load.Bento(t.Context(), module, load.Options{Tags: strings.Fields(tags)})
		got := ""
		var tag *load.TagError
		if errors.As(err, &tag) {
			got = tag.Error() + " | " + tag.Cure
		}
		if got != want || len(diags) > 0 || err != nil && tag == nil {
			t.Errorf("%s: %s %v %v, want %s", tags, got, diags, err, want)
		}
	}
}

// TestBeyondTheStack checks that what CUE would follow until the stack is exhausted,
// which ends the process, is refused before.
func TestBeyondTheStack(t *testing.T) {
	t.Parallel()
	const n = 200_000
	for name, text := range map[string]string{
		"labels":    strings.Repeat("a: ", n) + "1",
		"sum":       "x: 1" + strings.Repeat("+1", n),
		"selectors": "y: a: 1\nx: y" + strings.Repeat(".a", n),
		"indices":   "y: [1]\nx: y" + strings.Repeat("[0]", n),
		"braces":    "x: " + strings.Repeat("{a: ", n) + "1" + strings.Repeat("}", n),
		"texts":     "x: " + strings.Repeat(`"\(`, n) + "1" + strings.Repeat(`)"`, n),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags, err := load.Bento(t.Context(), project(map[string]string{"bento.cue": minimal + text + "\n"}), load.Options{})
			if err != nil || len(diags) != 1 || diags[0].Code != diag.EvalLimit && diags[0].Code != diag.Syntax {
				t.Errorf("%v %v", err, diags)
			}
		})
	}
	long := minimal + "x: [" + strings.Repeat("{a: b: -1}, ", 5_000) + "]\n"
	if _, diags, err := load.Bento(t.Context(), project(map[string]string{"bento.cue": long}), load.Options{}); err != nil || len(diags) > 0 {
		t.Errorf("a long list: %v %v", err, diags)
	}
}

// TestMemoryLimit checks that an evaluation which holds too much is given up.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	endless := minimal + "x: [for i in y for j in y {i}]\ny: [for i in z for j in z {i}]\nz: [" + strings.Repeat("1, ", 10) + "]\n"
	_, diags, err := load.Bento(t.Context(), project(map[string]string{"bento.cue": endless}), load.Options{MemoryLimit: 1, TimeLimit: time.Minute})
	if err != nil || len(diags) != 1 || !strings.Contains(diags[0].Message, "of memory") {
		t.Errorf("%v %v", err, diags)
	}
}
