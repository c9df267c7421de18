package load_test

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/load"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestTemplates holds that a bento means the same however it is put together: every folder
// of the archive is one bento, spelled out in plain and by templates in the others.
func TestTemplates(t *testing.T) {
	t.Parallel()
	ar, err := txtar.ParseFile("testdata/templates/forms.txtar")
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]fstest.MapFS{}
	var names []string
	for _, f := range ar.Files {
		name, file, _ := strings.Cut(f.Name, "/")
		if modules[name] == nil {
			names = append(names, name)
			modules[name] = fstest.MapFS{"cue.mod/module.cue": {Data: []byte("module: \"example.com/m@v0\"\nlanguage: version: \"v0.15.0\"\n")}}
		}
		modules[name][file] = &fstest.MapFile{Data: f.Data}
	}
	if len(names) < 50 || !slices.Contains(names, "plain") {
		t.Fatalf("only %d bentos", len(names))
	}
	want := canonicalOf(t, modules["plain"])
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := canonicalOf(t, modules[name]); !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			plainCUE(t, modules[name], "", nil)
		})
	}
}

func canonicalOf(t *testing.T, module fs.FS) []byte {
	t.Helper()
	res, diags, err := load.Bento(t.Context(), module, load.Options{})
	if err != nil || diags.HasErrors() {
		t.Fatalf("%v\n%s", err, text(t, diags, res))
	}
	out, err := res.IR.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
