package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// same reports whether two values say the same, definitions included, in whatever order.
func same(a, b cue.Value) bool { return said(a, false, maxNested) == said(b, false, maxNested) }

// said writes down what a value says, with fields sorted; of a type, which a definition
// is, also the fields that need not be there.
func said(v cue.Value, typ bool, depth int) string {
	opts := []cue.Option{cue.Definitions(true), cue.Optional(typ)}
	if it, err := v.Fields(opts...); err == nil && depth > 0 && v.IncompleteKind() == cue.StructKind {
		fields := map[string]string{}
		for it.Next() {
			s := it.Selector()
			below := depth - 1
			if !typ && s.IsDefinition() {
				below = min(below, deepestMark) // a type may contain itself
			}
			fields[s.String()] = said(it.Value(), typ || s.IsDefinition(), below)
		}
		var out strings.Builder
		for _, label := range slices.Sorted(maps.Keys(fields)) {
			fmt.Fprintf(&out, "%s: %s\n", label, fields[label])
		}
		return "{" + out.String() + "}"
	}
	text := fmt.Sprint(v)
	item := v.LookupPath(cue.MakePath(cue.AnyIndex))
	if depth == 0 || !item.Exists() || v.IncompleteKind() != cue.ListKind || !strings.Contains(text, "{") {
		return text
	}
	return outsideBraces(text) + said(item, typ, depth-1)
}

// outsideBraces leaves out of the text of a list what its items are structs of.
func outsideBraces(text string) string {
	var out strings.Builder
	depth := 0
	for _, r := range text {
		switch {
		case r == '{':
			depth++
		case r == '}':
			depth--
		case depth == 0:
			out.WriteRune(r)
		}
	}
	return out.String()
}
