package main

import (
	"testing"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/plan"
)

func TestOpenDiags(t *testing.T) {
	t.Parallel()
	det, rec := diag.Pos{File: "bento.cue", Line: 7, Col: 3}, diag.Pos{File: "bento.cue", Line: 8, Col: 3}
	p := &plan.Plan{Opens: []plan.Open{{Name: "open", Models: []plan.OpenModel{{Name: "det", Pos: det}, {Name: "rec", Pos: rec}}}}}
	step := diag.Pos{File: "bento.cue", Line: 3, Col: 1}
	for _, tt := range []struct {
		name, step, output, message, hint string
		at                                diag.Pos
		n                                 int
	}{
		{name: "another step", step: "compile", output: "model 0: failed: x\n", at: step},
		{name: "refused", step: "open", n: 1, at: rec,
			output:  "model 0: opening\nmodel 0: opened in 3ms\nmodel 1: opening\nmodel 1: failed: Error No Op registered for Foo with domain_version of 17 (onnxruntime code 10)\n",
			message: "libonnxruntime does not open it: Error No Op registered for Foo with domain_version of 17",
			hint:    "no operator Foo is known to it: export the model with operators of ONNX alone, of an opset that is not newer than this libonnxruntime"},
		{name: "both refused", step: "open", n: 2, at: rec, message: "libonnxruntime does not open it: a",
			output: "model 0: opening\nmodel 0: failed: a\nmodel 1: opening\nmodel 1: failed: b\n",
			hint:   "the server would not start with it; onnxruntime.InferenceSession in Python says the same"},
		{name: "the library crashed", step: "open", at: rec, output: "model 0: opening\nmodel 0: opened in 3ms\nmodel 1: opening\nSIGSEGV: segmentation violation\n"},
		{name: "no such model", step: "open", at: step, output: "model 7: failed: x\nmodel 99999999999999999999: failed: x\n"},
		{name: "nothing said", step: "open", at: step},
	} {
		diags, at := openDiags(p, &builder.BuildError{Step: tt.step, Pos: step, Output: []byte(tt.output)})
		if len(diags) != tt.n || at != tt.at {
			t.Errorf("%s: %v at %v", tt.name, diags, at)
		}
		if tt.n > 0 && (diags[0].Message != tt.message || diags[0].Hint != tt.hint || diags[0].Code != diag.ModelRefused) {
			t.Errorf("%s: %+v", tt.name, diags[0])
		}
	}
}
