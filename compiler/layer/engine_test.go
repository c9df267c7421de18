package layer

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/irtest"
)

// TestEveryEngineHasARow holds the table against the fields of [ir.Engine], which a
// test of package load holds against the schema.
func TestEveryEngineHasARow(t *testing.T) {
	t.Parallel()
	irtest.HasRows(t, ir.Engine{}, engines)
}
