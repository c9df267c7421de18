// Package bind attaches to a loaded bento what the lock says about its models. It
// reads nothing: what a bento declares and what the files of its models say goes in,
// the bento with the types of its runners comes out, and what does not fit.
package bind

import (
	"maps"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model/onnxfile"
)

// Signatures gives b with the signatures of its models by the names that it declares
// for them, and with the types that its runners have from them where b declares none.
// Header is what the file of a model says about its tensors, nil where that is not
// known: such a model stays pending.
//
// B itself stays as it is, so that it can be bound anew when the lock has changed. What
// neither models nor runners hold is shared.
func Signatures(b *ir.Bento, header func(name string, m *ir.Model) *onnxfile.Model) (*ir.Bento, diag.List) {
	var diags diag.List
	bound := *b
	bound.Models = maps.Clone(b.Models)
	for _, name := range slices.Sorted(maps.Keys(b.Models)) {
		m := *b.Models[name]
		bound.Models[name] = &m
		file := header(name, &m)
		if file == nil {
			continue
		}
		var problems []onnxfile.Problem
		m.Signature, problems = onnxfile.Signature(file, &m)
		for _, p := range problems {
			diags = append(diags, p.In(b, name))
		}
	}
	bound.Runners = maps.Clone(b.Runners)
	for name, r := range b.Runners {
		bound.Runners[name] = typed(&bound, r)
	}
	return &bound, diags
}

// typed gives the runner with the types that its model has, where it declares none.
// They stay nil as long as nobody knows them.
func typed(b *ir.Bento, r *ir.Runner) *ir.Runner {
	if !r.Engine.OfModel() {
		return r
	}
	c := *r // the checks complete it
	if m := b.Models[r.Engine.RunsModel()]; m != nil && m.Signature != nil {
		if c.Input == nil {
			c.Input = placed(r.ModelInput(m.Signature), c.Pos)
		} else if r.State != nil {
			c.Input = ir.WithSession(c.Input, ir.SessionAsk())
		}
		if c.Output == nil {
			c.Output = placed(r.ModelOutput(m.Signature), c.Pos)
		} else if r.State != nil {
			c.Output = ir.WithSession(c.Output, ir.SessionAnswer())
		}
	}
	return &c
}

// placed gives a type that is made of a signature the position of its runner.
func placed(t *ir.Type, pos ir.Pos) *ir.Type {
	t.Pos = pos
	for i := range t.Fields {
		t.Fields[i].Pos, t.Fields[i].Type.Pos = pos, pos
	}
	return t
}
