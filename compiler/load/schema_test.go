package load_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bentoc.dev/compiler/load"
	"bentoc.dev/schema"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	cueload "cuelang.org/go/cue/load"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestPlainCUE evaluates the design's example as `cue vet -c` does, with
// nothing but the vendored copy of the schema: what bentoc accepts, CUE's own
// tools and editors accept too.
func TestPlainCUE(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"design", "hello"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ar, err := txtar.ParseFile("testdata/" + name + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range ar.Files {
				if !strings.HasPrefix(f.Name, "out/") {
					write(t, filepath.Join(dir, f.Name), f.Data)
				}
			}
			for path, data := range load.Vendor() {
				write(t, filepath.Join(dir, path), data)
			}
			inst := cueload.Instances([]string{"."}, &cueload.Config{Dir: dir, Env: []string{"CUE_REGISTRY=none"}})[0]
			if inst.Err != nil {
				t.Fatal(errors.Details(inst.Err, nil))
			}
			v := cuecontext.New().BuildInstance(inst)
			if err := v.Validate(cue.Concrete(true), cue.Final()); err != nil {
				t.Fatal(errors.Details(err, nil))
			}
		})
	}
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
