package gen

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/irtest"
)

// Every kind of type and of node of the IR has a row, and no row is for anything else.
func TestKindsHaveRows(t *testing.T) {
	t.Parallel()
	for _, k := range ir.Kinds {
		if row := typeRows[k]; row.goType == nil || row.schema == nil || row.word == "" || (row.proto == nil) != (k == ir.KindStream) {
			t.Errorf("typeRows has no whole row for %s", k)
		}
	}
	if len(typeRows) != len(ir.Kinds) {
		t.Errorf("typeRows has %d rows for %d kinds", len(typeRows), len(ir.Kinds))
	}
	for _, k := range ir.NodeKinds() {
		if nodeKinds[k].write == nil {
			t.Errorf("nodeKinds has no row for %s", k)
		}
	}
	if len(nodeKinds) != len(ir.NodeKinds()) {
		t.Errorf("nodeKinds has %d rows for %d kinds", len(nodeKinds), len(ir.NodeKinds()))
	}
}

// Every Go kind has a whole row: its values have a name, are read, and are written.
func TestGoKindsHaveRows(t *testing.T) {
	t.Parallel()
	for k, row := range goRows {
		if row.expr == nil || row.named == nil || row.phrase == nil || row.read == nil ||
			row.write == nil && row.writer == "" && row.own == nil || row.raw != "" && row.shape == "" {
			t.Errorf("goRows has no whole row for kind %d", k)
		}
	}
}

// Every arm of the IR's engine has a whole row.
func TestEnginesHaveRows(t *testing.T) {
	t.Parallel()
	irtest.HasRows(t, ir.Engine{}, engineRows)
	for kind, row := range engineRows {
		if row.make == nil || row.call == nil {
			t.Errorf("engineRows has no whole row for %s", kind)
		}
	}
}
