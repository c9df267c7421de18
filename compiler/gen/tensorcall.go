package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

const tensorPath = "bentoc.dev/runtime/tensor"

// writeTensorCall writes the function that runs one item of a runner that takes and
// gives the tensors of a model, whatever engine it has.
func (g *generator) writeTensorCall(rc *runnerCode) {
	s := g.engines
	s.use("context")
	s.use(codecPath)
	g.useGen(s, rc.in, rc.out)
	names := g.mainNames.inner("ctx", "in", "out", "err", "results", "c")
	model := rc.r.Engine.RunsModel()
	m := g.b.Models[model]
	if m == nil || m.Signature == nil {
		return // reported before
	}
	s.p("")
	s.docLines(fmt.Sprintf("%s runs the model %s on one item.\n\n%s", rc.call, model, rc.r.Doc))
	s.p("func (b *bento) %s(ctx context.Context, in %s) (out %s, err error) {", rc.call, rc.in.expr(false), rc.out.expr(false))
	var args, after []string
	for _, f := range tensorsIn(rc.in) {
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
	results, ask := "results, err :=", ""
	if rc.r.State != nil {
		s.use(sessionsPath)
		in, out := sessionOf(rc.in), sessionOf(rc.out)
		step := names.pick("step")
		results = fmt.Sprintf("results, %s, err :=", step)
		ask = fmt.Sprintf("sessions.Ask{Key: in.%s.%s, Step: in.%[1]s.%[3]s, Last: in.%[1]s.%[4]s}, ", in.name, fieldName(in.typ, "key"), fieldName(in.typ, "step"), fieldName(in.typ, "last"))
		after = append(after, fmt.Sprintf("out.%s.%s = %s", out.name, fieldName(out.typ, "step"), step))
	}
	s.p("%s b.%s.Call(ctx, %s[]tensor.Tensor{%s})", results, rc.field, ask, strings.Join(args, ", "))
	s.p("if err != nil {")
	s.p("return out, err")
	s.p("}")
	s.lines(after)
	for i, f := range tensorsIn(rc.out) {
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
	if typeKey(g.b.Resolve(rc.outT)) != typeKey(rc.r.ModelOutput(sig)) {
		return []string{fmt.Sprintf("%s(&c, out)", g.checkFn(rc.outT, rc.out, rc.typeName+"Output"))}
	}
	u := g.newSymbolUses()
	u.add(rc.outT, rc.out, spot{v: "out"})
	return u.check(func(bool) string { return "c" })
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
