package assign

import (
	"fmt"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// maxDescribed bounds the depth of a type in a message.
const maxDescribed = 2

// Describe writes a type in a few words, close to how CUE spells it.
func Describe(b *ir.Bento, t *ir.Type) string { return describeTo(b, t, maxDescribed) }

func describeTo(b *ir.Bento, t *ir.Type, depth int) string {
	if t == nil {
		return "of a type that is not known"
	}
	if len(t.Enum) > 0 {
		return enumText(t.Enum)
	}
	return kinds[t.Kind].text(b, t, depth)
}

// Shorten keeps a constant readable in a message.
func Shorten(s string) string {
	const most = 40
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}

func unionText(b *ir.Bento, t *ir.Type, depth int) string {
	arms := make([]string, len(t.Arms))
	for i, a := range t.Arms {
		arms[i] = describeTo(b, a, depth)
	}
	return strings.Join(arms, " | ")
}

func enumText(enum []ir.Const) string {
	const most = 5
	var s []string
	for i, c := range enum {
		if i == most {
			s = append(s, "…")
			break
		}
		s = append(s, Shorten(string(c)))
	}
	return strings.Join(s, " | ")
}

func bounds(t *ir.Type) string {
	s := ""
	if t.Min != nil {
		s += " >" + equals(t.Min) + t.Min.Value
	}
	if t.Max != nil {
		s += " <" + equals(t.Max) + t.Max.Value
	}
	if t.MultipleOf != "" {
		s += " in steps of " + t.MultipleOf
	}
	return s
}

func equals(b *ir.Bound) string {
	if b.Exclusive {
		return ""
	}
	return "="
}

func patterns(t *ir.Type) string {
	s := ""
	for _, p := range t.Patterns {
		s += " =~" + Shorten(strconv.Quote(p))
	}
	for _, p := range t.NotPatterns {
		s += " !~" + Shorten(strconv.Quote(p))
	}
	return s
}

func lengths(t *ir.Type, unit string) string {
	low, high := t.MinLen, t.MaxLen
	switch {
	case low != nil && high != nil && *low == *high:
		return fmt.Sprintf(" of %d", *low)
	case low != nil && *low > 0 && high != nil:
		return fmt.Sprintf(" %d to %d %s", *low, *high, unit)
	case low != nil && *low > 0:
		return fmt.Sprintf(" at least %d %s", *low, unit)
	case high != nil:
		return fmt.Sprintf(" at most %d %s", *high, unit)
	}
	return ""
}

func listText(b *ir.Bento, t *ir.Type, depth int) string {
	if len(t.Prefix) > 0 {
		var parts []string
		for _, p := range t.Prefix {
			parts = append(parts, describeTo(b, p, depth-1))
		}
		if t.Elem != nil {
			parts = append(parts, "..."+describeTo(b, t.Elem, depth-1))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	if t.Elem == nil {
		return "empty list"
	}
	return "list of " + describeTo(b, t.Elem, depth-1) + lengths(t, "items")
}

// objectText gives the names of the fields, and their types where there is room.
func objectText(b *ir.Bento, t *ir.Type, depth int) string {
	const most = 6
	var parts []string
	for i, f := range t.Fields {
		if i == most {
			parts = append(parts, "…")
			break
		}
		name := f.Name
		if !f.Required {
			name += "?"
		}
		if depth > 1 && len(t.Fields) <= 3 {
			name += ": " + describeTo(b, f.Type, depth-1)
		}
		parts = append(parts, name)
	}
	for _, e := range t.Entries {
		parts = append(parts, "["+describeTo(b, e.Key, depth-1)+"]: "+describeTo(b, e.Elem, depth-1))
	}
	if t.Open {
		parts = append(parts, "...")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func tensorText(t *ir.Type) string {
	s := "tensor"
	if t.DType != "" {
		s = t.DType + " tensor"
	}
	if t.Shape == nil && !t.Rank0 {
		return s
	}
	dims := make([]string, len(t.Shape))
	for i, d := range t.Shape {
		dims[i] = dimText(d)
	}
	return s + " [" + strings.Join(dims, ", ") + "]"
}

func dimText(d ir.Dim) string {
	switch {
	case d.Symbol != "":
		return d.Symbol
	case d.Size > 0:
		return strconv.FormatInt(d.Size, 10)
	}
	return "_"
}

func mediaText(_ *ir.Bento, t *ir.Type, _ int) string {
	s := string(t.Kind)
	if len(t.MediaTypes) > 0 {
		s += " of " + strings.Join(t.MediaTypes, ", ")
	}
	if t.MaxBytes > 0 {
		s += fmt.Sprintf(" up to %d bytes", t.MaxBytes)
	}
	if t.MaxPixels > 0 {
		s += fmt.Sprintf(" up to %d pixels", t.MaxPixels)
	}
	return s
}
