package load

import (
	"slices"
	"testing"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	cueload "cuelang.org/go/cue/load"
)

// Every kind of node of the IR has a row, and no row is for anything else.
func TestNodeKindsHaveRows(t *testing.T) {
	t.Parallel()
	for _, k := range ir.NodeKinds() {
		if nodeKinds[k] == nil {
			t.Errorf("nodeKinds has no row for %s", k)
		}
	}
	if len(nodeKinds) != len(ir.NodeKinds()) {
		t.Errorf("nodeKinds has %d rows for %d kinds", len(nodeKinds), len(ir.NodeKinds()))
	}
}

// Every IO type of the schema is a kind of the IR, and each of its fields is read; every
// kind that a definition stands for has one.
func TestTypesOfTheSchemaAreRead(t *testing.T) {
	t.Parallel()
	inst := cueload.Instances([]string{"."}, &cueload.Config{Dir: "../../schema", Env: []string{"CUE_REGISTRY=none"}})[0]
	v := cuecontext.New().BuildInstance(inst)
	defs, err := v.Fields(cue.Definitions(true))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []ir.Kind
	for defs.Next() {
		kind, ok := helperKind(defs.Value())
		if !ok {
			continue
		}
		kinds = append(kinds, ir.Kind(kind))
		fields, err := defs.Value().Fields(cue.Optional(true))
		if err != nil {
			t.Fatal(err)
		}
		for fields.Next() {
			name := fields.Selector().Unquoted()
			_, plain := asWritten[name]
			if !plain && !slices.ContainsFunc(helperFields, func(f helperField) bool { return f.name == name }) {
				t.Errorf("helperFields has no row for %s of %s, and ir.Type no field of that name that is a text, a number or texts", name, kind)
			}
		}
	}
	for _, k := range ir.Kinds {
		if k.Defined() != slices.Contains(kinds, k) {
			t.Errorf("kind %s: defined %t in the IR, %t in the schema", k, k.Defined(), !k.Defined())
		}
	}
}
