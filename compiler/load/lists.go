package load

import (
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// listType gives a list of one type, or a tuple.
func (t *typer) listType(v cue.Value, parts []part, pos ir.Pos, path string) *ir.Type {
	typ := &ir.Type{Kind: ir.KindList, Pos: pos}
	var lit cue.Value
	found := len(*t.diags)
	for _, p := range parts {
		switch p.form {
		case formLiteral:
			if n := computedPart(sourceExpr(p.v)); n != nil {
				t.errorf(spanOf(n), path, "a list type cannot be computed by for or if")
			}
			if lit.Exists() {
				lit = lit.Unify(p.v)
			} else {
				lit = p.v
			}
		case formOp:
			t.call(p, typ, path)
		default:
			t.errorf(t.place(p.v, path), path, "a disjunction of lists cannot be combined with other constraints")
		}
	}
	if !lit.Exists() && len(*t.diags) == found {
		t.errorf(pos, path, "the list does not say what its items are").Hintf("write [...string], for example")
	}
	if !lit.Exists() {
		return typ
	}
	if elem := lit.LookupPath(cue.MakePath(cue.AnyIndex)); elem.Exists() {
		typ.Elem = t.typeOf(elem, path+".[]")
	}
	for i := int64(0); ; i++ {
		item := lit.LookupPath(cue.MakePath(cue.Index(i)))
		if !item.Exists() {
			break
		}
		typ.Prefix = append(typ.Prefix, t.typeOf(item, path+".[]"))
	}
	return typ
}

// computedPart gives a comprehension or an ellipsis-free spread in a list
// literal, or nil.
func computedPart(e ast.Expr) ast.Node {
	lit, ok := e.(*ast.ListLit)
	if !ok {
		return nil
	}
	for _, el := range lit.Elts {
		if c, ok := el.(*ast.Comprehension); ok {
			return c
		}
	}
	return nil
}
