package check

import (
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/model/onnxfile"
)

func checkModels(p *pass) {
	for _, name := range sorted(p.b.Models) {
		m := p.b.Models[name]
		path := "models." + name
		p.source(m, path)
		if m.BatchAxis != nil && *m.BatchAxis < onnxfile.NoBatchAxis {
			p.errorf(diag.BadValue, p.at(path+".batchAxis", m.Pos), path+".batchAxis", "a batch axis counts from 0, or is -1 where there is none, but it is %d", *m.BatchAxis)
		}
		for _, tensor := range sorted(m.BatchAxes) {
			if at := path + ".batchAxes." + tensor; m.BatchAxes[tensor] < onnxfile.NoBatchAxis {
				p.errorf(diag.BadValue, p.at(at, m.Pos), at, "a batch axis counts from 0, or is -1 where there is none, but it is %d", m.BatchAxes[tensor])
			}
		}
		if m.Signature == nil && p.modelInUse(name) {
			p.pending(m, name)
		}
	}
}

func (p *pass) source(m *ir.Model, path string) {
	pos := first(m.Source.Pos, m.Pos)
	if set := len(ir.SetArms(m.Source)); set != 1 {
		p.errorf(diag.OneOf, pos, path+".source", "a source is exactly one of %s, %s", allOf(ir.Arms(m.Source)), howMany(set))
		return
	}
	p.diags = append(p.diags, model.SourceOf(m).Check(path, func(at string) diag.Pos {
		if strings.HasPrefix(at, path+".source") {
			return p.at(at, pos)
		}
		return p.at(at, m.Pos)
	})...)
}

func howMany(set int) string {
	if set == 0 {
		return "none is set"
	}
	return "several are set"
}

// modelInUse reports whether a runner runs the model.
func (p *pass) modelInUse(name string) bool {
	for _, r := range p.b.Runners {
		if r.Engine.RunsModel() == name {
			return true
		}
	}
	return false
}

func (p *pass) pending(m *ir.Model, name string) {
	severity := diag.Error
	if p.opts.SignaturesPending {
		severity = diag.Warning
	}
	d := p.errorf(diag.LockMissing, m.Pos, "models."+name, "what model %s takes and gives back is not known yet", name).
		Hintf("run `bentoc lock`, which reads it from the model's file")
	d.Severity = severity
}
