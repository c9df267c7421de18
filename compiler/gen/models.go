package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

const (
	onnxPath   = "bentoc.dev/runtime/engine/onnx"
	tensorPath = "bentoc.dev/runtime/tensor"
)

// modelVar names the *onnx.Model of a runner.
func (g *generator) modelVar(rc *runnerCode) string {
	if rc.model == "" {
		rc.model = g.mainNames.pick(unexported(rc.name) + "Model")
	}
	return rc.model
}

// modelLifecycle gives the fields of a model's spec.Runner.
func (g *generator) modelLifecycle(rc *runnerCode) []string {
	v := g.modelVar(rc)
	return []string{"Open: " + v + ".Open", "Close: " + v + ".Close"}
}

// writeModel writes a model and the function that calls it.
func (g *generator) writeModel(rc *runnerCode) {
	e := rc.r.Engine.ONNX
	m := g.b.Models[e.Model]
	if m == nil || m.Signature == nil {
		g.errorf("runner %s: the signature of the model %q is not known", rc.name, e.Model)
		return
	}
	s := g.engines
	s.use("context")
	s.use(onnxPath)
	s.use(tensorPath)
	s.use(codecPath)
	g.useGen(s, rc.in, rc.out)
	s.p("")
	s.docLines(fmt.Sprintf("%s runs the model %s.\n\n%s", g.modelVar(rc), e.Model, m.Doc))
	s.p("var %s = onnx.New(onnx.Config{", rc.model)
	s.p("Name: %q,", rc.name)
	s.p("ModelPath: %q,", g.b.ModelPath(e.Model))
	axis := 0
	if m.BatchAxis != nil {
		axis = *m.BatchAxis
	}
	g.tensorFields(rc, "Inputs", rc.in, m.Signature.Inputs, axis)
	g.tensorFields(rc, "Outputs", rc.out, m.Signature.Outputs, axis)
	for _, f := range []struct {
		name string
		n    int
	}{{"Instances", rc.r.Instances}, {"Threads", e.Threads}, {"MaxBatch", maxBatch(rc.r, m.Signature)}} {
		if f.n > 0 {
			s.p("%s: %d,", f.name, f.n)
		}
	}
	s.p("})")
	g.writeInfer(rc)
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

// tensorFields says which tensors the runner takes or gives, in the order of the
// struct's fields.
func (g *generator) tensorFields(rc *runnerCode, field string, gt *goType, sig []ir.TensorField, axis int) {
	s := g.engines
	s.p("%s: []onnx.IO{", field)
	for _, f := range gt.fields {
		t := signatureField(sig, f.json)
		if t == nil || f.typ.kind != goTensor && f.typ.kind != goAnyTensor {
			g.errorf("runner %s: the model has no tensor %q", rc.name, f.json)
			continue
		}
		parts := []string{fmt.Sprintf("Name: %q", f.json)}
		if t.File != "" && t.File != f.json {
			parts = append(parts, fmt.Sprintf("File: %q", t.File))
		}
		parts = append(parts, "DType: "+dtypeConst(t.DType))
		if t.Shape != nil {
			parts = append(parts, "Shape: "+shapeLiteral(t.Shape))
		}
		if t.Batched {
			parts = append(parts, "Batched: true")
			if axis > 0 {
				parts = append(parts, fmt.Sprintf("Axis: %d", axis))
			}
		}
		s.p("{%s},", strings.Join(parts, ", "))
	}
	s.p("},")
}

func signatureField(sig []ir.TensorField, name string) *ir.TensorField {
	for i := range sig {
		if sig[i].Name == name {
			return &sig[i]
		}
	}
	return nil
}

// dtypeConst names an element type in package tensor.
func dtypeConst(dtype string) string {
	if dtype == "bfloat16" {
		return "tensor.BFloat16"
	}
	return "tensor." + strings.ToUpper(dtype[:1]) + dtype[1:]
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

// writeInfer writes the function that runs one item.
func (g *generator) writeInfer(rc *runnerCode) {
	s := g.engines
	names := g.mainNames.inner("ctx", "in", "out", "err", "results", "c")
	m := g.b.Models[rc.r.Engine.ONNX.Model]
	s.p("")
	s.docLines(fmt.Sprintf("%s runs the model %s on one item.\n\n%s", rc.call, rc.r.Engine.ONNX.Model, rc.r.Doc))
	s.p("func %s(ctx context.Context, in %s) (out %s, err error) {", rc.call, rc.in.expr(false), rc.out.expr(false))
	var args []string
	for _, f := range rc.in.fields {
		v := names.pick(unexported(f.json))
		t := signatureField(m.Signature.Inputs, f.json)
		if t == nil {
			continue // reported with the model
		}
		from := fmt.Sprintf("codec.Tensor[%s](in.%s)", f.typ.dtype, f.name)
		make := "codec.ToTensor"
		if f.typ.kind == goAnyTensor {
			from, make = fmt.Sprintf("codec.AnyTensor(in.%s)", f.name), "codec.AnyToTensor"
		}
		s.p("%s, err := %s(%s, %s)", v, make, from, dtypeConst(t.DType))
		s.p("if err != nil {")
		s.p("return out, err")
		s.p("}")
		args = append(args, v)
	}
	s.p("results, err := %s.Infer(ctx, []tensor.Tensor{%s})", rc.model, strings.Join(args, ", "))
	s.p("if err != nil {")
	s.p("return out, err")
	s.p("}")
	for i, f := range rc.out.fields {
		v := names.pick(unexported(f.json))
		from := fmt.Sprintf("codec.FromTensor[%s](results[%d])", f.typ.dtype, i)
		if f.typ.kind == goAnyTensor {
			from = fmt.Sprintf("codec.AnyFromTensor(results[%d])", i)
		}
		s.p("%s, err := %s", v, from)
		s.p("if err != nil {")
		s.p("return out, err")
		s.p("}")
		g.useGen(s, f.typ) // the runner's own types may lie in package main
		s.p("out.%s = %s(%s)", f.name, f.typ.expr(false), v)
	}
	if checks := g.modelChecks(rc, m.Signature); len(checks) > 0 {
		s.p("var c codec.Checker")
		s.lines(checks)
		s.p("return out, c.Err(%q)", "the output of runner "+rc.name)
	} else {
		s.p("return out, nil")
	}
	s.p("}")
}

// modelChecks holds what a model gave against what the engine does not compare:
// symbols, and what the user declares beyond the model's signature.
func (g *generator) modelChecks(rc *runnerCode, sig *ir.Signature) []string {
	if typeKey(g.b.Resolve(rc.outT)) != typeKey(sig.OutputType()) {
		return []string{fmt.Sprintf("%s(&c, out)", g.checkFn(rc.outT, rc.out, rc.typeName+"Output"))}
	}
	u := g.newSymbolUses()
	u.add(rc.outT, rc.out, spot{v: "out"})
	return u.check(func(bool) string { return "c" })
}
