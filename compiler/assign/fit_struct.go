package assign

import (
	"encoding/json"
	"fmt"

	"bentoc.dev/compiler/ir"
)

// list compares lists and tuples.
func (f *Fitter) list(p, c *ir.Type) Result {
	low, high := p.Lengths()
	a := f.length(low, high, c, "items")
	if a.Verdict == No || high != nil && *high == 0 {
		return a
	}
	n := max(len(p.Prefix), len(c.Prefix))
	for i := range n {
		from, to := Part(p, i), Part(c, i)
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

// Part is the type of the item at i; nil where there is none.
func Part(list *ir.Type, i int) *ir.Type {
	if i < len(list.Prefix) {
		return list.Prefix[i]
	}
	return list.Elem
}

// item compares items of lists and entries of maps: symbols stand for the sizes
// of one item there.
func (f *Fitter) item(p, c *ir.Type) Result {
	outer := f.sizes
	f.sizes = NewSizes()
	defer func() { f.sizes = outer }()
	return f.Fit(p, c)
}

// entries compares maps.
func (f *Fitter) entries(p, c *ir.Type) Result {
	return f.length(p.MinLen, p.MaxLen, c, "entries").and(f.keys(p, c)).and(f.item(p.Elem, c.Elem).in("[]"))
}

// keys compares the keys of maps. Those that never fit are no mistake: a map may be empty.
func (f *Fitter) keys(p, c *ir.Type) Result {
	if c.Key == nil {
		return sure()
	}
	from := p.Key
	if from == nil {
		from = &ir.Type{Kind: ir.KindString}
	}
	a := f.Fit(from, c.Key)
	if a.Verdict == No {
		a.Verdict = FitsAtRunTime
	}
	if a.Verdict != Fits {
		a.Why = "of a key: " + a.Why
	}
	return a
}

// object compares fields by name.
func (f *Fitter) object(p, c *ir.Type) Result {
	a := sure()
	for i := range c.Fields {
		a = a.and(f.field(p, &c.Fields[i]))
	}
	a = a.and(f.others(p, c))
	if c.Open || f.ignores() {
		return a
	}
	for _, from := range p.Fields {
		if c.Field(from.Name) == nil {
			a = a.and(Never("field %q is not allowed by %s", from.Name, Describe(f.b, c)))
		}
	}
	return a
}

func (f *Fitter) field(p *ir.Type, to *ir.Field) Result {
	from := p.Field(to.Name)
	switch {
	case from == nil && to.Required:
		return Never("field %q is missing", to.Name)
	case from == nil && f.mayAdd(p):
		return maybe("field %q may be there already, as anything", to.Name)
	case from == nil:
		return sure()
	case to.Required && !from.Required && (from.Default == nil || f.omits()):
		return Never("field %q may be absent, but is required", to.Name)
	}
	return f.Fit(from.Type, to.Type).in("." + to.Name)
}

// keyOf decides whether the name of a field is a key of c.
func (f *Fitter) keyOf(from *ir.Field, c *ir.Type) Result {
	if c.Key == nil {
		return sure()
	}
	name, err := json.Marshal(from.Name)
	if err != nil {
		return Never("%q is no key", from.Name)
	}
	a := f.Conforms(name, c.Key)
	if a.Verdict == No {
		a.Why = "of a key: " + a.Why
		if !from.Required && from.Default == nil {
			a.Verdict = FitsAtRunTime
		}
	}
	return a
}

// objectIntoMap: each field is an entry.
func (f *Fitter) objectIntoMap(p, c *ir.Type) Result {
	var low int64
	high := int64(len(p.Fields))
	for _, from := range p.Fields {
		if from.Required || from.Default != nil && !f.omits() {
			low++
		}
	}
	a := f.length(&low, &high, c, "entries")
	if f.mayAdd(p) {
		a = a.and(maybe("it may have other fields"))
	}
	for _, from := range p.Fields {
		a = a.and(f.keyOf(&from, c)).and(f.item(from.Type, c.Elem).in("." + from.Name))
	}
	return a
}
