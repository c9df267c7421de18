package gen_test

import (
	"encoding/json"
	"strings"
	"testing"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
)

// What Go cannot say is an error that names the place; nothing is dropped.
func TestWhatCannotBeGenerated(t *testing.T) {
	t.Parallel()
	text := &ir.Type{Kind: ir.KindString}
	object := func(t *ir.Type) *ir.Type {
		return &ir.Type{Kind: ir.KindObject, Fields: []ir.Field{{Name: "v", Type: t, Required: true}}}
	}
	step := func(in, out *ir.Type) *ir.Bento {
		return &ir.Bento{Name: "x", Types: map[string]*ir.Type{}, Runners: map[string]*ir.Runner{
			"r": {Engine: ir.Engine{Go: &ir.GoEngine{Package: "./steps", Func: "F"}}, Input: in, Output: out},
		}, Services: map[string]*ir.Service{"s": {Endpoints: map[string]*ir.Endpoint{"e": {Route: "/e", Runner: "r"}}}}}
	}
	loop := step(object(&ir.Type{Kind: ir.KindRef, Ref: "#L"}), object(text))
	loop.Types["#L"] = &ir.Type{Kind: ir.KindList, Elem: &ir.Type{Kind: ir.KindRef, Ref: "#L"}}
	badDefault := object(&ir.Type{Kind: ir.KindInt})
	badDefault.Fields[0].Required, badDefault.Fields[0].Default = false, ir.Const(`"one"`)
	endpoint := step(object(text), badDefault)
	endpoint.Runners["r"].Input = badDefault
	nothing := step(object(text), object(text))
	nothing.Services = map[string]*ir.Service{"s": {Endpoints: map[string]*ir.Endpoint{"e": {Route: "/e", Runner: "other"}}}}
	for _, c := range []struct {
		b    *ir.Bento
		want string
	}{
		{loop, "the type #L is made of itself without an object between"},
		{step(object(&ir.Type{Kind: ir.KindRef, Ref: "#No"}), object(text)), `RInputV: there is no type "#No"`},
		{step(object(&ir.Type{Kind: ir.KindTensor, DType: "complex64"}), object(text)), `RInputV: tensors of "complex64" cannot be generated`},
		{step(object(&ir.Type{Kind: "matrix"}), object(text)), `RInputV: types of kind "matrix" cannot be generated`},
		{step(object(&ir.Type{Kind: ir.KindList, Prefix: []*ir.Type{text}, Elem: &ir.Type{Kind: ir.KindInt}}), object(text)), "RInputV: a tuple with items of other types behind it cannot be generated"},
		{endpoint, `RInput.V: writing the constant "one": it is no integer of 64 bits`},
		{nothing, "endpoint e: what it runs is not there"},
	} {
		_, err := gen.Generate(c.b, gen.Options{UserModule: "example.com/x"})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	_, err := gen.Generate(step(object(text), object(text)), gen.Options{})
	if err == nil || !strings.Contains(err.Error(), "there is no go.mod") {
		t.Errorf("got %v", err)
	}
}

// Every reference of the JSON Schema leads to a definition.
func TestJSONSchema(t *testing.T) {
	t.Parallel()
	for _, c := range bentos(t) {
		b, err := ir.Parse(c.Section("ir.json"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := gen.JSONSchema(b)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		var doc struct {
			Schema string         `json:"$schema"`
			Defs   map[string]any `json:"$defs"`
		}
		if err := json.Unmarshal(text, &doc); err != nil || doc.Schema != "https://json-schema.org/draft/2020-12/schema" {
			t.Fatalf("%s: %v", c.Name, err)
		}
		for _, svc := range b.Services {
			for name := range svc.Endpoints {
				if doc.Defs[name+".input"] == nil || doc.Defs[name+".output"] == nil {
					t.Errorf("%s: no definitions for endpoint %s", c.Name, name)
				}
			}
		}
		for _, part := range strings.Split(string(text), `"$ref": "`)[1:] {
			ref, _, _ := strings.Cut(part, `"`)
			if name, ok := strings.CutPrefix(ref, "#/$defs/"); !ok || doc.Defs[name] == nil {
				t.Errorf("%s: %s leads nowhere", c.Name, ref)
			}
		}
	}
}
