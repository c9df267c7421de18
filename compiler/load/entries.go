package load

import (
	"encoding/json"
	"fmt"
	"slices"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

// pattern is a constraint for the fields whose names are of a key, [=~"^x-"]: T.
type pattern struct {
	key  *ir.Type
	pos  ir.Pos
	elem *ir.Type
}

// maxGroups is how many sorts of keys an object has at most: patterns that overlap make
// more of them than are written.
const maxGroups = 16

// group is a set of keys that are of the same patterns.
type group struct {
	key *ir.Type
	of  []int // the patterns
}

// entries gives an object's patterns to it: what is of several of them has to fit all,
// as in CUE, so that each set of keys that are of the same patterns has a type of its own.
func (t *typer) entries(typ *ir.Type, v cue.Value, patterns []pattern, path string) {
	for _, p := range patterns {
		if f, known := ir.FormatOf(p.key); known && f.Checked {
			t.errorf(p.pos, path, "keys that are %s cannot stand beside others", f.Noun).Hintf("put the entries with such keys into a map of their own")
			return
		}
		p.key.Format, p.key.Doc = "", "" // its patterns say it
	}
	for _, g := range t.groups(typ, patterns, path) {
		g.key.Pos = patterns[g.of[0]].pos
		elem := t.elemOf(v, g, patterns, path)
		if elem == nil {
			return
		}
		typ.Entries = append(typ.Entries, ir.Entries{Key: g.key, Elem: elem})
	}
}

// groups takes the keys of all patterns apart, without those that are fields.
func (t *typer) groups(typ *ir.Type, patterns []pattern, path string) (all []group) {
	for i, p := range patterns {
		var next []group
		rest := []*ir.Type{p.key}
		for _, g := range all {
			both := assign.MeetKeys(g.key, p.key)
			if _, found, decided := assign.SomeKey(both); decided && !found {
				next = append(next, g)
				continue
			}
			next = append(next, group{both, append(slices.Clip(g.of), i)})
			for _, key := range assign.WithoutKeys(g.key, p.key) {
				next = append(next, group{key, g.of})
			}
			var outside []*ir.Type
			for _, key := range rest {
				outside = append(outside, assign.WithoutKeys(key, g.key)...)
			}
			rest = outside
		}
		for _, key := range rest {
			next = append(next, group{key, []int{i}})
		}
		var ok bool
		if all, ok = t.inhabited(next, typ); !ok {
			t.errorf(p.pos, path, "whether a key is of this pattern and of another one cannot be told").
				Hintf("write patterns that are shorter, or put the entries into maps of their own")
			return nil
		}
	}
	return all
}

// inhabited leaves out the groups that have no keys; false where that cannot be told.
func (t *typer) inhabited(all []group, typ *ir.Type) (some []group, ok bool) {
	for _, g := range all {
		if g.key == nil {
			continue
		}
		fields := &ir.Type{Kind: ir.KindString}
		for _, f := range typ.Fields {
			if assign.EntryOf(&ir.Type{Kind: ir.KindMap, Key: g.key}, f.Name) != nil {
				name, _ := json.Marshal(f.Name) // a string always encodes
				fields.Enum = append(fields.Enum, name)
			}
		}
		if fields.Enum != nil {
			free := assign.WithoutKeys(g.key, fields)
			if len(free) == 0 {
				continue
			}
			g.key = free[0] // a list of texts is one thing
		}
		_, found, decided := assign.SomeKey(g.key)
		if !found && !decided {
			return nil, false
		}
		if found {
			some = append(some, g)
		}
	}
	return some, len(some) <= maxGroups
}

// elemOf gives the type of what the keys of a group stand for. Where they are of several
// patterns, CUE tells by the field of such a name that may be there.
func (t *typer) elemOf(v cue.Value, g group, patterns []pattern, path string) *ir.Type {
	if len(g.of) == 1 {
		return patterns[g.of[0]].elem
	}
	key, _, _ := assign.SomeKey(g.key)
	last := patterns[g.of[len(g.of)-1]]
	both := v.LookupPath(cue.MakePath(cue.Str(key).Optional()))
	if err := both.Err(); err != nil {
		t.errorf(last.pos, path, "a key such as %q is of two patterns, and no value fits the types of both: %s", key, plainMessage(err)).
			Hintf("leave such keys out of one of the two, as [=~\"^a\" & !~\"b$\"]: … does")
		return nil
	}
	return t.typeOf(both, fmt.Sprintf("%s.%s", path, quoteLabel(key)))
}

// namesOnly refuses patterns of keys at an end: its fields are what edges lead to, and
// the parts of a form.
func (d *decoder) namesOnly(typ *ir.Type, path string) {
	if len(typ.Entries) > 0 {
		d.typer.errorf(typ.Entries[0].Elem.Pos, path, "the fields of an input or output all have names of their own").
			Hintf("put those whose names follow a pattern into a field: extra: {[=~\"^x-\"]: …}")
	}
}

// open tells whether a struct is written with "...". An arm of a disjunction is not closed
// by the definition around it, so only what the user wrote counts. CUE is asked about a
// name that is no field's and of no pattern: some patterns let the name in that stands
// for all of them.
func (t *typer) open(v cue.Value, typ *ir.Type, patterns []pattern, pos ir.Pos, path string) bool {
	byText := func(p pattern) bool { f, known := ir.FormatOf(p.key); return !known || !f.Checked }
	if !slices.ContainsFunc(patterns, byText) {
		return v.LookupPath(cue.MakePath(cue.AnyString)).Exists()
	}
	all := &ir.Type{Kind: ir.KindObject, Fields: typ.Fields}
	for _, p := range patterns {
		all.Entries = append(all.Entries, ir.Entries{Key: p.key, Elem: p.elem})
	}
	name, found, decided := assign.UncoveredKey(&ir.Type{Kind: ir.KindString}, all)
	if !decided {
		t.errorf(pos, path, "whether these patterns leave names over cannot be told").Hintf("write patterns that are shorter")
	}
	return found && v.LookupPath(cue.MakePath(cue.Str(name).Optional())).Exists()
}
