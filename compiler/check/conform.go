package check

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
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

// conforms decides, fully, whether a constant is a value of t: yes or no.
func (f *fitter) conforms(v ir.Const, t *ir.Type) answer {
	t = f.named(t)
	if t == nil || t.Kind == ir.KindAny {
		return sure()
	}
	if t.Kind == ir.KindUnion {
		return f.conformsArm(v, t)
	}
	if a := f.kindFits(v, t); a.verdict == no {
		return a
	}
	if len(t.Enum) > 0 && !anyConst(t.Enum, v) {
		return never("%s is not %s", shorten(string(v)), enumText(t.Enum))
	}
	if anyConst(t.Not, v) {
		return never("%s is excluded", shorten(string(v)))
	}
	switch t.Kind {
	case ir.KindInt, ir.KindFloat:
		return f.conformsNumber(v, t)
	case ir.KindString:
		return f.conformsString(v, t)
	case ir.KindBytes:
		return f.conformsBytes(v, t)
	case ir.KindList:
		return f.conformsList(v, t)
	case ir.KindMap, ir.KindObject:
		return f.conformsObject(v, t)
	}
	return sure()
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
func (f *fitter) kindFits(v ir.Const, t *ir.Type) answer {
	k, want := kindOf(v), t.Kind
	switch {
	case k == want,
		k == ir.KindInt && want == ir.KindFloat,
		k == ir.KindString && want == ir.KindBytes,
		k == ir.KindObject && want == ir.KindMap:
		return sure()
	case want == ir.KindTensor || want == ir.KindImage || want == ir.KindFile:
		return never("a constant cannot stand for %s", describe(f.b, t))
	}
	return never("%s does not fit %s", shorten(string(v)), describe(f.b, t))
}

func (f *fitter) conformsArm(v ir.Const, t *ir.Type) answer {
	failed, near := answer{}, 0
	for _, arm := range t.Arms {
		a := f.conforms(v, arm)
		if a.verdict == yes {
			return a
		}
		if k := f.named(arm); k != nil && f.kindFits(v, k).verdict == yes {
			near++
			failed = a
		}
	}
	if near == 1 {
		return failed
	}
	return never("%s fits none of %s", shorten(string(v)), describe(f.b, t))
}

func (f *fitter) conformsNumber(v ir.Const, t *ir.Type) answer {
	if n, ok := new(big.Rat).SetString(string(bytes.TrimSpace(v))); ok && t.Kind == ir.KindInt && !n.Num().IsInt64() {
		return never("%s is no integer of 64 bits", shorten(string(v)))
	}
	if outside(v, t) {
		return never("%s is not%s", shorten(string(v)), bounds(&ir.Type{Min: t.Min, Max: t.Max}))
	}
	if t.MultipleOf != "" && !ir.IsMultiple(string(v), t.MultipleOf) {
		return never("%s is no multiple of %s", shorten(string(v)), t.MultipleOf)
	}
	return sure()
}

func (f *fitter) conformsString(v ir.Const, t *ir.Type) answer {
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		return never("%s is no string", shorten(string(v)))
	}
	if a := f.lengthIs(int64(utf8.RuneCountInString(s)), t, "character"); a.verdict == no {
		return a
	}
	for _, p := range t.Patterns {
		if re, err := regexp.Compile(p); err == nil && !re.MatchString(s) {
			return never("%s does not match %q", shorten(string(v)), p)
		}
	}
	for _, p := range t.NotPatterns {
		if re, err := regexp.Compile(p); err == nil && re.MatchString(s) {
			return never("%s matches %q, which is excluded", shorten(string(v)), p)
		}
	}
	return sure()
}

func (f *fitter) conformsBytes(v ir.Const, t *ir.Type) answer {
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		return never("%s is no string", shorten(string(v)))
	}
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return never("%s is no base64", shorten(string(v)))
	}
	return f.lengthIs(int64(len(raw)), t, "byte")
}

func (f *fitter) lengthIs(n int64, t *ir.Type, unit string) answer {
	least, most := t.MinLen, t.MaxLen
	if t.Kind == ir.KindList {
		least, most = t.Lengths()
	}
	switch {
	case most != nil && n > *most:
		return never("it has %s, but at most %d are allowed", count(int(n), unit), *most)
	case least != nil && n < *least:
		return never("it has %s, but at least %d are required", count(int(n), unit), *least)
	}
	return sure()
}

func (f *fitter) conformsList(v ir.Const, t *ir.Type) answer {
	var items []ir.Const
	if err := json.Unmarshal(v, &items); err != nil {
		return never("%s is no list", shorten(string(v)))
	}
	if a := f.lengthIs(int64(len(items)), t, "item"); a.verdict == no {
		return a
	}
	for i, item := range items {
		if to := part(t, i); to != nil {
			if a := f.conforms(item, to); a.verdict == no {
				return a.in(fmt.Sprintf("[%d]", i))
			}
		}
		if t.Unique && anyConst(items[:i], item) {
			return never("%s is there twice", shorten(string(item)))
		}
	}
	return sure()
}

func (f *fitter) conformsObject(v ir.Const, t *ir.Type) answer {
	var members map[string]ir.Const
	if err := json.Unmarshal(v, &members); err != nil {
		return never("%s is no object", shorten(string(v)))
	}
	if t.Kind == ir.KindMap {
		if a := f.lengthIs(int64(len(members)), t, "field"); a.verdict == no {
			return a
		}
	}
	for _, name := range sorted(members) {
		to := t.Elem
		if t.Kind == ir.KindObject {
			field := t.Field(name)
			if field == nil && !t.Open {
				return never("field %q is not allowed by %s", name, describe(f.b, t))
			}
			if field == nil {
				continue
			}
			to = field.Type
		}
		if a := f.conforms(members[name], to); a.verdict == no {
			return a.in("." + name)
		}
	}
	for _, field := range t.Fields {
		if _, ok := members[field.Name]; !ok && field.Required {
			return never("field %q is missing", field.Name)
		}
	}
	return sure()
}
