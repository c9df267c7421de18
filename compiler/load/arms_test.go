package load_test

import (
	"slices"
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/schema"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	cueload "cuelang.org/go/cue/load"
)

// TestArms holds the structs of which one field is set against the schema. What
// has a row an arm elsewhere is held against the struct there.
func TestArms(t *testing.T) {
	t.Parallel()
	files := map[string]cueload.Source{}
	var names []string
	for name, text := range schema.Files() {
		if name == "cue.mod/module.cue" {
			continue
		}
		files["/schema/"+name] = cueload.FromBytes(text)
		names = append(names, "/schema/"+name)
	}
	slices.Sort(names)
	inst := cueload.Instances(names, &cueload.Config{Dir: "/schema", Overlay: files, Env: []string{"CUE_REGISTRY=none"}})[0]
	if inst.Err != nil {
		t.Fatal(inst.Err)
	}
	v := cuecontext.New().BuildInstance(inst)
	for definition, oneOf := range map[string]any{"#Engine": ir.Engine{}, "#Source": ir.Source{}} {
		fields, err := v.LookupPath(cue.ParsePath(definition)).Fields(cue.Optional(true))
		if err != nil {
			t.Fatal(err)
		}
		var arms []string
		for fields.Next() {
			arms = append(arms, fields.Selector().Unquoted())
		}
		if got := ir.Arms(oneOf); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(arms))) {
			t.Errorf("%s has %q, the struct %q", definition, arms, got)
		}
	}
}
