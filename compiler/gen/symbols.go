package gen

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// symbolUses collects the dimensions of one value's tensors by their symbols.
// What lies in a list or a map is left out: a symbol stands for the size of one
// item there.
type symbolUses struct {
	g     *generator
	order []string
	uses  map[string][]symbolUse
}

// symbolUse is one dimension.
type symbolUse struct {
	at   spot
	axis int
}

// spot is a place in a value.
type spot struct {
	v      string   // the Go expression
	path   []string // fields that lead there
	guards []string // conditions under which it is there
	client bool     // what is there came with the request
}

func (at spot) field(f goField) spot {
	out := at.arm(at.v+"."+f.name, f.pointer)
	out.path = append(slices.Clip(at.path), f.json)
	return out
}

// arm is the same place by another expression, which may be nil.
func (at spot) arm(v string, nilable bool) spot {
	at.v = v
	if nilable {
		at.guards = append(slices.Clip(at.guards), v+" != nil")
	}
	return at
}

func (g *generator) newSymbolUses() *symbolUses {
	return &symbolUses{g: g, uses: map[string][]symbolUse{}}
}

// add takes in the dimensions of t, held as gt. A type inside itself is left to
// its own check.
func (u *symbolUses) add(t *ir.Type, gt *goType, at spot, around ...*goType) {
	r := u.g.b.Resolve(t)
	if r == nil || slices.Contains(around, gt) {
		return
	}
	switch gt.kind {
	case goTensor, goAnyTensor:
		for axis, d := range r.Shape {
			if d.Symbol != "" {
				u.use(d.Symbol, symbolUse{at, axis})
			}
		}
	case goStruct:
		for _, f := range gt.fields {
			if field := r.Field(f.json); field != nil {
				u.add(field.Type, f.typ, at.field(f), append(around, gt)...)
			}
		}
	case goPointer:
		if r.Kind == ir.KindUnion {
			r = u.g.nonNull(r)
		}
		u.add(r, gt.elem, at.arm(at.v, true), around...)
	case goUnion:
		if arms, _ := u.g.types.arms(r); len(arms) == len(gt.fields) {
			for i, f := range gt.fields {
				u.add(arms[i], f.typ, at.arm(at.v+"."+f.name, true), append(around, gt)...)
			}
		}
	}
}

func (u *symbolUses) use(symbol string, use symbolUse) {
	have := u.uses[symbol]
	if have == nil {
		u.order = append(u.order, symbol)
	}
	for _, h := range have {
		if h.at.v == use.at.v && h.axis == use.axis {
			return
		}
	}
	u.uses[symbol] = append(have, use)
}

// check writes the comparisons; checker names the checker of a symbol.
func (u *symbolUses) check(checker func(client bool) string) []string {
	var out []string
	for _, symbol := range u.order {
		uses := u.uses[symbol]
		if len(uses) < 2 {
			continue
		}
		client := true
		for _, use := range uses {
			client = client && use.at.client
		}
		out = append(out, sameSize(checker(client), symbol, uses)...)
	}
	return out
}

// sameSize writes the comparison of the dimensions that have one symbol.
func sameSize(c, symbol string, uses []symbolUse) []string {
	always := len(uses)
	for i, use := range slices.Backward(uses) {
		if len(use.at.guards) > 0 {
			always = i
		}
	}
	sizes := make([]string, len(uses))
	for i, use := range uses {
		sizes[i] = use.expr()
	}
	if always == len(uses) {
		return []string{fmt.Sprintf("%s.SameSize(%q, %s)", c, symbol, strings.Join(sizes, ", "))}
	}
	out := []string{"{", fmt.Sprintf("sizes := []codec.Size{%s}", strings.Join(sizes[:always], ", "))}
	for i, use := range uses[always:] {
		add := fmt.Sprintf("sizes = append(sizes, %s)", sizes[always+i])
		if len(use.at.guards) > 0 {
			add = "if " + strings.Join(use.at.guards, " && ") + " {\n" + add + "\n}"
		}
		out = append(out, add)
	}
	return append(out, fmt.Sprintf("%s.SameSize(%q, sizes...)", c, symbol), "}")
}

func (use symbolUse) expr() string {
	parts := []string{use.at.v + ".Shape", fmt.Sprint(use.axis)}
	for _, name := range use.at.path {
		parts = append(parts, fmt.Sprintf("%q", name))
	}
	return "codec.SizeOf(" + strings.Join(parts, ", ") + ")"
}

// symbols checks that dimensions of one object which share a symbol are of one
// size, as far as the checks of its fields do not see to it.
func (g *generator) symbols(t *ir.Type, gt *goType, c, v string) []string {
	u := g.newSymbolUses()
	u.add(t, gt, spot{v: v})
	for symbol, uses := range u.uses {
		u.uses[symbol] = oneOfField(uses)
	}
	return u.check(func(bool) string { return c })
}

// oneOfField leaves one dimension of each field, since those of one field are
// compared with it; all where each may be absent. It is nil where there is only
// one such field.
func oneOfField(uses []symbolUse) []symbolUse {
	var out []symbolUse
	fields := 0
	for _, group := range byField(uses) {
		fields++
		always := slices.IndexFunc(group, func(u symbolUse) bool { return len(u.at.guards) == 0 })
		if always >= 0 {
			group = group[always : always+1]
		}
		out = append(out, group...)
	}
	if fields < 2 {
		return nil
	}
	return out
}

// byField groups dimensions by the first field of their paths, in order.
func byField(uses []symbolUse) [][]symbolUse {
	var groups [][]symbolUse
	for _, use := range uses {
		i := slices.IndexFunc(groups, func(g []symbolUse) bool { return g[0].at.path[0] == use.at.path[0] })
		if i < 0 {
			groups = append(groups, []symbolUse{use})
		} else {
			groups[i] = append(groups[i], use)
		}
	}
	return groups
}

// tensorSymbols checks the dimensions of one tensor that share a symbol.
func (g *generator) tensorSymbols(t *ir.Type, gt *goType, c, v string) []string {
	u := g.newSymbolUses()
	u.add(t, gt, spot{v: strings.TrimPrefix(v, "*")})
	return u.check(func(bool) string { return c })
}
