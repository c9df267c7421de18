package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
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
	var patterns []pattern
	for it.Next() {
		sel := it.Selector()
		if sel.ConstraintType() != cue.PatternConstraint {
			typ.Fields = append(typ.Fields, t.field(it.Value(), sel, path))
		} else if p, ok := t.pattern(it.Value(), sel, path); ok {
			patterns = append(patterns, p)
		}
	}
	typ.Open = t.open(v, typ, patterns, pos, path)
	if len(patterns) > 0 && len(typ.Fields) == 0 && !typ.Open && asMap(typ, patterns) {
		return typ
	}
	t.entries(typ, v, patterns, path)
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

// pattern reads `[string]: T`, or `[=~"^x-"]: T`.
func (t *typer) pattern(v cue.Value, sel cue.Selector, path string) (pattern, bool) {
	key := t.resolve(t.typeOf(sel.Pattern(), path+".[string]"))
	p := pattern{key: key, elem: t.typeOf(v, path+".[string]"), pos: t.place(v, path)}
	if key.Kind == ir.KindString && !evaluated(sel.Pattern()) {
		return p, true
	}
	t.errorf(p.pos, path, "a map with the key pattern %s is not supported", fmt.Sprint(sel.Pattern())).
		Hintf("write [string]: … for keys of any name")
	return p, false
}

// asMap makes a map of patterns that one key can say, and whose values are of one type.
func asMap(typ *ir.Type, patterns []pattern) bool {
	key := patterns[0].key
	for _, p := range patterns[1:] {
		if key = eitherKey(key, p.key); key == nil || !sameType(p.elem, patterns[0].elem) {
			return false
		}
	}
	typ.Kind, typ.Fields, typ.Elem, typ.Key = ir.KindMap, nil, patterns[0].elem, key
	if anyText(key) {
		typ.Key = nil
	}
	return true
}

// evaluated tells whether a pattern has a part that CUE gives without what it is made
// of: a validator without arguments, such as uuid.Valid.
func evaluated(pattern cue.Value) bool {
	return slices.ContainsFunc(deref(solid(pattern), maxChain, namesFormat), func(p part) bool {
		return p.form == formLiteral && !isScalarConst(p.v) && fmt.Sprint(p.v) != "string"
	})
}

// eitherKey gives the texts that are of one key pattern or of the other, nil where one
// type cannot say that.
func eitherKey(a, b *ir.Type) *ir.Type {
	switch {
	case anyText(a):
		return a
	case anyText(b):
		return b
	case onlyEnum(a) && onlyEnum(b):
		return &ir.Type{Kind: ir.KindString, Enum: addConsts(addConsts(nil, a.Enum), b.Enum), Pos: a.Pos}
	case onePattern(a) && onePattern(b):
		return &ir.Type{Kind: ir.KindString, Patterns: []string{"(?:" + a.Patterns[0] + ")|(?:" + b.Patterns[0] + ")"}, Pos: a.Pos}
	}
	return nil
}

// anyText tells whether a type of texts demands nothing.
func anyText(t *ir.Type) bool { return sameType(t, &ir.Type{Kind: ir.KindString}) }

// onePattern tells whether a type of texts is one regular expression.
func onePattern(t *ir.Type) bool {
	return len(t.Patterns) == 1 && sameType(t, &ir.Type{Kind: ir.KindString, Patterns: t.Patterns})
}

// sameType tells whether two types take the same values for the same reasons.
func sameType(a, b *ir.Type) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// field gives one field of an object.
func (t *typer) field(v cue.Value, sel cue.Selector, path string) ir.Field {
	name := selName(sel)
	path = join(path, name)
	required := sel.ConstraintType() == cue.RequiredConstraint
	typ, marked, ok := t.plainType(v, path)
	if !ok {
		parts := solid(v)
		typ = t.ofParts(v, parts, path)
		marked = !required && hasDefault(v, parts)
	}
	f := ir.Field{
		Name:     name,
		Type:     typ,
		Required: sel.ConstraintType() != cue.OptionalConstraint,
		Doc:      valueDoc(v),
		Pos:      posOf(v.Pos()),
	}
	if src, ok := v.Source().(*ast.Field); ok {
		f.Pos = spanOf(src.Label)
	}
	f.Deprecated = t.deprecation(v, f.Pos, path)
	if marked && !required {
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
