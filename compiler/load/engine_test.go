package load

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/irtest"
)

// TestEveryEngineIsRead holds the table against the fields of [ir.Engine].
func TestEveryEngineIsRead(t *testing.T) {
	t.Parallel()
	irtest.HasRows(t, ir.Engine{}, engines)
}
