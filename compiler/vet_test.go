package compiler_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/golden"
)

// TestMessages loads and checks the bentos of every archive under testdata: each folder
// is a module, and its file "says" what is said about it. An archive is one kind of
// mistake with its siblings.
//
// Go steps are not looked at: the folders have none.
func TestMessages(t *testing.T) {
	t.Parallel()
	golden.Run(t, func(t *testing.T, c golden.Case) (files []txtar.File) {
		dir := t.TempDir()
		var names []string
		for _, f := range c.Files {
			name, rest, _ := strings.Cut(f.Name, "/")
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			if rest != "says" {
				unpack(t, filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)
			}
		}
		for _, name := range names {
			for _, f := range c.Files {
				if strings.HasPrefix(f.Name, name+"/") && f.Name != name+"/says" {
					files = append(files, f)
				}
			}
			files = append(files, txtar.File{Name: name + "/says", Data: says(t, filepath.Join(dir, name))})
		}
		return files
	})
}

// unpack writes a file; one that ends in .link is a symbolic link to what it says.
func unpack(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if link, ok := strings.CutSuffix(name, ".link"); ok {
		if err := os.Symlink(strings.TrimSpace(string(data)), link); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// says gives what vet says about the module in dir.
func says(t *testing.T, dir string) []byte {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "cue.mod")); err != nil {
		unpack(t, filepath.Join(dir, "cue.mod", "module.cue"), []byte("module: \"example.com/m@v0\"\nlanguage: version: \"v0.15.0\"\n"))
	}
	var diags diag.List
	b := compiler.New(compiler.Options{Path: dir, Report: func(_ *compiler.Session, found diag.List) error {
		diags = found
		return nil
	}})
	defer b.Close()
	if err := b.Load(t.Context()); err != nil && !errors.Is(err, compiler.ErrMistakes) {
		t.Fatalf("%s: %v", filepath.Base(dir), err)
	}
	diags = slices.DeleteFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.MissingStep })
	var out bytes.Buffer
	if err := diag.Text(&out, diags, diag.Options{Source: b.Source}); err != nil {
		t.Fatal(err)
	}
	if out.Len() == 0 {
		return []byte("nothing\n")
	}
	return inSchema.ReplaceAll(bytes.ReplaceAll(out.Bytes(), []byte(dir), []byte("DIR")), []byte("$1"))
}

// inSchema matches a place in the schema: its lines move with every field that the
// schema gets.
var inSchema = regexp.MustCompile(`(bentoc\.dev/schema@v0/[a-z]+\.cue):\d+:\d+`)
