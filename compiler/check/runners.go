package check

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

func checkRunners(p *pass) {
	for _, name := range sorted(p.b.Runners) {
		r := p.b.Runners[name]
		path := "runners." + name
		if (r.Engine.Go == nil) == (r.Engine.ONNX == nil) {
			set := 0
			if r.Engine.Go != nil {
				set = 2
			}
			p.errorf(diag.OneOf, first(r.Engine.Pos, r.Pos), path+".engine", "an engine is exactly one of go and onnx, %s", howMany(set))
			continue
		}
		if r.Engine.ONNX != nil {
			p.onnx(r, name)
			continue
		}
		p.declares(r, path, "#input", r.Input)
		p.declares(r, path, "#output", r.Output)
	}
}

// declares reports a go runner that does not say what it takes or gives back:
// nothing else could tell.
func (p *pass) declares(r *ir.Runner, path, field string, t *ir.Type) {
	switch u := p.b.Resolve(t); {
	case u == nil:
		p.errorf(diag.MissingField, r.Pos, path+"."+field, "a go runner declares %s", field).
			Hintf("add %s: {…} with the fields of the step", field)
	case u.Kind != ir.KindObject:
		p.errorf(diag.WrongType, first(t.Pos, r.Pos), path+"."+field, "%s of a runner is an object, not %s", field, describe(p.b, t)).
			Hintf("give the value a name: %s: {value: …}", field)
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
	p.agrees(r, path+".#input", r.Input, m, m.Signature.InputType())
	p.agrees(r, path+".#output", r.Output, m, m.Signature.OutputType())
}

// agrees compares what a runner declares with what its model's file says.
func (p *pass) agrees(r *ir.Runner, path string, declared *ir.Type, m *ir.Model, says *ir.Type) {
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
		out, back := newFitter(p.b).fit(f.Type, file.Type), newFitter(p.b).fit(file.Type, f.Type)
		if out.verdict == no || back.verdict == no {
			p.errorf(diag.SignatureConflict, pos, path+"."+f.Name, "%s is declared %s, but the model says %s", f.Name, describe(p.b, f.Type), describe(p.b, file.Type)).
				Hintf("leave the declaration out, or correct it").
				Also(m.Pos, "the model is here")
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

func posOf(t *ir.Type) ir.Pos {
	if t == nil {
		return ir.Pos{}
	}
	return t.Pos
}

func fieldNames(t *ir.Type) []string {
	names := make([]string, len(t.Fields))
	for i := range t.Fields {
		names[i] = t.Fields[i].Name
	}
	return names
}
