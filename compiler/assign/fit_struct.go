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
	a = perhaps(a)
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
	a = a.and(f.others(p, c)).and(f.rest(p, c))
	if !f.refuses(c) {
		return a
	}
	for _, from := range p.Fields {
		if FieldOf(c, from.Name) == nil {
			a = a.and(Never("field %q is not allowed by %s", from.Name, Describe(f.b, c)))
		}
	}
	return a
}

// refuses tells whether an object that is read here refuses what it has no place for.
func (f *Fitter) refuses(c *ir.Type) bool { return !c.Open && (Refuses(c) || !f.ignores()) }

// rest compares what is an entry on one side at least.
func (f *Fitter) rest(p, c *ir.Type) Result {
	a := sure()
	for _, from := range p.Fields {
		if e := EntryOf(c, from.Name); e != nil && c.Field(from.Name) == nil {
			a = a.and(f.item(from.Type, e.Elem).in("." + from.Name))
		}
	}
	for _, from := range entriesOf(p) {
		for _, to := range c.Entries {
			text, found, decided := SomeKey(MeetKeys(from.Key, to.Key))
			if found || !decided {
				a = a.and(perhaps(f.item(from.Elem, to.Elem)).in("." + text))
			}
		}
		if text, found, decided := UncoveredKey(from.Key, c); f.refuses(c) && (found || !decided) {
			a = a.and(maybe("a key such as %q is not allowed by %s", text, Describe(f.b, c)))
		}
	}
	if len(c.Entries) > 0 && f.mayAdd(p) {
		a = a.and(maybe("it may have other fields already, as anything"))
	}
	return a
}

// perhaps is the result for what may not be there: that it does not fit is no mistake.
func perhaps(a Result) Result {
	if a.Verdict == No {
		a.Verdict = FitsAtRunTime
	}
	return a
}

func (f *Fitter) field(p *ir.Type, to *ir.Field) Result {
	from := p.Field(to.Name)
	if e := EntryOf(p, to.Name); from == nil && e != nil {
		if to.Required {
			return Never("field %q may be absent, but is required", to.Name)
		}
		return perhaps(f.item(e.Elem, to.Type)).in("." + to.Name)
	}
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

// mapIntoObject: a map is an object of entries alone.
func (f *Fitter) mapIntoObject(p, c *ir.Type) Result {
	if high := p.MaxLen; high != nil && *high == 0 {
		p = &ir.Type{Kind: ir.KindObject}
	}
	return f.object(p, c)
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
	most := &high
	if len(p.Entries) > 0 {
		most = nil
	}
	a := f.length(&low, most, c, "entries")
	for _, from := range p.Entries {
		a = a.and(f.keys(&ir.Type{Key: from.Key}, c)).and(perhaps(f.item(from.Elem, c.Elem)).in("[]"))
	}
	if f.mayAdd(p) {
		a = a.and(maybe("it may have other fields"))
	}
	for _, from := range p.Fields {
		a = a.and(f.keyOf(&from, c)).and(f.item(from.Type, c.Elem).in("." + from.Name))
	}
	return a
}
