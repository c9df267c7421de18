//go:build judge

package onnxfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bentoc.dev/compiler/model/onnxfile"
)

// TestFamily compares what is said of the models of family.py with what ONNX
// Runtime said: it never refuses one that loads. What it misses of the rest is
// counted; the build finds it.
func TestFamily(t *testing.T) {
	dir := os.Getenv("BENTOC_ONNX_FAMILY")
	verdicts, err := os.ReadFile(filepath.Join(dir, "verdicts"))
	if err != nil {
		t.Fatal(err)
	}
	found, missed := 0, map[string]int{}
	for line := range strings.Lines(string(verdicts)) {
		parts := strings.SplitN(strings.TrimRight(line, "\n"), "\t", 4)
		var problems []onnxfile.Problem
		m, err := onnxfile.Open(filepath.Join(dir, parts[0]))
		if err == nil {
			problems = m.Runnable(onnxfile.ORT132())
		}
		loads := parts[2] == "loads"
		switch refused := err != nil || len(problems) > 0; {
		case loads && refused:
			t.Errorf("%s, %s: loads, but is refused: %v %v", parts[0], parts[1], err, problems)
		case !loads && refused:
			found++
		case !loads:
			why := missing(parts[3])
			if missed[why]++; os.Getenv("BENTOC_SHOW_MISSED") != "" {
				fmt.Println(parts[0], parts[1], parts[3])
			}
		}
	}
	t.Logf("%d of what ONNX Runtime refuses are found, missed are %v", found, missed)
	if found == 0 {
		t.Error("the family has no model that is refused")
	}
}

// missing sorts what ONNX Runtime said.
func missing(said string) string {
	for _, kind := range []string{"NOT_IMPLEMENTED", "ShapeInferenceError", "TypeInferenceError", "Exception during initialization", "INVALID_GRAPH", "Type Error", "RUNTIME_EXCEPTION"} {
		if strings.Contains(said, kind) {
			return kind
		}
	}
	return "others"
}
