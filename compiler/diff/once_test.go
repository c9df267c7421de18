package diff

import (
	"testing"

	"bentoc.dev/compiler/ir"
)

// A runner behind two endpoints has one type: what has changed in it is found once, and
// names both. What is written twice is found twice.
func TestOnce(t *testing.T) {
	t.Parallel()
	side := func(kind ir.Kind, line int) Side {
		typ := &ir.Type{Kind: kind, Pos: ir.Pos{File: "bento.cue", Line: line, Col: 1}}
		input := func(t *ir.Type) *ir.Type {
			return &ir.Type{Kind: ir.KindObject, Fields: []ir.Field{{Name: "x", Type: t, Required: true, Pos: t.Pos}}}
		}
		other := *typ
		other.Pos.Line++
		step := ir.Engine{Go: &ir.GoEngine{Package: "./steps", Func: "F"}}
		output := &ir.Type{Kind: ir.KindObject}
		return Side{Name: "side", Bento: &ir.Bento{Version: ir.Version, Name: "b", Runners: map[string]*ir.Runner{
			"r": {Engine: step, Input: input(typ), Output: output}, "o": {Engine: step, Input: input(&other), Output: output},
		}, Services: map[string]*ir.Service{"s": {Endpoints: map[string]*ir.Endpoint{
			"a": {Route: "/a", Runner: "r"}, "b": {Route: "/b", Runner: "r"}, "c": {Route: "/c", Runner: "r"}, "o": {Route: "/o", Runner: "o"},
		}}}}}
	}
	report, err := Compare(side(ir.KindInt, 3), side(ir.KindBool, 3), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range report.Findings {
		got = append(got, f.Rule+" "+f.Path)
		got = append(got, f.Also...)
	}
	want := []string{
		"request-type-narrowed services.s.endpoints.a.input.x", "services.s.endpoints.b.input.x", "services.s.endpoints.c.input.x",
		"request-type-narrowed services.s.endpoints.o.input.x",
	}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
}
