package model

import (
	"os"
	"path/filepath"
	"testing"

	"bentoc.dev/compiler/ir"
)

func init() {
	fixtures["path"] = func(t *testing.T) fixture {
		dir := t.TempDir()
		file := filepath.Join(dir, "m.onnx")
		write := func(text string) {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		write(content)
		return fixture{
			model: &ir.Model{Source: ir.Source{Path: "m.onnx"}}, dir: dir,
			change: func() { write("other bytes") }, remove: func() { os.Remove(file) },
		}
	}
}
