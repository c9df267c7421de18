//go:build ort && linux && (amd64 || arm64)

package onnx

import (
	"context"
	"strings"
	"testing"

	"bentoc.dev/runtime/engine/onnx/onnxtest"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/tensor"
)

// TestBatchesAreCounted: a model counts in the registry of the context that it
// was opened under.
func TestBatchesAreCounted(t *testing.T) {
	t.Parallel()
	r := metrics.NewRegistry()
	ctx := metrics.WithService(metrics.WithRegistry(t.Context(), r), metrics.Service{Bento: "b", Version: "v", Name: "s"})
	m := runner.New(running{Name: "mlp", Instances: 1, MaxBatch: 4}, New(Config{ModelPath: written(t, onnxtest.MLP(8, 16, 2)), Library: library(t)}))
	if err := m.Open(ctx); err != nil {
		t.Fatal(err)
	}
	x, err := tensor.Make(tensor.Float32, []int{8})
	if err != nil {
		t.Fatal(err)
	}
	infer(t, m, x)
	infer(t, m, x)
	if err := m.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if _, err := r.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`bentoml_service_adaptive_batch_size_bucket{method_name="mlp",runner_name="s",service_name="b",service_version="v",worker_index="1",le="1.0"} 2`,
		`bentoc_runner_run_seconds_count{runner="mlp"} 2`,
		`bentoc_runner_queue_length{runner="mlp"} 0`,
	} {
		if !strings.Contains(text.String(), line+"\n") {
			t.Errorf("no line %s in\n%s", line, text.String())
		}
	}
}
