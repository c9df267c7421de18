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
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/engine/onnx/onnxtest"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/runner"
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

// setup is a model and how a runner takes its items.
type setup struct {
	Config
	running
}

type running = runner.Config

// served is a model behind a runner, as a server has it.
type served = runner.Runner

// opened opens a model and closes it when the test ends.
func opened(t testing.TB, m onnxtest.Model, change func(*setup)) *served {
	t.Helper()
	s := setup{Config{ModelPath: written(t, m), Library: library(t)}, running{Name: "it", Instances: 2}}
	if change != nil {
		change(&s)
	}
	r := runner.New(s.running, New(s.Config))
	if err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// alone opens a model without a runner and gives its one instance.
func alone(t testing.TB, m onnxtest.Model) engine.Instance {
	t.Helper()
	model, err := New(Config{ModelPath: written(t, m), Library: library(t)}).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in, err := model.NewInstance(t.Context(), engine.Placement{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(context.Background()), model.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return in
}

// inferAll runs items at the same time.
func inferAll(t testing.TB, m *served, items [][]tensor.Tensor) ([][]tensor.Tensor, error) {
	t.Helper()
	return graph.Map(t.Context(), "items", items, func(ctx context.Context, _ int, item []tensor.Tensor) ([]tensor.Tensor, error) {
		return m.Call(ctx, item)
	})
}

// infer runs an item that must succeed.
func infer(t testing.TB, m *served, in ...tensor.Tensor) []tensor.Tensor {
	t.Helper()
	out, err := m.Call(t.Context(), in)
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
