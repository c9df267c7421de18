package gen

import (
	"errors"
	"fmt"

	"bentoc.dev/compiler/ir"
)

func emitJSONSchema(b *ir.Bento, o Options) ([]File, error) {
	data, err := JSONSchema(b.Only(o.Service))
	return []File{{Path: "types.schema.json", Data: data}}, err
}

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
		defs.set(r.name+".input", w.dialect(r.variant(false)).schema(r.end.inT))
		out := w.dialect(r.variant(true)).schema(r.end.outT)
		if g.literals(r, r.end.outT) {
			out.set("$comment", literalWords)
		}
		defs.set(r.name+".output", out)
	}
	for _, name := range sorted(b.Types) {
		w.ref(name, variant{})
	}
	w.components(&defs)
	if len(g.errs) > 0 {
		return nil, fmt.Errorf("writing the JSON Schema: %w", errors.Join(g.errs...))
	}
	return document(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", b.Name},
		{"$defs", defs},
	})
}
