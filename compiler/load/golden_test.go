package load_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
// "tags:", "path:" or "signatures:" are options.
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
	res, diags, err := load.Bento(t.Context(), options(t, ar))
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

// options unpacks the archive and reads its options.
func options(t *testing.T, ar *txtar.Archive) load.Options {
	t.Helper()
	dir := t.TempDir()
	for _, f := range ar.Files {
		if strings.HasPrefix(f.Name, "out/") {
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
	opts := load.Options{Path: dir}
	for line := range strings.SplitSeq(string(ar.Comment), "\n") {
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "tags":
			opts.Tags = strings.Fields(value)
		case "path":
			opts.Path = filepath.Join(dir, filepath.FromSlash(value))
		case "signatures":
			opts.Signatures = map[string]ir.Signature{}
			if err := json.Unmarshal([]byte(value), &opts.Signatures); err != nil {
				t.Fatal(err)
			}
		}
	}
	return opts
}

func text(t *testing.T, diags diag.List, res *load.Result) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := diag.Text(&buf, diags, diag.Options{Source: res.Source, Rel: func(f string) string {
		return strings.ReplaceAll(f, res.Root, "ROOT")
	}}); err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(buf.Bytes(), []byte(res.Root), []byte("ROOT"))
}

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
