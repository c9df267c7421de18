package load

import (
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// spread is a struct that takes in all fields of run-time values, and may have more:
// {prep.#out, #input, more: 3}. It stands for the struct with every field written out.
type spread struct {
	edges []part // what is spread, in the order in which it is written
	rest  []part // what is written beside
}

// isSpread reports whether a struct literal spreads run-time values: two, or one beside
// which there is more. One alone is the value itself.
func isSpread(lit *ast.StructLit) bool {
	embeds, more := 0, false
	for _, el := range lit.Elts {
		switch el := el.(type) {
		case *ast.EmbedDecl:
			if refersRuntime(el.Expr) {
				embeds++
			} else {
				more = true
			}
		case *ast.Field:
			more = true
		}
	}
	return embeds > 1 || embeds == 1 && more
}

// spreadOf takes apart a value that spreads others by names; nil for any other.
func (d *valuer) spreadOf(v cue.Value, path string) *spread {
	lit, ok := d.writtenExpr(v, path).(*ast.StructLit)
	if !ok || !isSpread(lit) {
		return nil
	}
	for _, el := range lit.Elts {
		if f, ok := el.(*ast.Field); ok {
			if _, plain := labelName(f.Label); !plain {
				return nil
			}
		}
	}
	embeds := map[ir.Pos]bool{}
	for _, n := range runtimeElements(lit) {
		embed, ok := n.(*ast.EmbedDecl)
		if !ok || !refersRuntime(embed.Expr) || letOf(embed.Expr) != nil {
			return nil
		}
		embeds[spanOf(embed.Expr)] = true
	}
	s := &spread{}
	for _, p := range deref(solid(v), maxChain, d.isRuntime) {
		if p.form != formRef || !d.isRuntime(p) {
			s.rest = append(s.rest, p)
			continue
		}
		e := sourceExpr(p.v)
		if e == nil || !embeds[spanOf(e)] {
			return nil // not one of those in the braces
		}
		delete(embeds, spanOf(e))
		s.edges = append(s.edges, p)
	}
	if len(embeds) > 0 {
		return nil
	}
	return s
}

// spreadValue gives the struct with every field written out. inner reads a field that is
// written beside what is spread.
func (d *valuer) spreadValue(s *spread, v cue.Value, path string, inner func(v cue.Value, path string) *ir.Value) *ir.Value {
	val := &ir.Value{Pos: valueSpan(v)}
	beside := s.beside()
	from := map[string]part{}
	for _, p := range s.edges {
		fields, known := d.spreadFields(p, path)
		if !known {
			return &ir.Value{Empty: "object", Pos: val.Pos}
		}
		for _, f := range fields {
			at := join(path, f.Name)
			if other, twice := from[f.Name]; twice {
				d.spreadTwice(p, f.Name, exprText(sourceExpr(other.v)), valueSpan(other.v), path)
				continue
			}
			from[f.Name] = p
			if pos, written := beside[f.Name]; written && !d.isEdge(get(v, f.Name), f.Value.Edge, at, inner) {
				d.spreadTwice(p, f.Name, "what is written beside it", pos, path)
				continue
			}
			val.Object = append(val.Object, f)
		}
	}
	for _, m := range d.members(v, path) {
		_, written := beside[m.name]
		if _, spread := from[m.name]; written && !spread {
			at := join(path, m.name)
			val.Object = append(val.Object, d.valueField(cue.Str(m.name), m.v, inner(m.v, at), at))
		}
	}
	if len(val.Object) == 0 {
		val.Empty = "object"
	}
	return val
}

// beside gives the fields that are written beside what is spread, types among them.
func (s *spread) beside() map[string]ir.Pos {
	all := map[string]ir.Pos{}
	for _, p := range s.rest {
		it, err := p.v.Fields(cue.Optional(true))
		for err == nil && it.Next() {
			all[selName(it.Selector())] = posOf(it.Value().Pos())
		}
	}
	return all
}

// isEdge reports whether a value that is written beside a spread is the very edge that the
// spread gives.
func (d *valuer) isEdge(v cue.Value, e *ir.Edge, path string, inner func(v cue.Value, path string) *ir.Value) bool {
	diags, typed, untraced := d.diags, d.typer.diags, d.untraced
	d.diags, d.typer.diags = new(diag.List), new(diag.List)
	is := inner(v, path)
	d.diags, d.typer.diags, d.untraced = diags, typed, untraced
	return is.Edge != nil && is.Edge.From == e.From && is.Edge.Node == e.Node && slices.Equal(is.Edge.Path, e.Path)
}

func (d *valuer) spreadTwice(p part, name, other string, also ir.Pos, path string) {
	text := exprText(sourceExpr(p.v))
	d.diags.Errorf(diag.BadSpread, valueSpan(p.v), path, "field %q comes from %s, and from %s: a field has one source", name, text, other).
		Hintf("write the fields that are wanted of %s one by one, such as %s: %s.%s", text, name, text, name).
		Also(also, "the other one is here")
}

// spreadFields gives an edge for each field of a run-time value that is spread, or reports
// why these are not known.
func (d *valuer) spreadFields(p part, path string) (fields []ir.ValueField, known bool) {
	pos := valueSpan(p.v)
	whole := d.edge(p, pos, path)
	if whole.From == "" {
		return nil, false // reported
	}
	if why := whyNotSpread(p.v); why != "" {
		text := exprText(sourceExpr(p.v))
		d.diags.Errorf(diag.BadSpread, pos, path, "%s cannot be spread: %s", text, why).
			Hintf("write the fields that are wanted one by one, or the whole in a field of its own, such as NAME: %s", text)
		return nil, false
	}
	it, err := p.v.Fields(cue.Optional(true))
	if err != nil {
		return nil, false // a mistake in the type, which is reported there
	}
	for it.Next() {
		name := selName(it.Selector())
		e := *whole
		e.Path = append(slices.Clone(whole.Path), name)
		fields = append(fields, ir.ValueField{Name: name, Value: &ir.Value{Edge: &e, Pos: pos}, Doc: valueDoc(it.Value()), Pos: pos})
	}
	return fields, true
}

// spreadField is the hidden field of the twin's structs that spread something.
const spreadField = "_bentocSpread"

// withoutSpread puts a trace in the place of what a struct of the twin spreads: it is read
// as it is written, and the marks of two values would be in each other's way.
func withoutSpread(lit *ast.StructLit) {
	if !isSpread(lit) {
		return
	}
	lit.Elts = slices.DeleteFunc(lit.Elts, func(d ast.Decl) bool {
		e, ok := d.(*ast.EmbedDecl)
		return ok && refersRuntime(e.Expr)
	})
	lit.Elts = append(lit.Elts, &ast.Field{Label: ast.NewIdent(spreadField), Value: ast.NewLit(token.TRUE, "true")})
}

// spreads reports whether a struct of the twin spreads something.
func spreads(twin cue.Value) bool {
	it, err := twin.Fields(cue.Hidden(true))
	for err == nil && it.Next() {
		if it.Selector().String() == spreadField {
			return true
		}
	}
	return false
}

// whyNotSpread tells why the fields of a run-time value are not all known by name, "" where
// they are.
func whyNotSpread(v cue.Value) string {
	kind := v.IncompleteKind()
	if name, special := helperKind(v); special {
		return "it is a value of the kind " + name + ", which has no fields"
	}
	switch {
	case kind == cue.BottomKind:
		return "there is a mistake in it"
	case kind == cue.TopKind:
		return "what fields it has is not written here, but in a model"
	case kind != cue.StructKind:
		return "it is no struct"
	case isEither(v):
		return "it is one of several structs, and which one only the server will know"
	case v.Allows(cue.AnyString):
		return "it may have fields whose names only the server will know"
	}
	it, err := v.Fields(cue.Patterns(true))
	for err == nil && it.Next() {
		if it.Selector().ConstraintType() == cue.PatternConstraint {
			return "it may have fields whose names only the server will know"
		}
	}
	return ""
}
