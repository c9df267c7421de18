package load

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// structType gives an object, or a map where the struct has a pattern for all
// its keys and no fields.
func (t *typer) structType(v cue.Value, parts []part, pos ir.Pos, path string) *ir.Type {
	typ := &ir.Type{Kind: ir.KindObject, Pos: pos}
	for _, p := range parts {
		t.checkStructPart(p, typ, path)
	}
	it, err := v.Fields(cue.Optional(true), cue.Patterns(true))
	if err != nil {
		t.noFit(v, err, pos, path)
		return typ
	}
	for it.Next() {
		sel := it.Selector()
		if sel.ConstraintType() == cue.PatternConstraint {
			t.pattern(typ, it.Value(), sel, path)
			continue
		}
		typ.Fields = append(typ.Fields, t.field(it.Value(), sel, path))
	}
	if typ.Elem != nil {
		if len(typ.Fields) > 0 {
			t.errorf(pos, path, "a struct with fields and a pattern for the others has no counterpart").
				Hintf("put the entries with free names into a map of their own: extra: [string]: …")
		}
		typ.Kind, typ.Fields = ir.KindMap, nil
		return typ
	}
	// An arm of a disjunction is not closed by the definition around it, so
	// only what the user wrote counts: "...".
	typ.Open = v.LookupPath(cue.MakePath(cue.AnyString)).Exists()
	if typ.MinLen != nil || typ.MaxLen != nil {
		t.errorf(pos, path, "struct.MinFields and struct.MaxFields are for maps, such as [string]: int")
	}
	return typ
}

// checkStructPart reads a validator of a struct, and refuses what CUE
// evaluates away.
func (t *typer) checkStructPart(p part, typ *ir.Type, path string) {
	if p.form == formOp {
		t.call(p, typ, path)
		return
	}
	t.noComprehension(p, path)
}

// noComprehension refuses a struct literal with fields that depend on `if` or
// `for`.
func (t *typer) noComprehension(p part, path string) {
	lit, ok := sourceExpr(p.v).(*ast.StructLit)
	if p.form != formLiteral || !ok {
		return
	}
	for _, e := range lit.Elts {
		if c, ok := e.(*ast.Comprehension); ok {
			t.errorf(spanOf(c), path, "a type cannot have fields that depend on if or for").
				Hintf("make the field optional, or write a disjunction of two structs with a field that tells them apart")
		}
	}
}

// pattern reads `[string]: T`.
func (t *typer) pattern(typ *ir.Type, v cue.Value, sel cue.Selector, path string) {
	if key := fmt.Sprint(sel.Pattern()); key != "string" {
		t.errorf(t.place(v, path), path, "a map with the key pattern %s is not supported", key).
			Hintf("write [string]: … for keys of any name")
	}
	typ.Elem = t.typeOf(v, path+".[string]")
}

// field gives one field of an object.
func (t *typer) field(v cue.Value, sel cue.Selector, path string) ir.Field {
	name := selName(sel)
	path = join(path, name)
	parts := solid(v)
	f := ir.Field{
		Name:     name,
		Type:     t.ofParts(v, parts, path),
		Required: sel.ConstraintType() != cue.OptionalConstraint,
		Doc:      valueDoc(v),
		Pos:      posOf(v.Pos()),
	}
	if src, ok := v.Source().(*ast.Field); ok {
		f.Pos = spanOf(src.Label)
	}
	if sel.ConstraintType() != cue.RequiredConstraint && hasDefault(v, parts) {
		f.Default = t.defaultOf(v, path)
		f.Required = false
	}
	return f
}

// hasDefault reports whether the author of v marked a default with `*`. CUE
// reports others too, such as [] for an open list; and it reports none where it
// has dropped all other arms, as in `[...int] & list.MinItems(1) | *[1]`, whose
// first arm fails for the empty list that CUE tries.
func hasDefault(v cue.Value, parts []part) bool {
	_, reported := v.Default()
	if !reported && !v.IsConcrete() {
		return false
	}
	for _, p := range deref(parts, maxChain, nil) {
		if p.form == formEither && (reported || v.IsConcrete() && starred(p)) {
			return true
		}
	}
	return false
}

// starred reports whether a disjunction is written with a default.
func starred(p part) bool {
	found := false
	if e := sourceExpr(p.v); e != nil {
		ast.Walk(e, func(n ast.Node) bool {
			if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.MUL {
				found = true
			}
			_, nested := n.(*ast.StructLit)
			return !found && !nested
		}, nil)
	}
	return found
}

func (t *typer) defaultOf(v cue.Value, path string) ir.Const {
	d, _ := v.Default()
	c, err := constOf(d)
	if err != nil {
		t.errorf(t.place(v, path), path, "the default is not a constant: %s", plainMessage(err))
		return nil
	}
	return c
}

// valueDoc gives the comments above the field that v was written as.
func valueDoc(v cue.Value) string {
	if f, ok := v.Source().(*ast.Field); ok {
		return docOf(f)
	}
	var parts []string
	for _, g := range v.Doc() {
		if g.Doc && !fromSchemaFile(g.Pos().Filename()) {
			parts = append(parts, commentText(g))
		}
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}
