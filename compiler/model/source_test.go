package model

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/irtest"
)

// TestEveryArmHasASource holds the table against the fields of [ir.Source], which
// a test of package load holds against the schema.
func TestEveryArmHasASource(t *testing.T) {
	t.Parallel()
	irtest.HasRows(t, ir.Source{}, sources)
}

// TestOrigins are what locks have recorded: they never change.
func TestOrigins(t *testing.T) {
	t.Parallel()
	for origin, m := range map[string]ir.Model{
		"path:models/a.onnx": {Source: ir.Source{Path: "models/a.onnx"}},
		"path:models/b.onnx": {Source: ir.Source{Path: "models"}, File: "b.onnx"},
		"http":               {Source: ir.Source{HTTP: &ir.HTTPSource{URL: "https://u:secret@example.org/a.onnx", SHA256: "ab"}}},
		"pkg:pypi/some-project@1.4.4#some/a.onnx": {Source: ir.Source{PyPI: &ir.PyPISource{Project: "Some_Project", Version: "1.4.4"}}, File: "some/a.onnx"},
	} {
		if got := SourceOf(&m).Origin(); got != origin {
			t.Errorf("%s, want %s", got, origin)
		}
	}
}
