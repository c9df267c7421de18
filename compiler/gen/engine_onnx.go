package gen

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

const onnxPath = "bentoc.dev/runtime/engine/onnx"

func init() {
	engineRows["onnx"] = engineRow{make: (*generator).makeONNX, call: (*generator).writeTensorCall}
}

// makeONNX gives what makes the runner of a model.
func (g *generator) makeONNX(rc *runnerCode) (expr, typ string) {
	e := rc.r.Engine.ONNX
	m := g.b.Models[e.Model]
	if m == nil || m.Signature == nil {
		g.errorf("runner %s: the signature of the model %q is not known", rc.name, e.Model)
		return "", ""
	}
	g.engines.use(onnxPath)
	g.engines.use(tensorPath)
	g.engines.docLines(m.Doc)
	most := maxBatch(rc.r, m.Signature)
	st, typ := rc.r.State, "*runner.Runner"
	inner, end := "", "}))"
	if st != nil {
		g.engines.use(sessionsPath)
		g.service.use(sessionsPath)
		inner, typ = fmt.Sprintf("sessions.New(%q, ", rc.name), "*sessions.Runner"
		end = "})), " + g.sessionsConfig(rc, m.Signature) + ")"
	}
	lines := []string{fmt.Sprintf("%srunner.New(%s, onnx.New(onnx.Config{", inner, g.runnerConfig(rc, most, slices.Concat(modelOf(rc), g.warmUp(rc, m.Signature), g.scheduler(rc, most))...))}
	lines = append(lines, fmt.Sprintf("ModelPath: %q,", g.b.ModelPath(e.Model)))
	lines = append(lines, g.tensorFields(rc, "Inputs", tensorNames(rc.in), m.Signature.Inputs, carriedInputs(st))...)
	lines = append(lines, g.tensorFields(rc, "Outputs", tensorNames(rc.out), m.Signature.Outputs, carriedOutputs(st))...)
	if e.Threads > 0 {
		lines = append(lines, fmt.Sprintf("Threads: %d,", e.Threads))
	}
	return strings.Join(append(lines, end), "\n"), typ
}

// modelOf gives the field of the model's name, where that is not the runner's.
func modelOf(rc *runnerCode) []string {
	if model := rc.r.Engine.RunsModel(); model != rc.name {
		return []string{fmt.Sprintf("Model: %q", model)}
	}
	return nil
}

// maxBatch is how many items may run together: what the user says where the model
// allows any number.
func maxBatch(r *ir.Runner, sig *ir.Signature) int {
	n := 0
	if r.Batching != nil {
		n = r.Batching.MaxSize
	}
	if sig.MaxBatch > 0 {
		n = min(n, sig.MaxBatch)
	}
	return n
}

// scheduler gives the fields of what decides when items run, where several may run
// together.
func (g *generator) scheduler(rc *runnerCode, most int) []string {
	if most < 2 {
		return nil
	}
	kind, config := "adaptive", []string(nil)
	b, fields := rc.r.Batching, append(g.work(rc), g.padding(rc)...)
	switch {
	case b.Fixed != nil && b.Fixed.WaitMs > 0:
		kind, config = "fixed", []string{g.engines.milliseconds("Wait", b.Fixed.WaitMs)}
	case b.Fixed != nil:
		return fields // what there is, as soon as an instance is idle
	case b.LatencyTargetMs > 0:
		config = append(config, g.engines.milliseconds("LatencyTarget", b.LatencyTargetMs))
	}
	if b.Profile != nil && b.Fixed == nil {
		config = append(config, g.costs(b.Profile))
	}
	g.engines.use(runnerPath + "/" + kind)
	return append(fields, fmt.Sprintf("Scheduler: %s.Config{%s}.New", kind, strings.Join(config, ", ")))
}

// work gives the field of what the work of a batch is counted in, where the bento says.
func (g *generator) work(rc *runnerCode) []string {
	c := rc.r.Batching.Cost
	if c == nil {
		return nil
	}
	of := map[string]string{"elements": "runner.Elements", "bytes": "runner.Bytes"}[c.Of]
	if of == "" {
		axes := make([]string, len(c.Dimensions))
		for i, name := range c.Dimensions {
			at := rc.inT.Axes(name)[0] // which was checked
			axes[i] = fmt.Sprintf("runner.Axis{Input: %d, Axis: %d}", at.Field, at.Dim)
		}
		of = "runner.Lengths(" + strings.Join(axes, ", ") + ")"
	}
	fields := []string{fmt.Sprintf("Unit: %q", c.Unit()), "Of: " + of}
	if c.Max > 0 {
		fields = append(fields, fmt.Sprintf("Max: %d", c.Max))
	}
	return []string{"Work: runner.Work{" + strings.Join(fields, ", ") + "}"}
}

// padding gives the field of how items of several lengths run together, where the bento
// says so.
func (g *generator) padding(rc *runnerCode) []string {
	p := rc.r.Batching.Pad
	if p == nil {
		return nil
	}
	g.engines.use("bentoc.dev/runtime/engine/pad")
	axes := func(t *ir.Type) string {
		var all []string
		for _, a := range t.Axes(p.Of) {
			all = append(all, fmt.Sprintf("{Tensor: %d, Dim: %d}", a.Field, a.Dim))
		}
		return "[]pad.Axis{" + strings.Join(all, ", ") + "}"
	}
	return []string{fmt.Sprintf("Padding: pad.New(pad.Config{Of: %q, Inputs: %s, Outputs: %s, Value: %v, Budget: %v})", p.Of, axes(rc.inT), axes(rc.outT), p.Value, p.Budget)}
}

// costs gives the field of what batches cost when they were measured.
func (g *generator) costs(p *ir.BatchProfile) string {
	g.engines.use(runnerPath + "/cost")
	sizes := make([]string, len(p.Sizes))
	for i, s := range p.Sizes {
		sizes[i] = fmt.Sprintf("{Work: %v, Seconds: %v, Runs: %d}", s.Work, s.Seconds, s.Runs)
	}
	return "Costs: []cost.Size{" + strings.Join(sizes, ", ") + "}"
}

// milliseconds gives a field of a time.
func (s *source) milliseconds(field string, ms float64) string {
	s.use("time")
	if whole := int64(ms); float64(whole) == ms {
		return fmt.Sprintf("%s: %d * time.Millisecond", field, whole)
	}
	return fmt.Sprintf("%s: %d * time.Microsecond", field, int64(ms*1000))
}

// tensorNames names the fields of a struct that are tensors, in their order.
func tensorNames(gt *goType) (names []string) {
	for _, f := range tensorsIn(gt) {
		names = append(names, f.json)
	}
	return names
}

// tensorFields says which tensors the runner takes or gives: those with names, in this
// order, and those that are carried over.
func (g *generator) tensorFields(rc *runnerCode, field string, names []string, sig []ir.TensorField, carried []string) []string {
	lines := []string{field + ": []onnx.IO{"}
	for _, name := range append(names, carried...) {
		t := signatureField(sig, name)
		if t == nil {
			g.errorf("runner %s: the model has no tensor %q", rc.name, name)
			continue
		}
		parts := []string{fmt.Sprintf("Name: %q", name)}
		if t.File != "" && t.File != name {
			parts = append(parts, fmt.Sprintf("File: %q", t.File))
		}
		parts = append(parts, "DType: "+dtypeConst(t.DType))
		if t.Shape != nil {
			parts = append(parts, "Shape: "+shapeLiteral(t.Shape))
		}
		if t.Batched {
			parts = append(parts, "Batched: true")
			if t.Axis > 0 {
				parts = append(parts, fmt.Sprintf("Axis: %d", t.Axis))
			}
		}
		lines = append(lines, "{"+strings.Join(parts, ", ")+"},")
	}
	return append(lines, "},")
}

// shapeLiteral writes a shape with -1 for what is not fixed.
func shapeLiteral(shape []ir.Dim) string {
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = "-1"
		if d.Size > 0 {
			parts[i] = fmt.Sprint(d.Size)
		}
	}
	return "[]int{" + strings.Join(parts, ", ") + "}"
}
