package diff

import (
	"testing"

	"bentoc.dev/compiler/ir"
)

// Every kind of the IR has values at its edges, and no row is for anything else.
func TestKindsHaveSamples(t *testing.T) {
	t.Parallel()
	for _, k := range ir.Kinds {
		if samples[k] == nil {
			t.Errorf("samples has no row for %s", k)
		}
	}
	if len(samples) != len(ir.Kinds) {
		t.Errorf("samples has %d rows for %d kinds", len(samples), len(ir.Kinds))
	}
}
