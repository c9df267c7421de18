package load_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/load"
	"bentoc.dev/schema"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	cueload "cuelang.org/go/cue/load"
	"cuelang.org/go/mod/modregistrytest"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestPlainCUE evaluates every example, and every bento under testdata that bentoc takes,
// as `cue vet -c` does, with nothing but the vendored copy of the schema: what bentoc
// accepts, CUE's own tools and editors accept too.
func TestPlainCUE(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archives {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(ar.Files, func(f txtar.File) bool { return f.Name == "out/ir" }) {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			opts := options(t, ar)
			v := plainCUE(t, folder(t, ar), opts.Dir, opts.Tags, "CUE_REGISTRY="+registry(t, ar), "CUE_CACHE_DIR="+t.TempDir())
			// What comes of packages from elsewhere is in there.
			if text, err := v.LookupPath(cue.ParsePath("bento.description")).String(); err == nil {
				res, _, err := load.Bento(t.Context(), folder(t, ar), opts)
				if err != nil || res.IR == nil || res.IR.Doc != text {
					t.Errorf("plain CUE describes the bento as %q: %+v %v", text, res.IR, err)
				}
			}
		})
	}
	examples, err := filepath.Glob("../../examples/*/bento.cue")
	if err != nil || len(examples) < 4 {
		t.Fatalf("examples: %q, %v", examples, err)
	}
	for _, file := range examples {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			plainCUE(t, os.DirFS(filepath.Dir(file)), "", nil, "CUE_REGISTRY=none")
		})
	}
}

// registry serves the CUE modules of an archive, and gives what CUE_REGISTRY says then.
func registry(t *testing.T, ar *txtar.Archive) string {
	t.Helper()
	files := fstest.MapFS{}
	for _, f := range ar.Files {
		if name, ok := strings.CutPrefix(f.Name, "modules/"); ok {
			module, inside, _ := strings.Cut(name, "@")
			version, inside, _ := strings.Cut(inside, "/")
			files[strings.ReplaceAll(module, "/", "_")+"_"+version+"/"+inside] = &fstest.MapFile{Data: f.Data}
		}
	}
	if len(files) == 0 {
		return "none"
	}
	r, err := modregistrytest.New(files, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r.Host() + "+insecure"
}

// plainCUE evaluates the package in a folder of a module with CUE alone.
func plainCUE(t *testing.T, module fs.FS, in string, tags []string, env ...string) cue.Value {
	t.Helper()
	v, err := vetted(t, module, in, tags, env...)
	if err != nil {
		t.Fatal(errors.Details(err, nil))
	}
	return v
}

// vetted gives the value, and what `cue vet -c` says about it.
func vetted(t *testing.T, module fs.FS, in string, tags []string, env ...string) (cue.Value, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, module); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "cue.mod/pkg/bentoc.dev")); err != nil {
		t.Fatal(err)
	}
	for path, data := range load.Vendor() {
		write(t, filepath.Join(dir, path), data)
	}
	if name := filepath.Join(dir, "cue.mod/module.cue"); !exists(name) { // bentoc makes one up
		write(t, name, []byte("module: \"bento.local@v0\"\nlanguage: version: \"v0.15.0\"\n"))
	}
	what := "."
	if text, err := os.ReadFile(filepath.Join(dir, in, load.FileName)); err == nil && !bytes.Contains(text, []byte("package ")) {
		what = load.FileName
	}
	inst := cueload.Instances([]string{what}, &cueload.Config{Dir: filepath.Join(dir, in), Tags: tags, Env: append(env, "HOME="+dir)})[0]
	if inst.Err != nil {
		return cue.Value{}, inst.Err
	}
	v := cuecontext.New().BuildInstance(inst)
	return v, v.Validate(cue.Attributes(true), cue.Definitions(true), cue.Hidden(true), cue.Concrete(true))
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// embedded evaluates the schema's own package.
func embedded(t *testing.T) cue.Value {
	t.Helper()
	inst := cueload.Instances([]string{"."}, &cueload.Config{Dir: "../../schema", Env: []string{"CUE_REGISTRY=none"}})[0]
	if inst.Err != nil {
		t.Fatal(errors.Details(inst.Err, nil))
	}
	return cuecontext.New().BuildInstance(inst)
}

// TestSchemaVersion checks that the version in the CUE text is the one in Go.
func TestSchemaVersion(t *testing.T) {
	t.Parallel()
	got, err := embedded(t).LookupPath(cue.ParsePath("#Bento.#schema")).String()
	if err != nil || got != schema.Version {
		t.Fatalf("#schema is %q (%v), want %q", got, err, schema.Version)
	}
}

// TestSchemaDocumented checks that every field and definition says what it is for:
// the comments are the reference and what editors show.
func TestSchemaDocumented(t *testing.T) {
	t.Parallel()
	documented(t, embedded(t), "", 0)
}

func documented(t *testing.T, v cue.Value, path string, depth int) {
	t.Helper()
	if v.IncompleteKind() != cue.StructKind || depth > 4 {
		return
	}
	it, err := v.Fields(cue.Optional(true), cue.Definitions(true))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for it.Next() {
		name := path + "." + it.Selector().String()
		if len(it.Value().Doc()) == 0 && it.Selector().String() != "#kind" && !strings.Contains(path, "#signature") {
			t.Errorf("%s has no comment", name)
		}
		documented(t, it.Value(), name, depth+1)
	}
}
