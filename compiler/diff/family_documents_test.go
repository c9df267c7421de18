package diff

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// doc makes a document that is of a type, or nearly.
func (r *family) doc(t *ir.Type, depth int, full bool) string {
	if t.Kind == ir.KindRef {
		t = r.types[t.Ref]
	}
	if len(t.Enum) > 0 && !r.one(6) {
		return string(pick(r, t.Enum...))
	}
	switch t.Kind {
	case ir.KindAny:
		return pick(r, "null", "true", "1", "0.5", `"a"`, "[]", "{}", `{"a": 1}`, "[1]")
	case ir.KindNull:
		return "null"
	case ir.KindBool:
		return pick(r, "true", "false")
	case ir.KindInt:
		return strconv.Itoa(r.IntN(13) - 6)
	case ir.KindFloat:
		return pick(r, strconv.Itoa(r.IntN(13)-6), strconv.Itoa(r.IntN(5))+".5", "-1.5")
	case ir.KindString:
		return string(textOf(pick(r, "", "a", "b", "ab", "abc", "cat", "dog", "cow", "AB", "12", "1234", "a b", "new", "zzzzzz", "b1", "acb")))
	case ir.KindList:
		low, _ := t.Lengths()
		n := r.IntN(4)
		if low != nil {
			n = max(n, int(*low))
		}
		if depth <= 0 {
			n = len(t.Prefix)
		}
		if len(t.Prefix) > 0 && t.Elem == nil && !r.one(6) {
			n = len(t.Prefix)
		}
		var items []string
		for i := range n {
			part := t.Elem
			if i < len(t.Prefix) {
				part = t.Prefix[i]
			}
			if part == nil {
				break
			}
			items = append(items, r.doc(part, depth-1, full))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case ir.KindMap:
		var items []string
		for i := range r.IntN(4) {
			key := pick(r, "ab", "cat", "12", "") + string(rune('a'+i))
			if t.Key != nil && r.one(2) {
				key = nameOf(ir.Const(r.doc(t.Key, 0, full)))
			}
			if !strings.Contains(strings.Join(items, " "), fmt.Sprintf("%q:", key)) {
				items = append(items, fmt.Sprintf("%q: %s", key, r.doc(t.Elem, depth-1, full)))
			}
		}
		return "{" + strings.Join(items, ", ") + "}"
	case ir.KindObject:
		var items []string
		for i := range t.Fields {
			f := &t.Fields[i]
			switch {
			case f.Required && r.one(12), !f.Required && r.one(2) && !(full && f.Default != nil):
				continue
			case full && f.Default != nil && r.one(3):
				items = append(items, fmt.Sprintf("%q: %s", f.Name, f.Default))
			default:
				items = append(items, fmt.Sprintf("%q: %s", f.Name, r.doc(f.Type, depth-1, full)))
			}
		}
		for _, e := range t.Entries {
			if key := pick(r, "ab", "cat", "12", "b1", "acb", "cow"); r.one(2) && t.Field(key) == nil && !strings.Contains(strings.Join(items, " "), fmt.Sprintf("%q:", key)) {
				items = append(items, fmt.Sprintf("%q: %s", key, r.doc(e.Elem, depth-1, full)))
			}
		}
		if t.Open && !full && r.one(4) {
			items = append(items, fmt.Sprintf("%q: %s", pick(r, "new", "other"), pick(r, "1", `"a"`, "null")))
		}
		return "{" + strings.Join(items, ", ") + "}"
	case ir.KindUnion:
		return r.doc(pick(r, t.Arms...), depth-1, full)
	}
	return "null"
}

// reading is how one side of the wire takes a type: one that is open passes over fields
// that it does not know, one that is full always gives what has a default.
type reading struct{ open, full bool }

// cueText writes a type as CUE.
func cueText(t *ir.Type, r reading) string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	switch t.Kind {
	case ir.KindAny:
		return "_"
	case ir.KindRef:
		return "#" + t.Ref
	case ir.KindInt:
		add("int64")
	case ir.KindFloat:
		add("number")
	case ir.KindList:
		parts := []string{}
		for _, p := range t.Prefix {
			parts = append(parts, cueText(p, r))
		}
		if t.Elem != nil {
			parts = append(parts, "...("+cueText(t.Elem, r)+")")
		}
		add("[%s]", strings.Join(parts, ", "))
	case ir.KindMap:
		key := "string"
		if t.Key != nil {
			key = cueText(t.Key, r)
		}
		add("close({[%s]: %s})", key, cueText(t.Elem, r))
	case ir.KindObject:
		var fields []string
		for i := range t.Fields {
			f := &t.Fields[i]
			mark := map[bool]string{true: "!", false: "?"}[f.Required || r.full && f.Default != nil]
			fields = append(fields, fmt.Sprintf("%q%s: %s", f.Name, mark, cueText(f.Type, r)))
		}
		for _, e := range t.Entries {
			fields = append(fields, fmt.Sprintf("[%s]: %s", cueText(e.Key, r), cueText(e.Elem, r)))
		}
		if t.Open && !r.full || r.open && len(t.Entries) == 0 {
			add("{%s}", strings.Join(append(fields, "..."), ", "))
		} else { // the evaluator forgets that some structs of a definition are closed
			add("close({%s})", strings.Join(fields, ", "))
		}
	case ir.KindUnion:
		for _, a := range t.Arms {
			all = append(all, "("+cueText(a, r)+")")
		}
		return strings.Join(all, " | ")
	default:
		add("%s", t.Kind)
	}
	if len(t.Enum) > 0 {
		var values []string
		for _, v := range t.Enum {
			values = append(values, string(v))
		}
		add("(%s)", strings.Join(values, " | "))
	}
	for _, b := range []struct {
		bound *ir.Bound
		op    string
	}{{t.Min, ">"}, {t.Max, "<"}} {
		if b.bound != nil {
			add("%s%s(%s)", b.op, map[bool]string{false: "="}[b.bound.Exclusive], b.bound.Value)
		}
	}
	if t.MultipleOf != "" {
		add("math.MultipleOf(%s)", t.MultipleOf)
	}
	for _, v := range t.Not {
		add("!=%s", v)
	}
	for _, p := range t.Patterns {
		add("=~%s", quotedCUE(p))
	}
	for _, p := range t.NotPatterns {
		add("!~%s", quotedCUE(p))
	}
	words := map[ir.Kind][2]string{ir.KindString: {"strings.MinRunes", "strings.MaxRunes"}, ir.KindList: {"list.MinItems", "list.MaxItems"}, ir.KindMap: {"struct.MinFields", "struct.MaxFields"}}
	for i, n := range []*int64{t.MinLen, t.MaxLen} {
		if n != nil {
			add("%s(%d)", words[t.Kind][i], *n)
		}
	}
	if t.Unique {
		add("list.UniqueItems()")
	}
	return strings.Join(all, " & ")
}

func quotedCUE(s string) string {
	text, _ := json.Marshal(s)
	return strings.ReplaceAll(string(text), `\u003c`, "<")
}
