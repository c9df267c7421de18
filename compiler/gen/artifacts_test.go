package gen_test

import (
	"testing"

	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
)

// Each artifact is made of each case; one that is no tree is a single file, which is
// what compile prints.
func TestArtifacts(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, a := range gen.Artifacts {
		if a.Name == "" || a.Purpose == "" || a.Emit == nil || seen[a.Name] {
			t.Errorf("artifact %q: a row needs a name of its own, a purpose and Emit", a.Name)
			continue
		}
		seen[a.Name] = true
		for _, c := range bentos(t) {
			b, err := ir.Parse(c.Section("ir.json"))
			if err != nil {
				t.Fatal(err)
			}
			check.Run(b, check.Options{}) // it says what graphs give back
			files, err := a.Emit(b, gen.Options{UserModule: c.userModule(), Numbers: numbered(b)})
			if a.Name == "proto" && c.Name == "entries" {
				continue // proto3 has no form for it
			}
			if err != nil || len(files) == 0 || !a.Tree && len(files) != 1 {
				t.Errorf("%s of %s: %d files, %v", a.Name, c.Name, len(files), err)
			}
			for _, f := range files {
				if f.Path == "" || len(f.Data) == 0 {
					t.Errorf("%s of %s: file %q has %d bytes", a.Name, c.Name, f.Path, len(f.Data))
				}
			}
		}
	}
}
