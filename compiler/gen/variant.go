package gen

import (
	"reflect"

	"bentoc.dev/compiler/ir"
)

// variant tells the schemas of one type apart: files are read in more ways than they
// are written, floats may be null, and unknown fields refused.
type variant struct{ output, null, strict bool }

func (r *route) variant(output bool) variant {
	return variant{output: output, null: r.e.NonFinite == ir.NonFiniteNull, strict: r.e.Strict && !output}
}

// suffix is what the name of the component has that differs from the plain one.
func (v variant) suffix() string {
	s := ""
	if v.output {
		s += ".output"
	}
	if v.null {
		s += ".null"
	}
	if v.strict {
		s += ".strict"
	}
	return s
}

// component is one variant of a named type.
type component struct {
	name string
	variant
}

// ref gives the reference to a named type and notes that its component is needed.
func (w *apiDoc) ref(name string, v variant) string {
	c := component{name, w.plainest(name, v)}
	if !w.done[c] {
		w.done[c] = true
		w.pending = append(w.pending, c)
	}
	return w.prefix + w.names[name] + c.suffix()
}

// components writes the components that are referred to.
func (w *apiDoc) components(out *object) {
	for len(w.pending) > 0 {
		c := w.pending[0]
		w.pending = w.pending[1:]
		out.set(w.names[c.name]+c.suffix(), w.dialect(c.variant).schema(w.g.b.Types[c.name]))
	}
}

func (w *apiDoc) dialect(v variant) *dialect {
	return &dialect{b: w.g.b, ref: func(name string) string { return w.ref(name, v) }, output: v.output, null: v.null, strict: v.strict}
}

// plainest gives the first variant whose schema says the same of a type as v.
func (w *apiDoc) plainest(name string, v variant) variant {
	for _, p := range []variant{{}, {output: v.output}, {null: v.null}, {strict: v.strict}} {
		if w.same(name, p, v, map[string]bool{}) {
			return p
		}
	}
	return v
}

// same tells whether two variants of a type, and of all that it is made of, are one.
func (w *apiDoc) same(name string, a, b variant, seen map[string]bool) bool {
	if seen[name] {
		return true
	}
	seen[name] = true
	var refs []string
	schema := func(v variant) object {
		d := dialect{b: w.g.b, output: v.output, null: v.null, strict: v.strict, ref: func(name string) string {
			refs = append(refs, name)
			return name
		}}
		return d.schema(w.g.b.Types[name])
	}
	if !reflect.DeepEqual(schema(a), schema(b)) {
		return false
	}
	for _, r := range refs {
		if !w.same(r, a, b, seen) {
			return false
		}
	}
	return true
}

// literalWords say what JSON Schema has no word for.
const literalWords = "A number may be NaN, Infinity or -Infinity, which is no JSON but what Python writes and reads."

// literals tells whether an endpoint lets such numbers travel in values of t.
func (g *generator) literals(r route, t *ir.Type) bool {
	return r.e.NonFinite == ir.NonFiniteLiteral && g.holdsFloat(t, map[*ir.Type]bool{})
}

func (g *generator) holdsFloat(t *ir.Type, seen map[*ir.Type]bool) (found bool) {
	ir.WalkType(t, func(part *ir.Type) {
		r := g.b.Resolve(part)
		if found || r == nil || seen[r] {
			return
		}
		switch floats := typeRows[r.Kind].floats; {
		case floats != nil && floats(r):
			found = true
		case part.Kind == ir.KindRef:
			seen[r] = true
			found = g.holdsFloat(r, seen)
		}
	})
	return found
}
