package load

import (
	"math/big"
	"strings"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/token"
)

// plain is a scalar type as it is written in most fields: names of kinds and bounds
// that are short decimals, joined by &, such as `int & >=0 & <=100`, maybe with a
// default beside them. It means what it says, so that it is read off the syntax: to
// take such a value apart with CUE evaluates each of its operands anew.
type plain struct {
	kind     cue.Kind
	min, max *ir.Bound
	marked   *ast.BasicLit // the default, or nil
}

// plainKinds are the names of kinds. A package may give them to its own fields.
var plainKinds = map[string]cue.Kind{
	"bool": cue.BoolKind, "int": cue.IntKind, "float": cue.FloatKind, "number": cue.NumberKind, "string": cue.StringKind, "bytes": cue.BytesKind,
}

// renamesKinds reports whether a package or one that it imports has a field with the
// name of a kind, which then means something else in all its files.
func renamesKinds(ix *index) bool {
	for name := range plainKinds {
		if ix.root.kids[name] != nil {
			return true
		}
	}
	seen := map[*build.Instance]bool{}
	for queue := ix.imports; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		queue = append(queue, queue[0].Imports...)
		for _, file := range queue[0].Files {
			for _, d := range file.Decls {
				if f, ok := d.(*ast.Field); ok {
					if name, _ := labelName(f.Label); plainKinds[name] != 0 {
						return true
					}
				}
			}
		}
	}
	return false
}

// plainType gives the type of a field that is written once, and plainly, and whether
// it has a default. What it does not know for sure it leaves to the walk over v's parts.
func (t *typer) plainType(v cue.Value, path string) (typ *ir.Type, marked, ok bool) {
	// CUE gives a whole field as the source of a value that is made of it alone.
	f, single := v.Source().(*ast.Field)
	if !single || t.renamed || t.deep || t.depth+2 > maxDepth {
		return nil, false, false
	}
	p := plain{kind: cue.TopKind}
	if !p.read(f.Value) || p.kind != v.IncompleteKind() || p.marked == nil && v.IsConcrete() {
		return nil, false, false
	}
	kind, scalar := scalarKinds[p.kind]
	if !scalar || !p.wide(kind) || !p.takesDefault() {
		return nil, false, false
	}
	return &ir.Type{Kind: kind, Min: p.min, Max: p.max, Pos: t.place(v, path)}, p.marked != nil, true
}

// read adds what an expression says; it is false where that is not plain.
func (p *plain) read(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return p.read(x.X)
	case *ast.Ident:
		k := plainKinds[x.Name]
		p.kind &= k
		return k != 0 && x.Node == nil
	case *ast.UnaryExpr:
		return p.bound(x)
	case *ast.BinaryExpr:
		switch x.Op {
		case token.AND:
			return p.marked == nil && p.read(x.X) && p.read(x.Y) && p.marked == nil
		case token.OR:
			return p.either(x.X, x.Y) || p.either(x.Y, x.X)
		}
	}
	return false
}

// either reads a disjunction of a default and a type.
func (p *plain) either(mark, typ ast.Expr) bool {
	m, ok := mark.(*ast.UnaryExpr)
	if !ok || m.Op != token.MUL || p.marked != nil || p.kind != cue.TopKind {
		return false
	}
	lit, ok := m.X.(*ast.BasicLit)
	if !ok || !p.read(typ) || p.marked != nil {
		return false
	}
	p.marked = lit
	return true
}

func (p *plain) bound(x *ast.UnaryExpr) bool {
	lit, ok := x.X.(*ast.BasicLit)
	if !ok || !shortDecimal(lit) {
		return false
	}
	b := &ir.Bound{Value: canonicalNumber(lit.Value), Exclusive: x.Op == token.GTR || x.Op == token.LSS}
	switch x.Op {
	case token.GTR, token.GEQ:
		p.min = tighter(p.min, b, 1)
	case token.LSS, token.LEQ:
		p.max = tighter(p.max, b, -1)
	default:
		return false
	}
	p.kind &= cue.NumberKind
	return true
}

// shortDecimal reports whether a literal is a decimal that every kind of number holds
// and that has no other spelling to CUE, such as 0x10 or 1Ki.
func shortDecimal(lit *ast.BasicLit) bool {
	whole, frac, point := strings.Cut(lit.Value, ".")
	return (lit.Kind == token.INT || lit.Kind == token.FLOAT) && len(lit.Value) <= 15 &&
		isDigits(whole) && (whole == "0" || whole[0] != '0') && (!point || isDigits(frac))
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// wide reports whether bounds are far enough apart that CUE does not make one value of
// them, and are integers where the type is.
func (p *plain) wide(kind ir.Kind) bool {
	for _, b := range []*ir.Bound{p.min, p.max} {
		if b != nil && (!isNumber(kind) || kind == ir.KindInt && !isDigits(b.Value)) {
			return false
		}
	}
	return p.min == nil || p.max == nil || new(big.Rat).Sub(rat(p.max.Value), rat(p.min.Value)).Cmp(big.NewRat(2, 1)) > 0 ||
		kind != ir.KindInt && rat(p.max.Value).Cmp(rat(p.min.Value)) > 0
}

func rat(decimal string) *big.Rat {
	r, _ := new(big.Rat).SetString(decimal)
	return r
}

// takesDefault reports whether the type takes the default in.
func (p *plain) takesDefault() bool {
	if p.marked == nil {
		return true
	}
	switch p.marked.Kind {
	case token.TRUE, token.FALSE:
		return p.kind == cue.BoolKind
	case token.STRING:
		return p.kind == cue.StringKind
	case token.INT:
		return p.kind&cue.IntKind != 0 && shortDecimal(p.marked) && p.holds(rat(p.marked.Value))
	case token.FLOAT:
		return p.kind&cue.FloatKind != 0 && shortDecimal(p.marked) && p.holds(rat(p.marked.Value))
	}
	return false
}

func (p *plain) holds(n *big.Rat) bool {
	inside := func(b *ir.Bound, sign int) bool {
		if b == nil {
			return true
		}
		c := n.Cmp(rat(b.Value)) * sign
		return c > 0 || c == 0 && !b.Exclusive
	}
	return inside(p.min, 1) && inside(p.max, -1)
}
