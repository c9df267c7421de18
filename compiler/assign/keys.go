package assign

import (
	"encoding/json"
	"slices"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/regular"
)

// Keys are types of strings without a format that a function checks. What is said of
// them here is said of their texts, which regular expressions decide.

// maxPieces bounds in how many pieces a set of keys is taken apart.
const maxPieces = 64

// MeetKeys gives the texts that are of both types, nil where it is plain that there are
// none.
func MeetKeys(a, b *ir.Type) *ir.Type {
	both := &ir.Type{Kind: ir.KindString, Pos: a.Pos,
		Patterns: union(a.Patterns, b.Patterns), NotPatterns: union(a.NotPatterns, b.NotPatterns),
		MinLen: further(a.MinLen, b.MinLen, 1), MaxLen: further(a.MaxLen, b.MaxLen, -1), Enum: a.Enum}
	for _, v := range slices.Concat(a.Not, b.Not) {
		if !anyConst(both.Not, v) {
			both.Not = append(both.Not, v)
		}
	}
	if a.Enum == nil {
		both.Enum = b.Enum
	} else if b.Enum != nil {
		both.Enum = slices.DeleteFunc(slices.Clone(a.Enum), func(v ir.Const) bool { return !anyConst(b.Enum, v) })
	}
	if both.Enum == nil {
		return both
	}
	all := &ir.Type{Kind: ir.KindString, Pos: a.Pos}
	for _, v := range both.Enum {
		if keyIs(v, both) {
			all.Enum = append(all.Enum, v)
		}
	}
	if len(all.Enum) == 0 {
		return nil
	}
	return all
}

func union(a, b []string) (all []string) {
	for _, s := range slices.Concat(a, b) {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// further gives the larger of two bounds for 1, the smaller for -1; nil is none.
func further(a, b *int64, sign int64) *int64 {
	if a == nil || b != nil && sign**b > sign**a {
		return b
	}
	return a
}

// WithoutKeys gives the texts of a that are not of b, in pieces that have none in common.
func WithoutKeys(a, b *ir.Type) (pieces []*ir.Type) {
	rest := a
	for _, one := range restrictions(b) {
		if rest == nil {
			break
		}
		if not := negated(one); not != nil {
			if piece := MeetKeys(rest, not); piece != nil {
				pieces = append(pieces, piece)
			}
		}
		rest = MeetKeys(rest, one)
	}
	return pieces
}

// restrictions gives what a type says of its texts, one thing each.
func restrictions(t *ir.Type) (all []*ir.Type) {
	add := func(one ir.Type) {
		one.Kind = ir.KindString
		all = append(all, &one)
	}
	for _, p := range t.Patterns {
		add(ir.Type{Patterns: []string{p}})
	}
	for _, p := range t.NotPatterns {
		add(ir.Type{NotPatterns: []string{p}})
	}
	if t.MinLen != nil {
		add(ir.Type{MinLen: t.MinLen})
	}
	if t.MaxLen != nil {
		add(ir.Type{MaxLen: t.MaxLen})
	}
	if t.Enum != nil {
		add(ir.Type{Enum: t.Enum})
	}
	if t.Not != nil {
		add(ir.Type{Not: t.Not})
	}
	return all
}

// negated gives the other texts than those of a restriction, nil where there are none.
func negated(one *ir.Type) *ir.Type {
	not := &ir.Type{Kind: ir.KindString, Patterns: one.NotPatterns, NotPatterns: one.Patterns, Enum: one.Not, Not: one.Enum}
	if one.MinLen != nil {
		if *one.MinLen <= 0 {
			return nil
		}
		n := *one.MinLen - 1
		not.MaxLen = &n
	}
	if one.MaxLen != nil {
		n := *one.MaxLen + 1
		not.MinLen = &n
	}
	return not
}

// SomeKey gives the shortest text of a type; decided is false where none was found and
// there may be one.
func SomeKey(t *ir.Type) (text string, found, decided bool) {
	if t == nil {
		return "", false, true
	}
	if t.Enum != nil {
		for _, v := range t.Enum {
			if keyIs(v, t) && json.Unmarshal(v, &text) == nil {
				return text, true, true
			}
		}
		return "", false, true
	}
	return regular.Outside(texts(t), regular.Set{Match: []string{oneOf(nil)}, Max: -1})
}

// UncoveredKey gives a key of a type that an object, or a map, has no place for.
func UncoveredKey(key, object *ir.Type) (text string, found, decided bool) {
	var named ir.Type
	for _, f := range object.Fields {
		named.Not = append(named.Not, keyConst(f.Name))
	}
	pieces := []*ir.Type{key}
	if len(named.Not) > 0 {
		pieces = []*ir.Type{MeetKeys(key, &named)}
	}
	for _, e := range entriesOf(object) {
		var rest []*ir.Type
		for _, p := range pieces {
			if p != nil {
				rest = append(rest, WithoutKeys(p, e.Key)...)
			}
		}
		if pieces = rest; len(pieces) > maxPieces {
			return "", false, false
		}
	}
	decided = true
	for _, p := range pieces {
		text, found, sure := SomeKey(p)
		if found {
			return text, true, true
		}
		decided = decided && sure
	}
	return "", false, decided
}

// entriesOf gives the entries of an object, or of a map: that is an object without
// fields.
func entriesOf(t *ir.Type) []ir.Entries {
	if t.Kind != ir.KindMap {
		return t.Entries
	}
	key := t.Key
	if key == nil {
		key = &ir.Type{Kind: ir.KindString}
	}
	return []ir.Entries{{Key: key, Elem: t.Elem}}
}

// EntryOf gives the entries of an object, or of a map, that a key is of; nil for none.
func EntryOf(t *ir.Type, key string) *ir.Entries {
	for _, e := range entriesOf(t) {
		if keyIs(keyConst(key), e.Key) {
			return &e
		}
	}
	return nil
}

// FieldOf gives the field of an object called name, or as one that may be absent the
// entry that a key of that name is; nil for none.
func FieldOf(t *ir.Type, name string) *ir.Field {
	if f := t.Field(name); f != nil || t.Kind != ir.KindObject {
		return f
	}
	if e := EntryOf(t, name); e != nil {
		return &ir.Field{Name: name, Type: e.Elem, Pos: e.Elem.Pos}
	}
	return nil
}

// Refuses tells whether an object refuses the keys that it has no place for, whoever
// reads it.
func Refuses(t *ir.Type) bool { return len(t.Entries) > 0 && !t.Open }

func keyIs(key ir.Const, t *ir.Type) bool {
	return New(&ir.Bento{}).Conforms(key, t).Verdict == Fits
}

func keyConst(key string) ir.Const {
	text, _ := json.Marshal(key) // a string always encodes
	return text
}
