package check

import (
	"fmt"

	"bentoc.dev/compiler/ir"
)

// list compares lists and tuples.
func (f *fitter) list(p, c *ir.Type) answer {
	low, high := p.Lengths()
	a := f.length(low, high, c, "items")
	if a.verdict == no || high != nil && *high == 0 {
		return a
	}
	n := max(len(p.Prefix), len(c.Prefix))
	for i := range n {
		from, to := part(p, i), part(c, i)
		if from == nil || to == nil {
			continue // settled by the lengths
		}
		a = a.and(f.item(from, to).in(fmt.Sprintf("[%d]", i)))
	}
	if p.Elem != nil && c.Elem != nil {
		a = a.and(f.item(p.Elem, c.Elem).in("[]"))
	}
	if c.Unique && !p.Unique && (high == nil || *high > 1) {
		a = a.and(maybe("its items may not be unique"))
	}
	return a
}

// part is the type of the item at i; nil where there is none.
func part(list *ir.Type, i int) *ir.Type {
	if i < len(list.Prefix) {
		return list.Prefix[i]
	}
	return list.Elem
}

// item compares items of lists and entries of maps: symbols stand for the sizes
// of one item there.
func (f *fitter) item(p, c *ir.Type) answer {
	outer := f.dims
	f.dims = newDims()
	defer func() { f.dims = outer }()
	return f.fit(p, c)
}

// object compares fields by name.
func (f *fitter) object(p, c *ir.Type) answer {
	a := sure()
	for i := range c.Fields {
		a = a.and(f.field(p, &c.Fields[i]))
	}
	if c.Open {
		return a
	}
	for _, from := range p.Fields {
		if c.Field(from.Name) == nil {
			a = a.and(never("field %q is not allowed by %s", from.Name, describe(f.b, c)))
		}
	}
	return a
}

func (f *fitter) field(p *ir.Type, to *ir.Field) answer {
	from := p.Field(to.Name)
	switch {
	case from == nil && to.Required:
		return never("field %q is missing", to.Name)
	case from == nil:
		return sure()
	case to.Required && !from.Required && from.Default == nil:
		return never("field %q may be absent, but is required", to.Name)
	}
	return f.fit(from.Type, to.Type).in("." + to.Name)
}

// objectIntoMap: each field is an entry.
func (f *fitter) objectIntoMap(p, c *ir.Type) answer {
	var low int64
	high := int64(len(p.Fields))
	for _, from := range p.Fields {
		if from.Required || from.Default != nil {
			low++
		}
	}
	a := f.length(&low, &high, c, "entries")
	for _, from := range p.Fields {
		a = a.and(f.item(from.Type, c.Elem).in("." + from.Name))
	}
	return a
}
