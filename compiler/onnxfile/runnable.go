package onnxfile

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
)

// Runtime is what a release of ONNX Runtime can run.
type Runtime struct {
	Name      string
	MaxIR     int64    // version of the file format
	MinOpset  int64    // of ai.onnx; older files load, but their operators are not there
	MaxOpset  int64    //
	Operators []string // domains with operators, "" for ai.onnx
}

// ORT132 is ONNX Runtime 1.32 for CPUs. The numbers were found by loading a
// model of each version.
func ORT132() Runtime {
	return Runtime{
		Name: "ONNX Runtime 1.32", MaxIR: 14, MinOpset: 7, MaxOpset: 28,
		Operators: []string{"", "ai.onnx.ml", "com.microsoft", "ai.onnx.preview", "ai.onnx.preview.training", "ai.onnx.training"},
	}
}

// Runnable gives the reasons why rt cannot run m, none if it can.
func (m *Model) Runnable(rt Runtime) []Problem {
	s := &signer{}
	if m.IRVersion > rt.MaxIR {
		s.errorf(diag.BadModel, "", "export the model with an older version of ONNX",
			"the file has format version %d, %s reads up to %d", m.IRVersion, rt.Name, rt.MaxIR)
	}
	for _, o := range m.Opsets {
		if o.Domain == "" && (o.Version < rt.MinOpset || o.Version > rt.MaxOpset) {
			s.errorf(diag.BadModel, "", fmt.Sprintf("export the model with an opset between %d and %d", rt.MinOpset, rt.MaxOpset),
				"the model uses opset %d, %s runs %d to %d", o.Version, rt.Name, rt.MinOpset, rt.MaxOpset)
		}
	}
	var foreign []string
	for _, op := range m.Ops {
		if !slices.Contains(rt.Operators, op.Domain) && !slices.Contains(m.Functions, op.Domain+"."+op.Name) {
			foreign = append(foreign, op.Domain+"."+op.Name)
		}
	}
	if len(foreign) > 0 {
		s.errorf(diag.BadModel, "", "export the model without custom operators",
			"the model uses operators that %s does not have: %s", rt.Name, strings.Join(foreign[:min(5, len(foreign))], ", "))
	}
	return s.problems
}
