package load

import (
	"cuelang.org/go/cue"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

func init() {
	engines["onnx"] = func(d *decoder, e *ir.Engine, v cue.Value, at string) {
		e.ONNX = &ir.ONNXEngine{
			Model:   d.reference(get(v, "model"), "models", join(at, "model"), diag.BadModel),
			Threads: d.number(v, "threads", at), Pos: d.index.labelPos(at),
		}
	}
}
