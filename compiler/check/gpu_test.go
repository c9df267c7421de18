package check_test

import (
	"strings"
	"testing"

	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/ir"
)

// TestGPUsOfModels checks what is made of models on GPUs: no accelerator exists for arm64,
// and none that images have yet, so that a run without one has to be said.
func TestGPUsOfModels(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		platforms []string
		gpu       ir.GPU
		says      string // "" for nothing
	}{
		{[]string{"linux/amd64", "linux/arm64"}, ir.GPU{Devices: 1, Fallback: "cpu"}, "ONNX Runtime with CUDA does not exist for linux/arm64"},
		{[]string{"linux/arm64"}, ir.GPU{Share: 500_000, Fallback: "cpu"}, "ONNX Runtime with CUDA does not exist for linux/arm64"},
		{[]string{"linux/amd64"}, ir.GPU{Devices: 1}, "images have ONNX Runtime without CUDA yet"},
		{[]string{"linux/amd64"}, ir.GPU{Devices: 1, Accelerator: "rocm", Fallback: "cpu"}, `there is no accelerator "rocm"`},
		{[]string{"linux/amd64"}, ir.GPU{Devices: 1, Fallback: "cpu"}, ""},
	} {
		b := &ir.Bento{Name: "m", Platforms: tc.platforms, Runners: map[string]*ir.Runner{
			"det": {Engine: ir.Engine{ONNX: &ir.ONNXEngine{Model: "det"}}, GPU: &tc.gpu},
		}}
		var said []string
		for _, d := range check.Run(b, check.Options{}) {
			if strings.Contains(d.Path, "resources.gpu") {
				said = append(said, d.Message)
			}
		}
		if all := strings.Join(said, "; "); (tc.says == "") != (all == "") || !strings.Contains(all, tc.says) {
			t.Errorf("%v on %v: it says %q, not %q", tc.gpu, tc.platforms, all, tc.says)
		}
	}
}
