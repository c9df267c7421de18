package load

import (
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// strayDefault reports a default that no other arm of its disjunction takes, though
// one is of its kind: to CUE it is an arm of its own, to its author a default.
func (t *typer) strayDefault(p part, path string) bool {
	e := sourceExpr(p.v)
	mark, others := defaultIn(e)
	if mark == nil {
		return false
	}
	dv, ok := p.v.Default()
	if !ok || !isConst(dv) {
		return false
	}
	near := false
	for _, a := range p.args {
		switch {
		case isConst(a) && a.Equals(dv):
		case a.IncompleteKind()&jsonKinds(dv.Kind()) == 0:
		case a.Unify(dv).Validate(cue.Concrete(true)) == nil, listsConstants(a):
			return false // it fits, or this is an enumeration
		default:
			near = true
		}
	}
	if !near {
		return false
	}
	what := exprText(mark.X)
	msg := "the default %s does not fit"
	if dv.Kind()&cue.NumberKind != 0 && strings.ContainsAny(others, "<>") {
		msg = "the default %s is out of bounds"
	}
	t.diags.Errorf(diag.BadValue, spanOf(mark.X), path, msg, what).Hintf("it must be %s", others)
	return true
}

// listsConstants reports whether a is a constant, or a disjunction of constants.
func listsConstants(a cue.Value) bool {
	if isScalarConst(a) {
		return true
	}
	op, args := dereference(a).Expr()
	return op == cue.OrOp && !slices.ContainsFunc(args, func(v cue.Value) bool { return !isScalarConst(v) })
}

// jsonKinds gives the kinds that have the JSON kind of k.
func jsonKinds(k cue.Kind) cue.Kind {
	switch {
	case k&cue.NumberKind != 0:
		return cue.NumberKind
	case k&(cue.StringKind|cue.BytesKind) != 0:
		return cue.StringKind | cue.BytesKind
	}
	return k
}

// defaultIn gives the default of a disjunction, and how its other arms are written.
func defaultIn(e ast.Expr) (mark *ast.UnaryExpr, others string) {
	var rest []string
	var arms func(ast.Expr)
	arms = func(e ast.Expr) {
		switch x := e.(type) {
		case *ast.ParenExpr:
			if inner, ok := x.X.(*ast.BinaryExpr); ok && inner.Op == token.OR {
				arms(inner)
				return
			}
			rest = append(rest, exprText(x.X))
			return
		case *ast.BinaryExpr:
			if x.Op == token.OR {
				arms(x.X)
				arms(x.Y)
				return
			}
		case *ast.UnaryExpr:
			if x.Op == token.MUL {
				mark = x
				return
			}
		}
		rest = append(rest, exprText(e))
	}
	if e != nil {
		arms(e)
	}
	return mark, strings.Join(rest, " | ")
}

// mergeEnums joins enumerations of one kind, such as *"fr" | #Language: together they
// are one.
func mergeEnums(arms []*ir.Type) []*ir.Type {
	var out []*ir.Type
	for _, a := range arms {
		merged := false
		for _, b := range out {
			if a.Kind == b.Kind && onlyEnum(a) && onlyEnum(b) {
				b.Enum, merged = addConsts(b.Enum, a.Enum), true
				break
			}
		}
		if merged {
			continue
		}
		if onlyEnum(a) {
			own := *a
			own.Enum = addConsts(nil, a.Enum)
			a = &own
		}
		out = append(out, a)
	}
	return out
}

func onlyEnum(t *ir.Type) bool {
	return len(t.Enum) > 0 && t.Min == nil && t.Max == nil && len(t.Patterns)+len(t.NotPatterns)+len(t.Not) == 0 &&
		t.MinLen == nil && t.MaxLen == nil && t.MultipleOf == "" && t.Format == ""
}

func addConsts(list, more []ir.Const) []ir.Const {
	for _, c := range more {
		known := false
		for _, have := range list {
			known = known || string(have) == string(c)
		}
		if !known {
			list = append(list, c)
		}
	}
	return list
}
