package assign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"

	"bentoc.dev/compiler/ir"
)

// kindOf tells what a constant is, by its first letter.
func kindOf(v ir.Const) ir.Kind {
	v = bytes.TrimSpace(v)
	if len(v) == 0 {
		return ir.KindNull
	}
	switch v[0] {
	case 'n':
		return ir.KindNull
	case 't', 'f':
		return ir.KindBool
	case '"':
		return ir.KindString
	case '[':
		return ir.KindList
	case '{':
		return ir.KindObject
	}
	if ir.IsInteger(string(v)) {
		return ir.KindInt
	}
	return ir.KindFloat
}

// Conforms decides, fully, whether a constant is a value of t: yes or no.
func (f *Fitter) Conforms(v ir.Const, t *ir.Type) Result {
	t = f.Named(t)
	if t == nil || t.Kind == ir.KindAny {
		return f.held(v)
	}
	if t.Kind == ir.KindUnion {
		return f.conformsArm(v, t)
	}
	if travels := kinds[t.Kind].travels; f.wire != nil && travels != nil {
		return travels(f, v, t)
	}
	if a := f.kindFits(v, t); a.Verdict == No {
		return a
	}
	if len(t.Enum) > 0 && !anyConst(t.Enum, v) {
		return Never("%s is not %s", Shorten(string(v)), enumText(t.Enum))
	}
	if anyConst(t.Not, v) {
		return Never("%s is excluded", Shorten(string(v)))
	}
	return kinds[t.Kind].holds(f, v, t)
}

// AsSent decides whether a client's document is a value of t: like Conforms, but what
// travels as text or as lists of numbers there, such as pictures and tensors, is taken
// as it is.
func (f *Fitter) AsSent(doc ir.Const, t *ir.Type) Result {
	of := *f
	of.documents = true
	return of.Conforms(doc, t)
}

// held tells whether 64 bits hold each number in a constant.
func (f *Fitter) held(v ir.Const) Result {
	dec := json.NewDecoder(bytes.NewReader(v))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil { // the end
			return sure()
		}
		if n, ok := token.(json.Number); ok && !ir.FitsInt64(n.String()) && !f.isFloat(n.String()) {
			return notHeld(ir.Const(n))
		}
	}
}

// isFloat tells whether a number may be a float64. One of the wire is rounded to the
// nearest, a constant that would become another one is a mistake.
func (f *Fitter) isFloat(s string) bool {
	if f.wire != nil {
		return ir.BeyondFloat64(s) == 0
	}
	return ir.FitsFloat64(s)
}

func notHeld(v ir.Const) Result {
	text := string(v)
	if short, err := ir.CanonicalNumber(text); err == nil {
		text = short
	}
	return Never("%s cannot be held by a number of 64 bits", Shorten(text))
}

func anyConst(list []ir.Const, v ir.Const) bool {
	for _, c := range list {
		if sameConst(c, v) {
			return true
		}
	}
	return false
}

// kindFits compares kinds alone.
func (f *Fitter) kindFits(v ir.Const, t *ir.Type) Result {
	k := kinds[t.Kind]
	switch {
	case slices.Contains(k.constants, kindOf(v)):
		return sure()
	case k.apart && f.documents:
		return sure()
	case t.Kind == ir.KindTensor && t.Rank0:
		return f.scalar(v, t)
	case k.apart:
		return Never("a constant cannot stand for %s", Describe(f.b, t))
	}
	return Never("%s does not fit %s", Shorten(string(v)), Describe(f.b, t))
}

func (f *Fitter) conformsArm(v ir.Const, t *ir.Type) Result {
	failed, near := Result{}, 0
	for _, arm := range t.Arms {
		bound := f.saveSizes()
		a := f.Conforms(v, arm)
		if a.Verdict == Fits {
			return a
		}
		f.found = bound
		if k := f.Named(arm); k != nil && f.kindFits(v, k).Verdict == Fits {
			near++
			failed = a
		}
	}
	if near == 1 {
		return failed
	}
	return Never("%s fits none of %s", Shorten(string(v)), Describe(f.b, t))
}

func (f *Fitter) conformsNumber(v ir.Const, t *ir.Type) Result {
	if t.Kind == ir.KindInt && !ir.FitsInt64(string(bytes.TrimSpace(v))) {
		return Never("%s is no integer of 64 bits", Shorten(string(v)))
	}
	if t.Kind == ir.KindFloat && !f.isFloat(string(bytes.TrimSpace(v))) {
		return notHeld(v)
	}
	if outside(v, t) {
		return Never("%s is not%s", Shorten(string(v)), bounds(&ir.Type{Min: t.Min, Max: t.Max}))
	}
	if t.MultipleOf != "" && !ir.IsMultiple(string(v), t.MultipleOf) {
		return Never("%s is no multiple of %s", Shorten(string(v)), t.MultipleOf)
	}
	return sure()
}

func (f *Fitter) conformsString(v ir.Const, t *ir.Type) Result {
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		return Never("%s is no string", Shorten(string(v)))
	}
	if a := f.HasLength(int64(utf8.RuneCountInString(s)), t, "character"); a.Verdict == No {
		return a
	}
	for _, p := range t.Patterns {
		if re, err := regexp.Compile(p); err == nil && !re.MatchString(s) {
			return Never("%s does not match %q", Shorten(string(v)), p)
		}
	}
	for _, p := range t.NotPatterns {
		if re, err := regexp.Compile(p); err == nil && re.MatchString(s) {
			return Never("%s matches %q, which is excluded", Shorten(string(v)), p)
		}
	}
	return conformsFormat(s, t)
}

func (f *Fitter) conformsBytes(v ir.Const, t *ir.Type) Result {
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		return Never("%s is no string", Shorten(string(v)))
	}
	raw, err := t.Decode(s)
	if err != nil {
		return Never("%s is no %s", Shorten(string(v)), t.EncodingName())
	}
	return f.HasLength(int64(len(raw)), t, "byte")
}

// HasLength decides whether n units are as many as t allows.
func (f *Fitter) HasLength(n int64, t *ir.Type, unit string) Result {
	least, most := t.MinLen, t.MaxLen
	if t.Kind == ir.KindList {
		least, most = t.Lengths()
	}
	switch {
	case most != nil && n > *most:
		return Never("it has %s, but at most %d are allowed", count(int(n), unit), *most)
	case least != nil && n < *least:
		return Never("it has %s, but at least %d are required", count(int(n), unit), *least)
	}
	return sure()
}

func (f *Fitter) conformsList(v ir.Const, t *ir.Type) Result {
	var items []ir.Const
	if err := json.Unmarshal(v, &items); err != nil {
		return Never("%s is no list", Shorten(string(v)))
	}
	if a := f.HasLength(int64(len(items)), t, "item"); a.Verdict == No {
		return a
	}
	for i, item := range items {
		if to := Part(t, i); to != nil {
			if a := f.conformsItem(item, to); a.Verdict == No {
				return a.in(fmt.Sprintf("[%d]", i))
			}
		}
		if t.Unique && anyConst(items[:i], item) {
			return Never("%s is there twice", Shorten(string(item)))
		}
	}
	return sure()
}

func (f *Fitter) conformsObject(v ir.Const, t *ir.Type) Result {
	var members map[string]ir.Const
	if err := json.Unmarshal(v, &members); err != nil {
		return Never("%s is no object", Shorten(string(v)))
	}
	if t.Kind == ir.KindMap {
		if a := f.HasLength(int64(len(members)), t, "field"); a.Verdict == No {
			return a
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		to := t.Elem
		if a := f.keyOf(&ir.Field{Name: name, Required: true}, t); a.Verdict == No {
			return a
		}
		conforms := f.conformsItem
		if t.Kind == ir.KindObject {
			field := FieldOf(t, name)
			if field == nil && (f.refuses(t) || t.Open && f.full()) {
				return Never("field %q is not allowed by %s", name, Describe(f.b, t))
			}
			if field == nil {
				continue
			}
			to = field.Type
			if t.Field(name) != nil {
				conforms = f.Conforms
			}
		}
		if a := conforms(members[name], to); a.Verdict == No {
			return a.in("." + name)
		}
	}
	for _, field := range t.Fields {
		if _, ok := members[field.Name]; !ok && (field.Required || field.Default != nil && f.full()) {
			return Never("field %q is missing", field.Name)
		}
	}
	return sure()
}
