package diff

import (
	"math/rand/v2"
	"strconv"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// family makes random types, and changes them.
type family struct {
	*rand.Rand
	// json: only types whose values CUE and JSON Schema have words for.
	json  bool
	types map[string]*ir.Type // named ones
}

func (r *family) one(n int) bool { return r.IntN(n) == 0 }

func pick[T any](r *family, list ...T) T { return list[r.IntN(len(list))] }

// object makes the type of an end.
func (r *family) object(depth int) *ir.Type {
	t := &ir.Type{Kind: ir.KindObject, Open: r.one(8)}
	for i := range 1 + r.IntN(3) {
		t.Fields = append(t.Fields, r.field(string(rune('a'+i)), depth-1))
	}
	return t
}

// withEntries gives an object one or two sorts of keys, of which none has both.
func (r *family) withEntries(t *ir.Type, depth int) {
	key := func(k ir.Type) *ir.Type {
		k.Kind = ir.KindString
		for i := range t.Fields { // no key of a pattern is a field's
			k.Not = append(k.Not, textOf(t.Fields[i].Name))
		}
		return &k
	}
	one := pick(r, expressions...)
	t.Entries = []ir.Entries{{Key: key(ir.Type{Patterns: []string{one}}), Elem: r.typ(depth)}}
	if r.one(2) {
		t.Entries = append(t.Entries, ir.Entries{Key: key(ir.Type{NotPatterns: []string{one}, Patterns: r.someOf(expressions)}), Elem: r.typ(depth)})
	}
}

func (r *family) someOf(all []string) []string {
	if r.one(3) {
		return nil
	}
	return []string{pick(r, all...)}
}

func (r *family) field(name string, depth int) ir.Field {
	f := ir.Field{Name: name, Type: r.typ(depth), Required: !r.one(3)}
	if !f.Required && r.one(2) {
		r.setDefault(&f)
	}
	return f
}

// columns makes the rows of a table.
func (r *family) columns() *ir.Type {
	row := &ir.Type{Kind: ir.KindObject}
	for i := range 1 + r.IntN(3) {
		cell := &ir.Type{Kind: pick(r, ir.KindInt, ir.KindFloat, ir.KindString, ir.KindBool)}
		r.constrain(cell)
		if r.one(3) {
			cell = &ir.Type{Kind: ir.KindUnion, Arms: []*ir.Type{{Kind: ir.KindNull}, cell}}
		}
		row.Fields = append(row.Fields, ir.Field{Name: string(rune('a' + i)), Type: cell, Required: i == 0 || !r.one(3)})
	}
	return row
}

// setDefault gives a field a default that is of its type, where one is found.
func (r *family) setDefault(f *ir.Field) {
	m := newMaker(&ir.Bento{Types: r.types}, false)
	values := m.parts(f.Type, 3, 0)
	if k := f.Type.Kind; len(values) > 0 && (k == ir.KindInt || k == ir.KindFloat || k == ir.KindString || k == ir.KindBool) {
		f.Default, f.Required = pick(r, values...), false
	}
}

func (r *family) typ(depth int) *ir.Type {
	kinds := []ir.Kind{ir.KindInt, ir.KindInt, ir.KindFloat, ir.KindString, ir.KindString, ir.KindBool}
	if depth > 0 {
		kinds = append(kinds, ir.KindList, ir.KindList, ir.KindObject, ir.KindMap, ir.KindUnion, ir.KindUnion, ir.KindAny, ir.KindNull, ir.KindRef)
	}
	if !r.json {
		kinds = append(kinds, ir.KindTensor, ir.KindImage, ir.KindFile, ir.KindBytes, ir.KindTable)
	}
	t := &ir.Type{Kind: pick(r, kinds...)}
	switch t.Kind {
	case ir.KindList:
		if r.one(3) {
			for range 1 + r.IntN(2) {
				t.Prefix = append(t.Prefix, r.typ(depth-1))
			}
			if r.one(2) {
				return t
			}
		}
		t.Elem = r.typ(depth - 1)
	case ir.KindMap:
		t.Elem = r.typ(depth - 1)
		if r.one(3) {
			t.Key = &ir.Type{Kind: ir.KindString}
			r.constrain(t.Key)
			t.Key.Enum = nil
		}
	case ir.KindTable:
		t.Elem = r.columns()
		t.Orient = pick(r, "", ir.OrientColumns)
	case ir.KindObject:
		t = r.object(depth)
		if t.Field("k") == nil && r.one(4) {
			r.withEntries(t, depth-1)
		}
		return t
	case ir.KindRef:
		t.Ref = pick(r, "Tree", "Point")
		return t
	case ir.KindUnion:
		return r.union(depth)
	}
	for range r.IntN(3) {
		r.constrain(t)
	}
	return t
}

// union makes arms that can be told apart: of another kind of JSON, or by a tag.
func (r *family) union(depth int) *ir.Type {
	t := &ir.Type{Kind: ir.KindUnion}
	if r.one(3) {
		t.Discriminator = "k"
		for _, tag := range []string{"x", "y", "z"}[:2+r.IntN(2)] {
			t.Arms = append(t.Arms, r.tagged(tag, depth))
		}
		return t
	}
	seen := map[string]bool{}
	for range 2 + r.IntN(2) {
		arm := r.typ(depth - 1)
		for arm.Kind == ir.KindRef || arm.Kind == ir.KindUnion || arm.Kind == ir.KindAny {
			arm = &ir.Type{Kind: pick(r, ir.KindNull, ir.KindInt, ir.KindString, ir.KindBool)}
		}
		if !seen[arm.Kind.JSON()] {
			seen[arm.Kind.JSON()] = true
			t.Arms = append(t.Arms, arm)
		}
	}
	if len(t.Arms) == 1 {
		return t.Arms[0]
	}
	return t
}

func (r *family) tagged(tag string, depth int) *ir.Type {
	arm := r.object(depth - 1)
	arm.Open = false
	k := ir.Field{Name: "k", Required: true, Type: &ir.Type{Kind: ir.KindString, Enum: []ir.Const{textOf(tag)}}}
	arm.Fields = append([]ir.Field{k}, arm.Fields...)
	return arm
}

var expressions = []string{"^a", "b$", "^[a-z]+$", "^[a-z0-9]*$", "^(cat|dog)$", "^(cat|dog|cow)$", "^a.*b$", "a", `^\d{2,4}$`, "^ab", "(?i)^ab"}

// constrain says one thing more of a type.
func (r *family) constrain(t *ir.Type) {
	small := func() *ir.Bound {
		v := strconv.Itoa(r.IntN(9) - 4)
		if t.Kind == ir.KindFloat && r.one(3) {
			v += ".5"
		}
		return &ir.Bound{Value: v, Exclusive: r.one(3)}
	}
	length := func(n int64) *int64 { return &n }
	switch t.Kind {
	case ir.KindInt, ir.KindFloat:
		switch r.IntN(6) {
		case 0, 1:
			t.Min = small()
		case 2, 3:
			t.Max = small()
		case 4:
			t.MultipleOf = pick(r, "2", "3", "4", "6")
		case 5:
			t.Not = append(t.Not, ir.Const(strconv.Itoa(r.IntN(5))))
		}
		if r.one(5) {
			*t = ir.Type{Kind: t.Kind, Enum: r.some("1", "2", "3", "5", "-1")}
		}
	case ir.KindString:
		switch r.IntN(6) {
		case 0:
			t.MinLen = length(r.Int64N(3))
		case 1:
			t.MaxLen = length(2 + r.Int64N(4))
		case 2, 3:
			t.Patterns = append(t.Patterns, pick(r, expressions...))
		case 4:
			t.NotPatterns = append(t.NotPatterns, pick(r, expressions...))
		case 5:
			t.Not = append(t.Not, textOf(pick(r, "a", "ab", "cat")))
		}
		if r.one(4) {
			*t = ir.Type{Kind: t.Kind, Enum: r.some(`"a"`, `"ab"`, `"cat"`, `"dog"`, `""`)}
		}
	case ir.KindBytes, ir.KindMap, ir.KindTable:
		if r.one(2) {
			t.MinLen = length(r.Int64N(3))
		} else {
			t.MaxLen = length(2 + r.Int64N(3))
		}
	case ir.KindList:
		switch r.IntN(3) {
		case 0:
			t.MinLen = length(r.Int64N(3))
		case 1:
			t.MaxLen = length(2 + r.Int64N(3))
		case 2:
			t.Unique = len(t.Prefix) == 0
		}
	case ir.KindBool:
		t.Enum = nil
	case ir.KindTensor:
		t.DType = pick(r, "", "float32", "float64", "int8", "int64", "uint8", "bool", "string")
		if r.one(2) {
			t.Shape = []ir.Dim{}
			for range r.IntN(3) {
				t.Shape = append(t.Shape, pick(r, ir.Dim{}, ir.Dim{Size: 2}, ir.Dim{Size: 3}, ir.Dim{Symbol: "n"}, ir.Dim{Symbol: "m"}))
			}
			t.Rank0 = len(t.Shape) == 0
		}
	case ir.KindImage, ir.KindFile:
		switch r.IntN(3) {
		case 0:
			t.MediaTypes = append(t.MediaTypes, pick(r, "image/png", "image/gif", "image/*"))
		case 1:
			t.MaxBytes = 1000 * (1 + r.Int64N(5))
		case 2:
			if t.Kind == ir.KindImage {
				t.MaxPixels = 100 * (1 + r.Int64N(5))
			}
		}
	}
}

func (r *family) some(values ...string) []ir.Const {
	r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	return consts(values[:1+r.IntN(len(values)-1)]...)
}

// right tells whether a type could be a bento's: an end that is an object, arms that can
// be told apart, keys that are texts, defaults that are of their type, and some value.
func (r *family) right(t *ir.Type) bool {
	m := newMaker(&ir.Bento{Types: r.types}, false)
	ok := t.Kind == ir.KindObject
	ok = ok && len(t.Entries) == 0
	ir.WalkType(t, func(t *ir.Type) {
		ok = ok && r.apart(t)
		ok = ok && (t.Key == nil || t.Key.Kind == ir.KindString) // as every key of JSON
		seen := map[string]bool{}
		for _, a := range t.Arms {
			kind := a.Kind.JSON()
			if a.Kind == ir.KindObject && a.Field("k") != nil && t.Discriminator != "" {
				kind = string(a.Field("k").Type.Enum[0])
			} else if t.Discriminator != "" {
				ok = false
			}
			ok = ok && kind != "" && !seen[kind]
			seen[kind] = true
		}
		for i := range t.Fields {
			ok = ok && (t.Fields[i].Default == nil || m.of(t.Fields[i].Default, t.Fields[i].Type))
		}
		_, some := m.minimal(t)
		ok = ok && some
		for _, v := range t.Enum {
			ok = ok && m.of(v, t)
		}
	})
	return ok
}

// apart tells whether the keys of an object's entries are texts, none of which is of two,
// or a field's.
func (r *family) apart(t *ir.Type) bool {
	for i, e := range t.Entries {
		_, some, decided := assign.SomeKey(e.Key)
		if t.Kind != ir.KindObject || e.Key.Kind != ir.KindString || !some || !decided {
			return false
		}
		for _, o := range t.Entries[:i] {
			if _, both, decided := assign.SomeKey(assign.MeetKeys(e.Key, o.Key)); both || !decided {
				return false
			}
		}
		for _, f := range t.Fields {
			if assign.EntryOf(&ir.Type{Kind: ir.KindMap, Key: e.Key}, f.Name) != nil {
				return false
			}
		}
	}
	return true
}
