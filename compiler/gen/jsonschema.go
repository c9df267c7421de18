package gen

import (
	"errors"
	"fmt"

	"bentoc.dev/compiler/ir"
)

// JSONSchema writes the types of a bento as one JSON Schema document (2020-12):
// under $defs every named type, and NAME.input and NAME.output for each endpoint.
func JSONSchema(b *ir.Bento) ([]byte, error) {
	g := newGenerator(b, Options{UserModule: "unused.invalid"})
	g.declareRunners()
	g.declareGraphs()
	w := newAPIDoc(g)
	w.prefix = "#/$defs/"
	var defs object
	for _, r := range g.routes() {
		in := w.dialect(false).schema(r.end.inT)
		if r.e.Strict {
			in.set("unevaluatedProperties", false)
		}
		defs.set(r.name+".input", in)
		defs.set(r.name+".output", w.dialect(true).schema(r.end.outT))
	}
	for _, name := range sorted(b.Types) {
		w.ref(name)
	}
	for _, name := range w.pending {
		defs.set(w.names[name], w.dialect(false).schema(b.Types[name]))
	}
	if len(g.errs) > 0 {
		return nil, fmt.Errorf("writing the JSON Schema: %w", errors.Join(g.errs...))
	}
	return document(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", b.Name},
		{"$defs", defs},
	})
}
