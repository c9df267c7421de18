package load

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
)

func formatExpr(e ast.Expr) string {
	data, err := format.Node(e)
	if err != nil {
		return "this"
	}
	return string(data)
}

// callName gives the name of a builtin, such as list.MinItems.
func callName(v cue.Value) string { return fmt.Sprint(v) }

// selName gives a selector's label without quotes, or as it is written where it
// is no string: a definition, an index.
func selName(s cue.Selector) string {
	if s.LabelType() == cue.StringLabel {
		return s.Unquoted()
	}
	return s.String()
}

// selectorOf gives the selector of a field, or of a definition where it begins with #.
func selectorOf(field string) cue.Selector {
	if strings.HasPrefix(field, "#") {
		return cue.Def(field)
	}
	return cue.Str(field)
}
