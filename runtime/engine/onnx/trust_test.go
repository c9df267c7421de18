//go:build ort && linux && (amd64 || arm64)

package onnx

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bentoc.dev/runtime/engine/onnx/onnxtest"
	"bentoc.dev/runtime/tensor"
)

// apart names the batch axis of inputs and outputs apart, as some exporters do.
func apart(nodes []onnxtest.Node, weights ...onnxtest.Weight) onnxtest.Model {
	return onnxtest.Model{
		Inputs:  []onnxtest.Value{{Name: "x", Elem: onnxtest.Float, Dims: []any{"in", 4}}},
		Outputs: []onnxtest.Value{{Name: "y", Elem: onnxtest.Float, Dims: []any{"out", "w"}}},
		Nodes:   nodes, Weights: weights,
	}
}

func node(op string, inputs []string, output string, attrs map[string]any) onnxtest.Node {
	return onnxtest.Node{Op: op, Inputs: inputs, Outputs: []string{output}, Attrs: attrs}
}

// TestBatchesThatAreRightRunTogether and the others do not; both give each item
// what it gets alone.
func TestBatchesThatAreRightRunTogether(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		model    onnxtest.Model
		together bool
	}{
		"elementwise": {apart([]onnxtest.Node{node("Tanh", []string{"x"}, "y", nil)}), true},
		"no names":    {onnxtest.Identity(onnxtest.Float, nil, 4), true},
		"no rank":     {onnxtest.Identity(onnxtest.Float), false},
		"layers": {apart([]onnxtest.Node{node("MatMul", []string{"x", "w"}, "m", nil), node("Softmax", []string{"m"}, "y", map[string]any{"axis": 1})},
			onnxtest.Floats("w", []float32{1, 2, 3, 4, 5, 6, 7, 8}, 4, 2)), true},
		"computed reshape": {apart([]onnxtest.Node{
			node("Shape", []string{"x"}, "s", nil), node("Gather", []string{"s", "zero"}, "n", nil),
			node("Concat", []string{"n", "rest"}, "t", map[string]any{"axis": 0}), node("Reshape", []string{"x", "t"}, "r", nil),
			node("Reshape", []string{"r", "flat"}, "y", nil),
		}, onnxtest.Ints("zero", []int64{0}, 1), onnxtest.Ints("rest", []int64{2, 2}, 2), onnxtest.Ints("flat", []int64{-1, 4}, 2)), true},
		"softmax over the batch": {apart([]onnxtest.Node{node("Softmax", []string{"x"}, "y", map[string]any{"axis": 0})}), false},
		"less the mean": {apart([]onnxtest.Node{node("ReduceMean", []string{"x"}, "m", map[string]any{"axes": []int{0}}),
			node("Sub", []string{"x", "m"}, "y", nil)}), false},
		"running sums":  {apart([]onnxtest.Node{node("CumSum", []string{"x", "axis"}, "y", nil)}, onnxtest.Ints("axis", []int64{0}, 1)), false},
		"the other way": {apart([]onnxtest.Node{node("Slice", []string{"x", "from", "to", "axes", "steps"}, "y", nil)}, onnxtest.Ints("from", []int64{-1}, 1), onnxtest.Ints("to", []int64{-1 << 40}, 1), onnxtest.Ints("axes", []int64{0}, 1), onnxtest.Ints("steps", []int64{-1}, 1)), false},
		"some rows": {apart([]onnxtest.Node{node("ReduceSum", []string{"x", "axis"}, "s", map[string]any{"keepdims": 0}),
			node("Greater", []string{"s", "limit"}, "c", nil), node("Compress", []string{"x", "c"}, "y", map[string]any{"axis": 0})},
			onnxtest.Ints("axis", []int64{1}, 1), onnxtest.Floats("limit", []float32{-100})), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var largest atomic.Int64
			open := func(batch int) *served {
				return opened(t, c.model, func(cfg *setup) {
					cfg.MaxBatch, cfg.Instances = batch, 1
					cfg.Inputs, cfg.Outputs = []IO{{Name: "x", Batched: true}}, []IO{{Name: "y", Batched: true}}
					cfg.Observe = func(n int, _, _ time.Duration) {
						if batch > 1 {
							largest.Store(max(largest.Load(), int64(n)))
						}
					}
				})
			}
			alone, batched := open(1), open(8)
			for range 2 { // in the first round it is found out
				largest.Store(0)
				var wg sync.WaitGroup
				for g := range 16 {
					wg.Go(func() {
						for i := range 30 {
							f := float32(g*31+i) / 97
							x := []tensor.Tensor{tensor.Of([]float32{f, 1 - f, f * f, 0.5}, 4)}
							want, got := floats(t, infer(t, alone, x...)[0]), floats(t, infer(t, batched, x...)[0])
							if !slices.EqualFunc(want, got, func(a, b float32) bool { return max(a-b, b-a) < 1e-5 }) {
								t.Errorf("item %v gives %v, alone %v", f, got, want)
							}
						}
					})
				}
				wg.Wait()
			}
			if together := largest.Load() > 1; together != c.together {
				t.Errorf("items run together: %v", together)
			}
		})
	}
}
