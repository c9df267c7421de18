package check

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model/onnxfile"
)

// batching reports a runner that is to gather items for a model of which nobody
// says what counts them: bentoc guesses no batch axis. Where no axis could, the
// batching does nothing, which is worth a warning.
func (p *pass) batching(r *ir.Runner, name string, m *ir.Model) {
	b := r.Batching
	if b == nil || b.MaxSize != 0 && b.MaxSize < 2 {
		return
	}
	p.work(r, name, m)
	p.padding(r, name, m)
	model := r.Engine.ONNX.Model
	at, pos := "runners."+name+".batching", first(b.Pos, r.Pos)
	switch {
	case batched(m) && m.Signature.MaxBatch == 1:
		p.warnf(diag.BatchAxis, pos, at, "batching does nothing: the file of model %s is made for batches of one item", model).
			Hintf("leave batching out, or export the model with a dynamic batch dimension").
			Also(m.Pos, "the model is here")
	case batched(m):
	case m.BatchAxis != nil:
		axis := "models." + model + ".batchAxis"
		p.warnf(diag.BatchAxis, pos, at, "batching does nothing: model %s takes one item at a time", model).
			Hintf("leave batching out, or give the axis that counts items as batchAxis").
			Also(p.at(axis, m.Pos), "batchAxis is %d here, which is none", *m.BatchAxis)
	case len(onnxfile.BatchAxes(m.Signature)) == 0:
		p.warnf(diag.BatchAxis, pos, at, "batching does nothing: model %s has no axis that could count items: %s", model, tensorsOf(m)).
			Hintf("leave batching out, or export the model with a dynamic batch dimension").
			Also(m.Pos, "the model is here")
	default:
		axis := onnxfile.BatchAxes(m.Signature)[0]
		p.errorf(diag.BatchAxis, m.Pos, "models."+model, "runner %s batches, but the file of model %s does not say which axis counts items: %s", name, model, tensorsOf(m)).
			Hintf("where axis %d is it, in inputs and outputs alike, write here: `batchAxis: %d`; else leave batching out", axis, axis).
			Also(pos, "batching is asked for here")
	}
}

// work reports what the work of a batch is said to be counted in and no item has, and a
// profile that counts it in something else.
func (p *pass) work(r *ir.Runner, name string, m *ir.Model) {
	b, at := r.Batching, "runners."+name+".batching"
	if in := p.b.RunnerInput(name); b.Cost != nil {
		for _, d := range b.Cost.Dimensions {
			if len(in.Axes(d)) == 0 {
				p.noDimension(r, name, m, at+".cost.of", d, ", or count elements")
				return
			}
		}
	}
	if unit := r.WorkUnit(m.Signature); b.Profile != nil && b.Profile.Unit != unit {
		of := at + ".profile"
		p.errorf(diag.BadValue, p.at(of+".unit", first(p.at(of, b.Pos), r.Pos)), of, "the profile counts %s, and the batches of runner %s are counted in %s", b.Profile.Unit, name, unit).
			Hintf("measure it again: what a run cost of one unit says nothing of another")
	}
}

// noDimension reports a dimension that no item has.
func (p *pass) noDimension(r *ir.Runner, name string, m *ir.Model, at, dimension, or string) {
	e := p.errorf(diag.BadValue, p.at(at, first(r.Batching.Pos, r.Pos)), at, "no input of runner %s has a dimension %q", name, dimension)
	if names := symbols(p.b.RunnerInput(name)); len(names) > 0 {
		e.Hintf("an item has %s", strings.Join(names, ", "))
	} else {
		e.Hintf("name the dimensions in the #input of the runner, such as `x: schema.#Tensor & {shape: [\"height\", \"width\"]}`%s", or)
	}
	e.Also(m.Pos, "the model is here: %s", onnxfile.Shapes(m.Signature.Inputs))
}

// padding reports a dimension that no item has, a value that an input cannot hold, and a
// batching that pads for nobody.
func (p *pass) padding(r *ir.Runner, name string, m *ir.Model) {
	pad, at := r.Batching.Pad, "runners."+name+".batching.pad"
	if pad == nil {
		return
	}
	pos := p.at(at, first(r.Batching.Pos, r.Pos))
	in := p.b.RunnerInput(name)
	axes := in.Axes(pad.Of)
	if len(axes) == 0 {
		p.noDimension(r, name, m, at+".of", pad.Of, "")
		return
	}
	for _, a := range axes {
		f := &in.Fields[a.Field]
		if why := unpaddable(f.Type.DType, pad.Value); why != "" {
			p.errorf(diag.BadValue, p.at(at+".value", pos), at, "input %s of runner %s %s", f.Name, name, why).
				Also(m.Pos, "the model is here: %s", onnxfile.Shapes(m.Signature.Inputs))
		}
	}
}

// unpaddable says why tensors of a dtype cannot be lengthened by a value, "" where they can.
func unpaddable(dtype string, v float64) string {
	least, most := 0.0, 0.0 // of integers
	switch dtype {
	case "string":
		return "has texts, which cannot be padded"
	case "float16":
		if math.Abs(v) > 65504 {
			return fmt.Sprintf("has no number as large as %v: it is of float16", v)
		}
		return ""
	case "float32", "bfloat16":
		if math.Abs(v) > math.MaxFloat32 {
			return fmt.Sprintf("has no number as large as %v: it is of %s", v, dtype)
		}
		return ""
	case "bool":
		most = 1
	default:
		bits, signed := 0, strings.HasPrefix(dtype, "int")
		if _, err := fmt.Sscanf(strings.TrimPrefix(dtype, "u"), "int%d", &bits); err != nil {
			return "" // float64
		}
		if most = math.Ldexp(1, bits) - 1; signed {
			least, most = -math.Ldexp(1, bits-1), math.Ldexp(1, bits-1)-1
		}
		most = min(most, 1<<53)
		least = max(least, -1<<53)
	}
	if v != math.Trunc(v) || v < least || v > most {
		return fmt.Sprintf("cannot hold %v: it is of %s", v, dtype)
	}
	return ""
}

// symbols gives the names of the dimensions of a runner's inputs, in their order.
func symbols(in *ir.Type) (names []string) {
	for _, f := range in.Fields {
		for _, d := range f.Type.Shape {
			if d.Symbol != "" && !slices.Contains(names, d.Symbol) {
				names = append(names, d.Symbol)
			}
		}
	}
	return names
}

// batched reports whether a batch axis is taken off a model's tensors.
func batched(m *ir.Model) bool {
	is := func(f ir.TensorField) bool { return f.Batched }
	return slices.ContainsFunc(m.Signature.Inputs, is) || slices.ContainsFunc(m.Signature.Outputs, is)
}

func tensorsOf(m *ir.Model) string {
	return onnxfile.Shapes(m.Signature.Inputs) + "; " + onnxfile.Shapes(m.Signature.Outputs)
}

// undecided gives the model of a runner if its first axis may be declared as the
// batch axis and is not, else nil.
func (p *pass) undecided(runner string) (*ir.Model, string) {
	r := p.b.Runners[runner]
	if r == nil || !r.Engine.OfModel() {
		return nil, ""
	}
	m := p.b.Models[r.Engine.RunsModel()]
	if m == nil || m.Signature == nil || m.BatchAxis != nil || batched(m) || !slices.Contains(onnxfile.BatchAxes(m.Signature), 0) {
		return nil, ""
	}
	return m, r.Engine.RunsModel()
}

// lacksAxis adds to a mismatch between a value of type from and the type to that
// the one of them which is an undecided model's would fit without its first axis.
func (a *assignment) lacksAxis(d *diag.Diagnostic, v *ir.Value, from, to *ir.Type) {
	if a.at.Role == ir.RoleIn {
		if m, name := a.p.undecided(a.at.Node.Call); m != nil && assign.New(a.p.b).Fit(from, oneItem(to)).Verdict != assign.No {
			declareAxis(d, m, name)
			return
		}
	}
	if v.Edge == nil || v.Edge.From != ir.FromNode {
		return
	}
	n := a.p.scopes[a.graph].Node(v.Edge.Node)
	if n == nil {
		return
	}
	if m, name := a.p.undecided(n.Call); m != nil && assign.New(a.p.b).Fit(oneItem(from), to).Verdict != assign.No {
		declareAxis(d, m, name)
	}
}

func declareAxis(d *diag.Diagnostic, m *ir.Model, name string) {
	d.Hintf("the file of model %s does not say that its first axis counts items; where it does, write `batchAxis: 0` in models.%s, and nodes see one item", name, name).
		Also(m.Pos, "`batchAxis: 0` belongs here")
}

// oneItem is t without the first axis of its tensors.
func oneItem(t *ir.Type) *ir.Type {
	switch {
	case t == nil:
		return nil
	case t.Kind == ir.KindTensor && len(t.Shape) > 0:
		one := *t
		one.Shape = t.Shape[1:]
		one.Rank0 = len(one.Shape) == 0
		return &one
	case t.Kind == ir.KindObject:
		one := *t
		one.Fields = slices.Clone(t.Fields)
		for i := range one.Fields {
			one.Fields[i].Type = oneItem(one.Fields[i].Type)
		}
		return &one
	}
	return t
}
