package load

import (
	"fmt"
	"slices"

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

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}
