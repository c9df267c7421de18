// Package irtest has what the tests of several packages ask of their tables.
package irtest

import (
	"maps"
	"slices"
	"testing"

	"bentoc.dev/compiler/ir"
)

// HasRows wants a table to have a row for each arm of a struct of the IR, such as
// ir.Engine{}, and no other. A test of package load holds the arms against the schema.
func HasRows[Row any](t *testing.T, of any, rows map[string]Row) {
	t.Helper()
	arms := slices.Sorted(slices.Values(ir.Arms(of)))
	if have := slices.Sorted(maps.Keys(rows)); !slices.Equal(arms, have) {
		t.Errorf("the arms of %T are %q, rows there are of %q: write the file of the one that has none", of, arms, have)
	}
}
