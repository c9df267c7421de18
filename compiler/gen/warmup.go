package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// warmUp gives the field of what a runner runs before it is open.
func (g *generator) warmUp(rc *runnerCode, sig *ir.Signature) []string {
	if rc.r.WarmUp == nil {
		return nil
	}
	g.engines.use(runnerPath + "/warmup")
	var inputs []string
	for _, in := range rc.r.WarmInputs(g.b.Resolve(rc.inT), sig) {
		shape := strings.ReplaceAll(strings.Trim(fmt.Sprint(in.Shape), "[]"), " ", ", ")
		inputs = append(inputs, fmt.Sprintf("warmup.Tensor{Name: %q, DType: %s, Shape: []int{%s}}", in.Name, dtypeConst(in.DType), shape))
	}
	return []string{"WarmUp: warmup.Zeros(" + strings.Join(inputs, ", ") + ")"}
}
