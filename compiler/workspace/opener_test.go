package workspace_test

import (
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/workspace"
)

// TestOpenerDependsOnNoBento: of the lock, only the module that it needs counts,
// in whatever version the lock has.
func TestOpenerDependsOnNoBento(t *testing.T) {
	t.Parallel()
	const purego = "github.com/ebitengine/purego"
	own := []gomod.Sum{{Path: purego, Version: "v9.0.0", Sum: "h1:z"}, {Path: purego, Version: "v9.0.0/go.mod", Sum: "h1:m"}}
	files, modules, err := workspace.Opener("./runtime/engine/onnx/open", append([]gomod.Sum{{Path: "example.com/users", Version: "v1.0.0", Sum: "h1:u"}}, own...))
	if err != nil || !slices.Equal(modules, own) {
		t.Fatal(modules, err)
	}
	texts := map[string]string{}
	for _, f := range files {
		texts[f.Path] = string(f.Data)
	}
	if got := texts["go.mod"]; got != "module bentoc.dev\n\ngo 1.26.8\n\nrequire github.com/ebitengine/purego v9.0.0\n" {
		t.Errorf("go.mod:\n%s", got)
	}
	if got := texts["go.sum"]; got != purego+" v9.0.0 h1:z\n"+purego+" v9.0.0/go.mod h1:m\n" {
		t.Errorf("go.sum:\n%s", got)
	}
	if !strings.Contains(texts["runtime/engine/onnx/open/main.go"], "package main") || texts["runtime/engine/onnx/ort/api.go"] == "" || texts["runtime/runner/runner.go"] != "" || texts["runtime/server/main.go"] != "" {
		t.Errorf("%d files", len(files))
	}
}
