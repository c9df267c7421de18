package check

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/irtest"
)

// TestEveryEngineIsChecked holds the table against the fields of [ir.Engine].
func TestEveryEngineIsChecked(t *testing.T) {
	t.Parallel()
	irtest.HasRows(t, ir.Engine{}, engines)
}
