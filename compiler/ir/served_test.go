package ir_test

import (
	"maps"
	"slices"
	"testing"

	"bentoc.dev/compiler/ir"
)

// TestServed follows endpoints through graphs in graphs and in map nodes to
// models, and leaves the rest out.
func TestServed(t *testing.T) {
	t.Parallel()
	model := func(name string) *ir.Runner {
		return &ir.Runner{Engine: ir.Engine{ONNX: &ir.ONNXEngine{Model: name}}}
	}
	b := &ir.Bento{
		Models:  map[string]*ir.Model{"deep": {}, "idle": {}, "orphan": {}},
		Runners: map[string]*ir.Runner{"deep": model("deep"), "lost": model("nothing"), "idle": model("idle"), "direct": {}},
		Graphs: map[string]*ir.Graph{
			"outer": {Nodes: []*ir.Node{{Name: "m", Map: &ir.Value{}, Nodes: []*ir.Node{{Name: "g", Graph: "inner"}}}}},
			"inner": {Nodes: []*ir.Node{{Name: "r", Call: "deep"}, {Name: "again", Graph: "outer"}, {Name: "no", Call: "nobody", Graph: "nothing"}}},
			"idle":  {Nodes: []*ir.Node{{Name: "r", Call: "idle"}, {Name: "g", Graph: "inner"}}},
		},
		Services: map[string]*ir.Service{
			"a": {Endpoints: map[string]*ir.Endpoint{"x": {Graph: "outer"}}},
			"b": {Endpoints: map[string]*ir.Endpoint{"y": {Runner: "direct"}, "z": {Runner: "lost"}}},
		},
	}
	s := b.Served()
	for what, got := range map[string][]string{
		"runners deep direct lost": slices.Sorted(maps.Keys(s.Runners)),
		"graphs inner outer":       slices.Sorted(maps.Keys(s.Graphs)),
		"models deep":              slices.Sorted(maps.Keys(s.Models)),
	} {
		kind := what[:slices.Index([]byte(what), ' ')]
		have := kind
		for _, name := range got {
			have += " " + name
		}
		if have != what {
			t.Errorf("got %s, want %s", have, what)
		}
	}
	if len(b.Runners) != 4 || len(b.Graphs) != 3 || len(b.Models) != 3 {
		t.Error("the bento itself has changed")
	}
}
