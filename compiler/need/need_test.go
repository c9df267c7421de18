package need

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/irtest"
)

// TestEveryEngineSaysWhatItNeeds holds the table against the fields of
// [ir.Engine], which a test of package load holds against the schema.
func TestEveryEngineSaysWhatItNeeds(t *testing.T) {
	t.Parallel()
	irtest.HasRows(t, ir.Engine{}, engines)
}
