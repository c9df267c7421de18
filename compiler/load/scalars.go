package load

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// scalarKinds gives the IR's kind for each kind of CUE that is one.
var scalarKinds = map[cue.Kind]ir.Kind{
	cue.NullKind:   ir.KindNull,
	cue.BoolKind:   ir.KindBool,
	cue.IntKind:    ir.KindInt,
	cue.FloatKind:  ir.KindFloat,
	cue.NumberKind: ir.KindFloat,
	cue.StringKind: ir.KindString,
	cue.BytesKind:  ir.KindBytes,
}

// scalar gives a bool, a number, a text or bytes with its constraints.
func (t *typer) scalar(v cue.Value, kind ir.Kind, parts []part, pos ir.Pos, path string) *ir.Type {
	typ := &ir.Type{Kind: kind, Pos: pos}
	if v.IsConcrete() {
		if kind != ir.KindNull {
			typ.Enum = t.consts(v, []cue.Value{v}, path)
		}
		return typ
	}
	for _, p := range parts {
		switch p.form {
		case formLiteral:
		case formEither:
			t.enumPart(v, p, typ, path)
		case formOp:
			t.constraint(p, typ, path)
		case formRef:
			if !namesFormat(p) {
				t.errorf(t.place(p.v, path), path, "the reference leads nowhere")
				continue
			}
			t.namedFormat(p, typ, path)
		}
	}
	return typ
}

// enumPart reads a disjunction of constants that is combined with other
// constraints.
func (t *typer) enumPart(v cue.Value, p part, typ *ir.Type, path string) {
	consts, rest := splitConsts(withoutRedundant(p.args))
	switch {
	case len(rest) == 0:
		typ.Enum = t.consts(v, consts, path)
	case len(rest) == 1 && len(consts) == 0:
		inner := t.typeOf(rest[0], path)
		t.merge(typ, inner, t.place(p.v, path), path)
	default:
		t.errorf(t.place(p.v, path), path, "a disjunction of types cannot be combined with other constraints").
			Hintf("write the constraints into each arm")
	}
}

// merge adds the constraints of another type of the same kind.
func (t *typer) merge(typ, other *ir.Type, pos ir.Pos, path string) {
	if other.Kind != typ.Kind && !(other.Kind == ir.KindFloat && typ.Kind == ir.KindInt) || len(other.Enum) > 0 {
		t.errorf(pos, path, "this disjunction cannot be combined with other constraints")
		return
	}
	typ.Min, typ.Max = tighter(typ.Min, other.Min, 1), tighter(typ.Max, other.Max, -1)
	typ.Not = append(typ.Not, other.Not...)
	typ.Patterns = append(typ.Patterns, other.Patterns...)
	typ.NotPatterns = append(typ.NotPatterns, other.NotPatterns...)
	typ.MinLen, typ.MaxLen = larger(typ.MinLen, other.MinLen), smaller(typ.MaxLen, other.MaxLen)
	if other.MultipleOf != "" {
		typ.MultipleOf = other.MultipleOf
	}
	if other.Format != "" {
		t.setFormat(typ, other.Format, other.Layout, pos, path)
	}
}

// consts gives the values that fit v as canonical JSON.
func (t *typer) consts(v cue.Value, values []cue.Value, path string) []ir.Const {
	var out []ir.Const
	for _, c := range values {
		if v.Unify(c).Err() != nil {
			continue
		}
		data, err := constOf(c)
		if err != nil {
			t.errorf(t.place(c, path), path, "not a constant: %s", plainMessage(err))
			continue
		}
		out = append(out, data)
	}
	return out
}

// splitConsts tells constants from types.
func splitConsts(args []cue.Value) (consts, rest []cue.Value) {
	for _, a := range args {
		if isScalarConst(a) {
			consts = append(consts, a)
		} else {
			rest = append(rest, a)
		}
	}
	return consts, rest
}

func isScalarConst(v cue.Value) bool {
	if !v.IsConcrete() {
		return false
	}
	_, ok := scalarKinds[v.Kind()]
	return ok
}

// constraint reads a bound, a regular expression or a validator.
func (t *typer) constraint(p part, typ *ir.Type, path string) {
	if p.op == cue.CallOp {
		t.call(p, typ, path)
		return
	}
	if len(p.args) != 1 || !isScalarConst(p.args[0]) {
		t.unsupportedOp(p, path)
		return
	}
	arg := p.args[0]
	number := typ.Kind == ir.KindInt || typ.Kind == ir.KindFloat
	switch {
	case p.op == cue.NotEqualOp:
		if !number || holds(typ, numberText(arg)) { // others are no value anyway
			typ.Not = append(typ.Not, t.consts(arg, []cue.Value{arg}, path)...)
		}
	case number && (p.op == cue.GreaterThanOp || p.op == cue.GreaterThanEqualOp):
		if b := t.bound(p, arg, typ, 1, path); b != nil {
			typ.Min = tighter(typ.Min, b, 1)
		}
	case number && (p.op == cue.LessThanOp || p.op == cue.LessThanEqualOp):
		if b := t.bound(p, arg, typ, -1, path); b != nil {
			typ.Max = tighter(typ.Max, b, -1)
		}
	case typ.Kind == ir.KindString && (p.op == cue.RegexMatchOp || p.op == cue.NotRegexMatchOp):
		t.regexp(p, arg, typ, path)
	default:
		t.unsupportedOp(p, path)
	}
}

// bound gives one end of a range; dir is 1 for the lower one. It is nil where every
// number of 64 bits is inside, and an error where none is.
func (t *typer) bound(p part, arg cue.Value, typ *ir.Type, dir int, path string) *ir.Bound {
	b := &ir.Bound{Value: numberText(arg), Exclusive: p.op == cue.GreaterThanOp || p.op == cue.LessThanOp}
	beyond, what := ir.BeyondFloat64(b.Value), "number"
	if typ.Kind == ir.KindInt {
		beyond, what = ir.BeyondInt64(b.Value), "integer"
	}
	switch beyond * dir {
	case 1:
		t.diags.Errorf(diag.NumberRange, t.place(p.v, path), path, "no %s of 64 bits is %s", what, writtenBound(p)).
			Hintf("`bentoc explain %s` says what fits", diag.NumberRange)
		return nil
	case -1:
		return nil
	}
	return b
}

// writtenBound gives a bound as it is written, such as >1e400.
func writtenBound(p part) string {
	if e := sourceExpr(p.v); e != nil {
		return exprText(e)
	}
	return fmt.Sprint(p.v)
}

// holds tells whether a number can be a value of a type of numbers.
func holds(typ *ir.Type, number string) bool {
	if typ.Kind == ir.KindInt {
		return ir.FitsInt64(number)
	}
	return ir.FitsFloat64(number)
}

func (t *typer) regexp(p part, arg cue.Value, typ *ir.Type, path string) {
	s, _ := arg.String()
	if _, err := regexp.Compile(s); err != nil {
		why := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		t.diags.Errorf(diag.BadPattern, t.literal(p, arg, path), path, "not a regular expression: %s", why).
			Hintf("the syntax is RE2's, see `bentoc explain %s`", diag.BadPattern)
		return
	}
	if p.op == cue.RegexMatchOp {
		typ.Patterns = append(typ.Patterns, s)
	} else {
		typ.NotPatterns = append(typ.NotPatterns, s)
	}
}

// literal gives the place of a constraint's operand, or of the whole where that is
// written elsewhere.
func (t *typer) literal(p part, arg cue.Value, path string) ir.Pos {
	if unary, ok := sourceExpr(p.v).(*ast.UnaryExpr); ok {
		if lit, ok := unary.X.(*ast.BasicLit); ok {
			if pos := spanOf(lit); pos.IsValid() {
				return pos
			}
		}
	}
	if pos := valueSpan(arg); pos.IsValid() {
		return pos
	}
	return t.place(p.v, path)
}

func (t *typer) unsupportedOp(p part, path string) {
	what := "this expression"
	if e := sourceExpr(p.v); e != nil {
		what = exprText(e)
	}
	t.errorf(t.place(p.v, path), path, "%s is not supported in a type", what).
		Hintf("types can have bounds, regular expressions, enums, defaults and the validators that `bentoc explain %s` lists", diag.UnsupportedType)
}

func numberText(v cue.Value) string {
	c, err := constOf(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(c)
}

// tighter gives the bound that lets less through; sign is 1 for lower bounds.
func tighter(a, b *ir.Bound, sign int) *ir.Bound {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	x, okA := new(big.Rat).SetString(a.Value)
	y, okB := new(big.Rat).SetString(b.Value)
	if !okA || !okB {
		return b
	}
	switch c := x.Cmp(y) * sign; {
	case c > 0, c == 0 && a.Exclusive:
		return a
	default:
		return b
	}
}

func larger(a, b *int64) *int64 {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

func smaller(a, b *int64) *int64 {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}
