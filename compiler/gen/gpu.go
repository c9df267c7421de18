package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

const (
	allocPath = "bentoc.dev/runtime/gpu/alloc"
	placePath = "bentoc.dev/runtime/gpu/place"
)

// withoutCUDA is why a model runs without the device that its runner has: images have
// ONNX Runtime's wheel for CPUs.
const withoutCUDA = "this image has ONNX Runtime without CUDA"

// writeGPUs writes the variable gpus of a function, which gives them out, where a runner
// asks for any.
func (g *generator) writeGPUs() {
	names := g.served.GPURunners()
	if len(names) == 0 {
		return
	}
	s := g.engines
	s.use(allocPath)
	s.use(placePath)
	s.p("gpus := place.On(set, %s,", placeOptions(g.b.GPUs))
	for _, name := range names {
		s.p("%s,", gpuAsks(name, g.served.Runners[name]))
	}
	s.p(")")
}

func placeOptions(p *ir.GPUs) string {
	var fields []string
	if p != nil && p.Spread {
		fields = append(fields, "Spread: true")
	}
	if p != nil && p.Overcommit {
		fields = append(fields, "Overcommit: true")
	}
	return "alloc.Options{" + strings.Join(fields, ", ") + "}"
}

// gpuAsks says what a runner asks for.
func gpuAsks(name string, r *ir.Runner) string {
	gpu := r.GPU
	var each []string
	add := func(is bool, field string, value any) {
		if is {
			each = append(each, fmt.Sprintf("%s: %#v", field, value))
		}
	}
	whole := gpu.Devices
	if whole == 0 && gpu.Share == 0 && gpu.Memory == 0 && gpu.Profile == "" && len(gpu.UUIDs) == 0 {
		whole = 1
	}
	add(whole > 0, "Devices", whole)
	add(gpu.Share > 0, "Share", int(gpu.Share))
	add(gpu.Memory > 0, "Memory", int(gpu.Memory))
	add(gpu.Profile != "", "Profile", gpu.Profile)
	add(gpu.NVLink, "Linked", true)
	add(len(gpu.Apart) > 0, "Apart", gpu.Apart)
	fields := []string{fmt.Sprintf("Name: %q, Instances: %d, Each: alloc.Request{%s}", name, r.GPUInstances(), strings.Join(each, ", "))}
	if len(gpu.UUIDs) > 0 {
		fields = append(fields, fmt.Sprintf("UUIDs: %#v", gpu.UUIDs))
	}
	if gpu.Fallback != "" {
		fields = append(fields, "Fallback: true")
	}
	if r.Engine.OfModel() {
		fields = append(fields, fmt.Sprintf("NoProvider: %q", withoutCUDA))
	}
	return "place.Runner{" + strings.Join(fields, ", ") + "}"
}
