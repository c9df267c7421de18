package compiler_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"cuelang.org/go/mod/modregistrytest"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/cuemod"
	"bentoc.dev/compiler/fetch/fetchtest"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/store"
)

// TestCUEModuleCarried carries a locked CUE module to another store, and loads a bento
// of a tree that is on no disk with it, without a registry.
func TestCUEModuleCarried(t *testing.T) {
	t.Parallel()
	tree := func(files map[string]string) fstest.MapFS {
		out := fstest.MapFS{}
		for name, text := range files {
			out[name] = &fstest.MapFile{Data: []byte(text)}
		}
		return out
	}
	r, err := modregistrytest.New(tree(map[string]string{
		"example.org_policy_v0.1.0/cue.mod/module.cue": "module: \"example.org/policy@v0\"\nlanguage: version: \"v0.15.0\"\n",
		"example.org_policy_v0.1.0/policy.cue":         "package policy\n\nname: \"carried\"\n",
	}), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	here := fetchtest.New(t, "CUE_REGISTRY="+r.Host()+"+insecure", "HOME="+t.TempDir())
	m := cuemod.Module{Path: "example.org/policy@v0", Version: "v0.1.0"}
	b, err := cuemod.New(here).Find(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("bentoc-lock 1\ncue %s %s %d %s\n", m.Path, m.Version, b.Size, b.Digest)
	f, diags := lock.Parse("bento.lock", []byte(text))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	items, err := f.Bring(t.Context(), lock.BringRequest{Fetch: here})
	if err != nil || len(items) != 1 {
		t.Fatalf("%v %v", items, err)
	}
	var bundle bytes.Buffer
	if err := here.Store.WriteBundle(t.Context(), &bundle, items); err != nil {
		t.Fatal(err)
	}
	there := fetchtest.New(t, "CUE_REGISTRY=none", "HOME="+t.TempDir())
	bento := tree(map[string]string{
		"cue.mod/module.cue": "module: \"example.com/m@v0\"\nlanguage: version: \"v0.15.0\"\ndeps: \"example.org/policy@v0\": v: \"v0.1.0\"\n",
		"bento.cue":          "package m\n\nimport (\n\t\"bentoc.dev/schema@v0\"\n\t\"example.org/policy\"\n)\n\nbento: schema.#Bento & {\n\tname: policy.name\n\trunners: a: {engine: go: {package: \"./s\", func: \"A\"}, #input: {}, #output: {}}\n\tservices: m: endpoints: a: runner: runners.a\n}\n",
		"bento.lock":         text,
	})
	vet := func() (string, diag.List) {
		var found diag.List
		s := compiler.New(compiler.Options{
			Path: ".", FS: bento, Store: func() (*fetch.Client, error) { return there, nil },
			Report: func(_ *compiler.Session, diags diag.List) error { found = diags; return nil },
		})
		_ = s.Vet(t.Context(), nil, compiler.VetOptions{NoSteps: true}) // found has what is wrong
		if s.IR == nil {
			return "", found
		}
		return s.IR.Name, found
	}
	if name, diags := vet(); name != "" || len(diags) != 1 || diags[0].Code != diag.CUEModule || !strings.Contains(diags[0].Hint, "bentoc lock") {
		t.Errorf("nothing there: %q %v", name, diags)
	}
	if _, err := compiler.ImportStore(t.Context(), there, &bundle); err != nil {
		t.Fatal(err)
	}
	if name, diags := vet(); name != "carried" || len(diags) > 0 {
		t.Errorf("%q %v", name, diags)
	}
	// A lock that names another content of the same version is believed over the store.
	bento["bento.lock"].Data = []byte(strings.Replace(text, b.Digest, store.DigestOf([]byte("other")), 1))
	if name, diags := vet(); name != "" || len(diags) != 1 {
		t.Errorf("%q %v", name, diags)
	}
}
