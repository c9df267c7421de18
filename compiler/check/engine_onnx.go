package check

import (
	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

func init() {
	engines["onnx"] = engine{
		types: (*pass).onnx,
		settings: func(p *pass, r *ir.Runner, path string) {
			e := r.Engine.ONNX
			p.number(path+".engine.onnx.threads", first(e.Pos, r.Pos), e.Threads)
		},
	}
}

func (p *pass) onnx(r *ir.Runner, name string) {
	path := "runners." + name
	e := r.Engine.ONNX
	m := p.b.Models[e.Model]
	if m == nil {
		d := p.errorf(diag.BadModel, first(e.Pos, r.Pos), path+".engine.onnx.model", "there is no model %q", e.Model)
		suggest(d, e.Model, sorted(p.b.Models))
		return
	}
	if m.Signature == nil {
		return // reported with the model
	}
	if !p.state(r, name, m) {
		return
	}
	p.agrees(r, name, "#input", r.Input, m, r.ModelInput(m.Signature))
	p.agrees(r, name, "#output", r.Output, m, r.ModelOutput(m.Signature))
	p.batching(r, name, m)
	p.warmUp(r, name, m)
}

// agrees compares what a runner declares with what its model's file says.
func (p *pass) agrees(r *ir.Runner, name, side string, declared *ir.Type, m *ir.Model, says *ir.Type) {
	path := "runners." + name + "." + side
	d := p.b.Resolve(declared)
	if d == nil || d.Kind != ir.KindObject {
		p.errorf(diag.SignatureConflict, first(posOf(declared), r.Pos), path, "the model has named tensors, so this is an object").
			Also(m.Pos, "the model is here")
		return
	}
	for _, f := range d.Fields {
		file := says.Field(f.Name)
		pos := first(f.Type.Pos, f.Pos, r.Pos)
		if file == nil {
			e := p.errorf(diag.UnknownTensor, first(f.Pos, pos), path+"."+f.Name, "the model has no tensor %q", f.Name).
				Also(m.Pos, "the model is here")
			suggest(e, f.Name, fieldNames(says))
			continue
		}
		out, back := assign.New(p.b).Fit(f.Type, file.Type), assign.New(p.b).Fit(file.Type, f.Type)
		if out.Verdict == assign.No || back.Verdict == assign.No {
			d := p.errorf(diag.SignatureConflict, pos, path+"."+f.Name, "%s is declared %s, but the model says %s", f.Name, assign.Describe(p.b, f.Type), assign.Describe(p.b, file.Type)).
				Hintf("leave the declaration out, or correct it")
			if model, _ := p.undecided(name); model != nil && assign.New(p.b).Fit(oneItem(file.Type), f.Type).Verdict != assign.No {
				declareAxis(d, m, r.Engine.ONNX.Model)
			} else {
				d.Also(m.Pos, "the model is here")
			}
		}
	}
	for _, f := range says.Fields {
		if d.Field(f.Name) == nil {
			p.errorf(diag.SignatureConflict, first(d.Pos, r.Pos), path, "the model's tensor %s is not declared", f.Name).
				Hintf("leave the declaration out, or add %s", f.Name).
				Also(m.Pos, "the model is here")
		}
	}
}
