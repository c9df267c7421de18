package gen_test

import (
	"strings"
	"testing"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
)

// TestWhatDecidesWhenBatchesRun is in the code, with what it imports, and where no
// batches are made there is none.
func TestWhatDecidesWhenBatchesRun(t *testing.T) {
	t.Parallel()
	for _, c := range bentos(t) {
		if c.Name != "ocr" {
			continue
		}
		for _, x := range []struct {
			batching *ir.Batching
			want     string
			imports  string
		}{
			{nil, "Engine: \"onnx\"}", ""},
			{&ir.Batching{MaxSize: 1, LatencyTargetMs: 5}, "MaxBatch: 1}", ""},
			{&ir.Batching{MaxSize: 8}, "MaxBatch: 8, Scheduler: adaptive.Config{}.New}", "adaptive"},
			{&ir.Batching{MaxSize: 8, LatencyTargetMs: 50}, "adaptive.Config{LatencyTarget: 50 * time.Millisecond}.New", "adaptive"},
			{&ir.Batching{MaxSize: 8, LatencyTargetMs: 1.5}, "adaptive.Config{LatencyTarget: 1500 * time.Microsecond}.New", "adaptive"},
			{&ir.Batching{MaxSize: 8, Fixed: &ir.FixedBatching{}}, "MaxBatch: 8}", ""},
			{&ir.Batching{MaxSize: 8, Fixed: &ir.FixedBatching{WaitMs: 2}}, "fixed.Config{Wait: 2 * time.Millisecond}.New", "fixed"},
			{&ir.Batching{MaxSize: 8, Fixed: &ir.FixedBatching{}, Cost: &ir.BatchCost{Of: "bytes", Max: 9}}, "MaxBatch: 8, Work: runner.Work{Unit: \"bytes\", Of: runner.Bytes, Max: 9}}", ""},
			{&ir.Batching{MaxSize: 8, Cost: &ir.BatchCost{Dimensions: []string{"w"}}}, "Work: runner.Work{Unit: \"w\", Of: runner.Lengths(runner.Axis{Input: 0, Axis: 2})}, Scheduler", "adaptive"},
			{&ir.Batching{MaxSize: 8, LatencyTargetMs: 5, Profile: &ir.BatchProfile{Unit: "bytes", Sizes: []ir.BatchSize{{Work: 0.5, Seconds: 1e-7, Runs: 3}}}},
				"adaptive.Config{LatencyTarget: 5 * time.Millisecond, Costs: []cost.Size{{Work: 0.5, Seconds: 1e-07, Runs: 3}}}.New", "adaptive"},
		} {
			b, err := ir.Parse(c.Section("ir.json"))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range b.Runners {
				if r.Engine.ONNX != nil {
					r.Batching = nil
				}
			}
			b.Runners["rec"].Batching = x.batching
			out, err := gen.Generate(b, gen.Options{UserModule: c.userModule()})
			if err != nil {
				t.Fatal(err)
			}
			code := ""
			for _, f := range out.Server {
				code += string(f.Data)
			}
			if !strings.Contains(code, x.want) {
				t.Errorf("%+v: there is no %q", x.batching, x.want)
			}
			for _, kind := range []string{"adaptive", "fixed"} {
				if strings.Contains(code, "runtime/runner/"+kind+`"`) != (kind == x.imports) {
					t.Errorf("%+v: what is imported is not %q", x.batching, x.imports)
				}
			}
		}
		return
	}
	t.Error("there is no bento ocr")
}
