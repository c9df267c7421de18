package gen_test

import (
	"testing"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
)

// A graph that no endpoint leads to is left out, whether clients reach it or not.
func TestGraphsThatAreNotServed(t *testing.T) {
	t.Parallel()
	for _, c := range bentos(t) {
		b, err := ir.Parse(c.Section("ir.json"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := gen.Generate(b, gen.Options{UserModule: c.userModule()})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"aaa", "zzz"} {
			for _, g := range b.Graphs {
				b.Graphs[name] = g
				break
			}
		}
		got, err := gen.Generate(b, gen.Options{UserModule: c.userModule()})
		if err != nil || len(got.Server) != len(want.Server) {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}
