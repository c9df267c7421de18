//go:build ort && linux && (amd64 || arm64)

// These tests run real models on the real library. They are compiled with the
// tag "ort" and need the path of libonnxruntime.so, of version 1.24 or later, in
// BENTOC_ORT_LIB; without it they fail:
//
//	pip download --no-deps --only-binary=:all: -d DIR onnxruntime
//	unzip -j DIR/onnxruntime-*.whl 'onnxruntime/capi/libonnxruntime.so.*' -d DIR
//	BENTOC_ORT_LIB=$(echo DIR/libonnxruntime.so.*) go test -tags ort ./runtime/engine/onnx/...
package onnx

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"bentoc.dev/runtime/engine/onnx/onnxtest"
	"bentoc.dev/runtime/tensor"
)

// library is the path of the library, or the end of the test.
func library(t testing.TB) string {
	t.Helper()
	path := os.Getenv(LibraryEnv)
	if path == "" {
		t.Fatalf("%s is not set: it must name libonnxruntime.so for tests with the tag ort", LibraryEnv)
	}
	return path
}

// written writes a model's file and returns its path.
func written(t testing.TB, m onnxtest.Model) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, m.Encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// opened opens a model and closes it when the test ends.
func opened(t testing.TB, m onnxtest.Model, change func(*Config)) *Model {
	t.Helper()
	cfg := Config{Name: "it", ModelPath: written(t, m), Library: library(t), Instances: 2}
	if change != nil {
		change(&cfg)
	}
	model := New(cfg)
	if err := model.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := model.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return model
}

// infer runs an item that must succeed.
func infer(t testing.TB, m *Model, in ...tensor.Tensor) []tensor.Tensor {
	t.Helper()
	out, err := m.Infer(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func floats(t testing.TB, x tensor.Tensor) []float32 {
	t.Helper()
	v, err := tensor.View[float32](x)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
