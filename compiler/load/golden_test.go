package load_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/load"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestGolden loads the bento of every archive under testdata and compares what
// comes of it: the IR with its diagnostics, or the diagnostics alone. Run with
// BENTOC_UPDATE=1 to write the results into the archives.
//
// The comment of an archive says what it is about; lines in it that begin with
// "tags:" or "path:" are options. Files below modules/PATH@VERSION are of CUE modules.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			golden(t, file)
		})
	}
}

func golden(t *testing.T, file string) {
	t.Helper()
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	res, diags, err := load.Bento(t.Context(), folder(t, ar), options(t, ar))
	if err != nil {
		t.Fatalf("loading: %v", err)
	}
	got := map[string][]byte{}
	if len(diags) > 0 {
		got["out/diag"] = text(t, diags, res)
	}
	if !diags.HasErrors() {
		got["out/ir"] = irJSON(t, res.IR)
		if _, err := res.IR.Canonical(); err != nil {
			t.Errorf("the IR has no canonical form: %v", err)
		}
	}
	compare(t, file, ar, got)
}

// folder unpacks the archive, onto a disk since that has links.
func folder(t *testing.T, ar *txtar.Archive) fs.FS {
	t.Helper()
	dir := t.TempDir()
	for _, f := range ar.Files {
		if strings.HasPrefix(f.Name, "out/") || strings.HasPrefix(f.Name, "modules/") {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutSuffix(f.Name, ".symlink"); ok {
			if err := os.Symlink(strings.TrimSpace(string(f.Data)), filepath.Join(dir, filepath.FromSlash(target))); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root.FS()
}

// options reads the options of an archive.
func options(t *testing.T, ar *txtar.Archive) load.Options {
	t.Helper()
	opts := load.Options{Called: "ROOT", Modules: func(_ context.Context, m load.Module) (fs.FS, error) {
		files := fstest.MapFS{}
		for _, f := range ar.Files {
			if name, ok := strings.CutPrefix(f.Name, "modules/"+m.String()+"/"); ok {
				files[name] = &fstest.MapFile{Data: f.Data}
			}
		}
		if len(files) == 0 {
			return nil, diag.List{{Severity: diag.Error, Code: diag.CUEModule, Pos: m.Pos, Message: m.String() + " is not here"}}
		}
		return files, nil
	}}
	for line := range strings.SplitSeq(string(ar.Comment), "\n") {
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "tags":
			opts.Tags = strings.Fields(value)
		case "path":
			if opts.Dir = value; strings.HasSuffix(value, ".cue") {
				opts.Dir, opts.File = path.Split(value)
				opts.Dir = path.Clean(opts.Dir)
			}
		}
	}
	return opts
}

func text(t *testing.T, diags diag.List, res *load.Result) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := diag.Text(&buf, diags, diag.Options{Source: res.Source}); err != nil {
		t.Fatal(err)
	}
	return inSchema.ReplaceAll(buf.Bytes(), []byte("$1"))
}

// inSchema matches a place in the schema: its lines move with every field that the
// schema gets.
var inSchema = regexp.MustCompile(`(bentoc\.dev/schema@v0/[a-z]+\.cue):\d+:\d+`)

func irJSON(t *testing.T, b *ir.Bento) []byte {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(b); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// compare checks the results against the archive's out/ files, or writes them.
func compare(t *testing.T, file string, ar *txtar.Archive, got map[string][]byte) {
	t.Helper()
	if os.Getenv("BENTOC_UPDATE") != "" {
		out := &txtar.Archive{Comment: ar.Comment}
		for _, f := range ar.Files {
			if !strings.HasPrefix(f.Name, "out/") {
				out.Files = append(out.Files, f)
			}
		}
		for _, name := range []string{"out/diag", "out/ir"} {
			if data, ok := got[name]; ok {
				out.Files = append(out.Files, txtar.File{Name: name, Data: data})
			}
		}
		if err := os.WriteFile(file+".new", txtar.Format(out), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := map[string][]byte{}
	for _, f := range ar.Files {
		if strings.HasPrefix(f.Name, "out/") {
			want[f.Name] = f.Data
		}
	}
	for _, name := range []string{"out/diag", "out/ir"} {
		if !bytes.Equal(got[name], want[name]) {
			t.Errorf("%s differs (BENTOC_UPDATE=1 writes it)\n--- got\n%s\n--- want\n%s", name, got[name], want[name])
		}
	}
}
