package ir

import "slices"

// symbolOwners tells whose sizes the symbols of one whole value stand for: two
// producers may use one name for sizes that differ.
type symbolOwners struct {
	b     *Bento
	owner map[string]string // by symbol
}

func (s *Scope) newSymbolOwners() *symbolOwners {
	return &symbolOwners{s.b, map[string]string{}}
}

// declared owns the symbols of the types that the user wrote beside values.
const declaredOwner = "declared"

// edgeOwner owns the symbols of what an edge begins at.
func edgeOwner(e *Edge) string { return string(e.From) + " " + e.Node }

// claim gives t as a part of the whole: as it is, or with dimensions of any size
// in place of symbols that are another's.
func (o *symbolOwners) claim(t *Type, owner string) *Type {
	taken := map[string]bool{}
	o.walk(t, nil, func(symbol string) {
		switch o.owner[symbol] {
		case "":
			o.owner[symbol] = owner
		case owner:
		default:
			taken[symbol] = true
		}
	})
	if len(taken) == 0 {
		return t
	}
	return o.without(t, taken, nil)
}

// walk calls f with the symbols that stand for the sizes of the whole; those in
// lists and maps stand for sizes of one item.
func (o *symbolOwners) walk(t *Type, around []*Type, f func(string)) {
	t = o.b.Resolve(t)
	if t == nil || slices.Contains(around, t) {
		return
	}
	around = append(around, t)
	for _, d := range t.Shape {
		if d.Symbol != "" {
			f(d.Symbol)
		}
	}
	for i := range t.Fields {
		o.walk(t.Fields[i].Type, around, f)
	}
	for _, arm := range t.Arms {
		o.walk(arm, around, f)
	}
}

// without copies t without the symbols that are taken. Types inside themselves
// stay: their symbols stand for sizes of their own.
func (o *symbolOwners) without(t *Type, taken map[string]bool, around []*Type) *Type {
	r := o.b.Resolve(t)
	found := false
	o.walk(r, around, func(symbol string) { found = found || taken[symbol] })
	if !found {
		return t
	}
	around = append(around, r)
	c := *r
	c.Shape, c.Fields, c.Arms = slices.Clone(r.Shape), slices.Clone(r.Fields), slices.Clone(r.Arms)
	for i, d := range c.Shape {
		if taken[d.Symbol] {
			c.Shape[i] = Dim{}
		}
	}
	for i := range c.Fields {
		c.Fields[i].Type = o.without(c.Fields[i].Type, taken, around)
	}
	for i := range c.Arms {
		c.Arms[i] = o.without(c.Arms[i], taken, around)
	}
	return &c
}
