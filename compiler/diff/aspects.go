package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// aspect is what one or several fields of [ir.Type] say together of values of a kind.
// What a change of it means is decided by package assign, which knows the fields.
//
// To add one, for a new field of ir.Type: a row in aspects. It becomes four rules:
// request-NAME-narrowed and -widened, answer-NAME-widened and -narrowed.
type aspect struct {
	name   string   // in the IDs of its rules
	noun   string   // for people, with an article
	fields []string // of ir.Type
	also   []string // fields of structs below, such as "Bound.Value"
	// parts: the fields hold types, which are compared by themselves too.
	parts bool
}

// typeAspect is the kind: what has another one is another type altogether.
var typeAspect = aspect{name: "type", noun: "the type", fields: []string{"Kind"}, parts: true}

// tagAspect is what tells the arms of a union apart.
var tagAspect = aspect{name: "tag", noun: "the tag of a union", fields: []string{"Discriminator"}, parts: true}

// entriesAspect is what an object takes beside the fields that have names.
var entriesAspect = aspect{name: "entries", noun: "the fields whose names follow a pattern", fields: []string{"Entries"}, also: []string{"Entries.Key", "Entries.Elem"}, parts: true}

// aspects has a row for what each kind of type may say; a test walks the fields.
var aspects = []aspect{
	{name: "values", noun: "the values listed", fields: []string{"Enum"}},
	{name: "range", noun: "the range of a number", fields: []string{"Min", "Max"}, also: []string{"Bound.Value", "Bound.Exclusive"}},
	{name: "step", noun: "the step of a number", fields: []string{"MultipleOf"}},
	{name: "excluded", noun: "the values excluded", fields: []string{"Not"}},
	{name: "length", noun: "the length", fields: []string{"MinLen", "MaxLen"}},
	{name: "pattern", noun: "the pattern of a text", fields: []string{"Patterns", "NotPatterns"}},
	{name: "format", noun: "the format of a text", fields: []string{"Format", "Layout"}},
	{name: "encoding", noun: "how JSON holds bytes", fields: []string{"Encoding"}},
	{name: "unique", noun: "whether items are unique", fields: []string{"Unique"}},
	{name: "open", noun: "whether other fields are allowed", fields: []string{"Open"}},
	{name: "dtype", noun: "the dtype of a tensor", fields: []string{"DType"}},
	{name: "shape", noun: "the shape of a tensor", fields: []string{"Shape", "Rank0"}, also: []string{"Dim.Size", "Dim.Symbol"}},
	{name: "media", noun: "the media types of a file", fields: []string{"MediaTypes"}},
	{name: "bytes", noun: "the size of a file", fields: []string{"MaxBytes"}},
	{name: "pixels", noun: "the size of a picture", fields: []string{"MaxPixels"}},
	{name: "duration", noun: "how long a recording lasts", fields: []string{"MaxDurationMs"}},
	{name: "orient", noun: "how a table is written", fields: []string{"Orient"}},
	{name: "keys", noun: "the keys of a map", fields: []string{"Key"}},
	{name: "tuple", noun: "the parts of a tuple", fields: []string{"Prefix"}, parts: true},
}

// of gives p with the aspect as c has it.
func (a *aspect) of(p, c *ir.Type) *ir.Type {
	one := *p
	a.take(&one, c)
	return &one
}

func (a *aspect) take(into, from *ir.Type) {
	to, of := reflect.ValueOf(into).Elem(), reflect.ValueOf(from).Elem()
	for _, f := range a.fields {
		to.FieldByName(f).Set(of.FieldByName(f))
	}
}

// same tells whether two types say the same of the aspect.
func (a *aspect) same(x, y *ir.Type) bool {
	if a.name == "tuple" {
		return len(x.Prefix) == len(y.Prefix) && (x.Elem == nil) == (y.Elem == nil)
	}
	plain := true
	for _, f := range a.fields {
		plain = plain && reflect.DeepEqual(reflect.ValueOf(x).Elem().FieldByName(f).Interface(), reflect.ValueOf(y).Elem().FieldByName(f).Interface())
	}
	return plain || a.raw(x) == a.raw(y)
}

// raw writes the aspect in one spelling.
func (a *aspect) raw(t *ir.Type) string {
	one := &ir.Type{}
	a.take(one, t)
	one.Enum = slices.Clone(one.Enum)
	for i := range one.Enum {
		if c, err := ir.CanonicalConst(one.Enum[i]); err == nil {
			one.Enum[i] = c
		}
	}
	slices.SortFunc(one.Enum, func(x, y ir.Const) int { return bytes.Compare(x, y) })
	c, err := one.Canonical()
	if err != nil {
		return fmt.Sprint(err)
	}
	var plain map[string]any
	_ = json.Unmarshal(c, &plain)
	if len(a.fields) > 0 && a.fields[0] != "Kind" {
		delete(plain, "kind")
	}
	text, _ := json.Marshal(plain)
	return string(text)
}

// text describes the aspect of a type.
func (a *aspect) text(b *ir.Bento, t *ir.Type) string {
	if a.parts {
		return assign.Describe(b, t)
	}
	one := &ir.Type{Kind: t.Kind}
	a.take(one, t)
	return assign.Describe(b, one)
}
