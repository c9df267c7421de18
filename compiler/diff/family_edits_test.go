package diff

import (
	"slices"
	"strconv"

	"bentoc.dev/compiler/ir"
)

// edits are the kinds of changes, each of one type somewhere; false where it does not
// apply there.
var edits = []struct {
	name string
	do   func(r *family, t *ir.Type) bool
}{
	{"one constraint more", func(r *family, t *ir.Type) bool { r.constrain(t); return true }},
	{"min is gone", func(_ *family, t *ir.Type) bool { had := t.Min != nil; t.Min = nil; return had }},
	{"max is gone", func(_ *family, t *ir.Type) bool { had := t.Max != nil; t.Max = nil; return had }},
	{"min moves", func(r *family, t *ir.Type) bool { return r.move(t.Min) }},
	{"max moves", func(r *family, t *ir.Type) bool { return r.move(t.Max) }},
	{"a bound is exclusive or not", func(_ *family, t *ir.Type) bool {
		for _, b := range []*ir.Bound{t.Min, t.Max} {
			if b != nil {
				b.Exclusive = !b.Exclusive
				return true
			}
		}
		return false
	}},
	{"another step", func(r *family, t *ir.Type) bool {
		had := t.MultipleOf != ""
		t.MultipleOf = map[bool]string{true: pick(r, "", "2", "4", "8")}[had]
		return had
	}},
	{"nothing excluded", func(_ *family, t *ir.Type) bool { had := t.Not != nil; t.Not = nil; return had }},
	{"one value less", func(_ *family, t *ir.Type) bool {
		if len(t.Enum) < 2 {
			return false
		}
		t.Enum = t.Enum[1:]
		return true
	}},
	{"one value more", func(r *family, t *ir.Type) bool {
		v := ir.Const(map[ir.Kind]string{ir.KindInt: "7", ir.KindFloat: "7.5", ir.KindString: `"new"`}[t.Kind])
		if t.Enum == nil || v == nil || len(v) == 0 {
			return false
		}
		t.Enum = append(t.Enum, v)
		return true
	}},
	{"values are not listed", func(_ *family, t *ir.Type) bool { had := t.Enum != nil; t.Enum = nil; return had }},
	{"longer or shorter", func(r *family, t *ir.Type) bool {
		for _, n := range []*int64{t.MinLen, t.MaxLen} {
			if n != nil {
				*n = max(0, *n+r.Int64N(3)-1)
				return true
			}
		}
		return false
	}},
	{"lengths are gone", func(_ *family, t *ir.Type) bool {
		had := t.MinLen != nil || t.MaxLen != nil
		t.MinLen, t.MaxLen = nil, nil
		return had
	}},
	{"another expression", func(r *family, t *ir.Type) bool {
		if t.Patterns == nil {
			return false
		}
		t.Patterns = []string{pick(r, expressions...)}
		return true
	}},
	{"no expressions", func(_ *family, t *ir.Type) bool {
		had := t.Patterns != nil || t.NotPatterns != nil
		t.Patterns, t.NotPatterns = nil, nil
		return had
	}},
	{"unique or not", func(_ *family, t *ir.Type) bool {
		t.Unique = !t.Unique
		return t.Kind == ir.KindList && len(t.Prefix) == 0
	}},
	{"another kind", func(r *family, t *ir.Type) bool { *t = *r.typ(1); return true }},
	{"an int is a float, or the other way round", func(_ *family, t *ir.Type) bool {
		is := map[ir.Kind]ir.Kind{ir.KindInt: ir.KindFloat, ir.KindFloat: ir.KindInt}[t.Kind]
		if is != "" {
			t.Kind = is
		}
		return is != "" && t.Enum == nil
	}},
	{"may be null", func(_ *family, t *ir.Type) bool {
		if t.Kind == ir.KindUnion || t.Kind == ir.KindAny || t.Kind == ir.KindNull || t.Kind == ir.KindRef {
			return false
		}
		c := *t
		*t = ir.Type{Kind: ir.KindUnion, Arms: []*ir.Type{&c, {Kind: ir.KindNull}}}
		return true
	}},
	{"one arm less", func(_ *family, t *ir.Type) bool {
		if t.Kind != ir.KindUnion {
			return false
		}
		if t.Arms = t.Arms[1:]; len(t.Arms) == 1 {
			*t = *t.Arms[0]
		}
		return true
	}},
	{"one arm more", func(r *family, t *ir.Type) bool {
		if t.Kind == ir.KindUnion && t.Discriminator != "" {
			t.Arms = append(t.Arms, r.tagged("new", 1))
			return true
		}
		for _, a := range t.Arms {
			if a.Kind.JSON() == "boolean" {
				return false
			}
		}
		t.Arms = append(t.Arms, &ir.Type{Kind: ir.KindBool})
		return t.Kind == ir.KindUnion
	}},
	{"a field more", func(r *family, t *ir.Type) bool {
		if t.Kind != ir.KindObject || t.Field("new") != nil {
			return false
		}
		at := r.IntN(len(t.Fields) + 1)
		t.Fields = slices.Insert(t.Fields, at, r.field("new", 1))
		return true
	}},
	{"a field less", func(r *family, t *ir.Type) bool {
		if t.Kind != ir.KindObject || len(t.Fields) < 2 || t.Field("k") != nil {
			return false
		}
		i := r.IntN(len(t.Fields))
		t.Fields = slices.Delete(t.Fields, i, i+1)
		return true
	}},
	{"a field must be there, or not", func(r *family, t *ir.Type) bool {
		if len(t.Fields) == 0 || t.Field("k") != nil {
			return false
		}
		f := &t.Fields[r.IntN(len(t.Fields))]
		f.Required, f.Default = !f.Required, nil
		return true
	}},
	{"another default", func(r *family, t *ir.Type) bool {
		if len(t.Fields) == 0 || t.Field("k") != nil {
			return false
		}
		r.setDefault(&t.Fields[r.IntN(len(t.Fields))])
		return true
	}},
	{"another order", func(r *family, t *ir.Type) bool {
		r.Shuffle(len(t.Fields), func(i, j int) { t.Fields[i], t.Fields[j] = t.Fields[j], t.Fields[i] })
		return len(t.Fields) > 1
	}},
	{"open or closed", func(_ *family, t *ir.Type) bool {
		t.Open = !t.Open
		return t.Kind == ir.KindObject && t.Field("k") == nil
	}},
	{"a tuple is longer", func(r *family, t *ir.Type) bool {
		if len(t.Prefix) == 0 {
			return false
		}
		t.Prefix = append(t.Prefix, r.typ(0))
		return true
	}},
	{"a tuple is shorter", func(_ *family, t *ir.Type) bool {
		if len(t.Prefix) < 2 {
			return false
		}
		t.Prefix = t.Prefix[1:]
		return true
	}},
	{"a tuple ends, or goes on", func(r *family, t *ir.Type) bool {
		if len(t.Prefix) == 0 {
			return false
		}
		if t.Elem != nil {
			t.Elem = nil
		} else {
			t.Elem = r.typ(0)
		}
		return true
	}},
	{"a list of it", func(_ *family, t *ir.Type) bool { c := *t; *t = ir.Type{Kind: ir.KindList, Elem: &c}; return true }},
	{"an object is a map, or the other way round", func(r *family, t *ir.Type) bool {
		switch {
		case t.Kind == ir.KindMap:
			*t = ir.Type{Kind: ir.KindObject, Fields: []ir.Field{{Name: "a", Type: t.Elem, Required: r.one(2)}}}
		case t.Kind == ir.KindObject && len(t.Fields) > 0 && t.Field("k") == nil:
			*t = ir.Type{Kind: ir.KindMap, Elem: t.Fields[0].Type}
		default:
			return false
		}
		return true
	}},
	{"other keys", func(r *family, t *ir.Type) bool {
		if t.Kind != ir.KindMap {
			return false
		}
		if t.Key = nil; r.one(2) {
			t.Key = &ir.Type{Kind: ir.KindString, Patterns: []string{pick(r, expressions...)}}
		}
		return true
	}},
	{"other sorts of keys", func(r *family, t *ir.Type) bool {
		if t.Kind != ir.KindObject || t.Field("k") != nil {
			return false
		}
		if t.Entries == nil || r.one(2) {
			r.withEntries(t, 1)
		} else {
			t.Entries = t.Entries[:r.IntN(len(t.Entries))]
		}
		return true
	}},
	{"a field is an entry, or the other way round", func(r *family, t *ir.Type) bool {
		switch {
		case t.Kind != ir.KindObject || len(t.Entries) == 0:
			return false
		case len(t.Fields) > 0 && r.one(2):
			t.Fields = t.Fields[1:]
			return true
		}
		name := pick(r, "ab", "cat", "12")
		t.Fields = append(t.Fields, ir.Field{Name: name, Type: t.Entries[0].Elem, Required: r.one(3)})
		for _, e := range t.Entries {
			e.Key.Not = append(e.Key.Not, textOf(name))
		}
		return true
	}},
	{"anything", func(_ *family, t *ir.Type) bool { *t = ir.Type{Kind: ir.KindAny}; return true }},
	{"what it refers to", func(r *family, t *ir.Type) bool {
		if t.Kind != ir.KindRef {
			return false
		}
		*t = *copyOf(r.types[t.Ref])
		return true
	}},
}

func (r *family) move(b *ir.Bound) bool {
	if b == nil {
		return false
	}
	b.Value = strconv.Itoa(r.IntN(9) - 4)
	return true
}

// edit changes a copy of a type in a few places, and tells how.
func (r *family) edit(t *ir.Type) (*ir.Type, []string) {
	c := copyOf(t)
	var how []string
	for range 1 + r.IntN(3) {
		var places []*ir.Type
		tags := map[*ir.Type]bool{} // stay: an arm is known by them
		ir.WalkType(c, func(t *ir.Type) {
			for i := range t.Fields {
				if t.Fields[i].Name == "k" {
					tags[t.Fields[i].Type] = true
				}
			}
			places = append(places, t)
		})
		for range 20 {
			place, e := pick(r, places...), pick(r, edits...)
			before := copyOf(c)
			if !tags[place] && e.do(r, place) && r.right(c) {
				how = append(how, e.name)
				break
			}
			c = before // what did not apply may have changed something
			places, tags = nil, map[*ir.Type]bool{}
			ir.WalkType(c, func(t *ir.Type) {
				for i := range t.Fields {
					if t.Fields[i].Name == "k" {
						tags[t.Fields[i].Type] = true
					}
				}
				places = append(places, t)
			})
		}
	}
	return c, how
}
