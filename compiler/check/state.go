package check

import (
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model/onnxfile"
)

// state sees that what a runner carries over from one call to the next is there and fits
// itself. False says that the runner's types cannot be told for it.
func (p *pass) state(r *ir.Runner, name string, m *ir.Model) bool {
	s, path := r.State, "runners."+name+".state"
	if s == nil {
		return true
	}
	before := len(p.diags)
	pos := first(s.Pos, r.Pos)
	if len(s.Tensors) == 0 && len(s.Overlap) == 0 {
		p.errorf(diag.MissingField, pos, path, "nothing is carried over").
			Hintf("name the tensors that the model takes of the call before, such as `tensors: h: from: \"hn\"`, or leave state out")
	}
	for _, side := range [][]ir.TensorField{m.Signature.Inputs, m.Signature.Outputs} {
		for _, f := range side {
			if f.Name == ir.SessionField {
				p.errorf(diag.Conflict, pos, path, "the model has a tensor called %s, as is what names the session of a call", f.Name).
					Hintf("give the tensor another name in the model, such as `inputs: x: %q`", f.Name).Also(m.Pos, "the model is here")
			}
		}
	}
	taken := map[string]bool{}
	for _, input := range sorted(s.Tensors) {
		p.carried(path+".tensors."+input, s.Tensors[input], input, m, taken)
	}
	for _, input := range sorted(s.Overlap) {
		p.overlap(path+".overlap."+input, pos, s, input, m)
	}
	return len(p.diags) == before
}

// carried checks one tensor that is carried over.
func (p *pass) carried(path string, t ir.StateTensor, input string, m *ir.Model, taken map[string]bool) {
	in, out := tensorOf(m.Signature.Inputs, input), tensorOf(m.Signature.Outputs, t.From)
	pos := t.Pos
	switch {
	case in == nil:
		d := p.errorf(diag.UnknownTensor, pos, path, "the model takes no tensor %q", input).Also(m.Pos, "the model is here: %s", onnxfile.Shapes(m.Signature.Inputs))
		suggest(d, input, tensorNames(m.Signature.Inputs))
		return
	case out == nil:
		d := p.errorf(diag.UnknownTensor, p.at(path+".from", pos), path+".from", "the model gives no tensor %q", t.From).Also(m.Pos, "the model is here: %s", onnxfile.Shapes(m.Signature.Outputs))
		suggest(d, t.From, tensorNames(m.Signature.Outputs))
		return
	case taken[t.From]:
		p.errorf(diag.Conflict, pos, path, "the output %s is carried over to two inputs", t.From)
		return
	}
	taken[t.From] = true
	if in.DType != out.DType || in.DType == "string" || !meet(in.Shape, out.Shape) {
		d := p.errorf(diag.SignatureConflict, pos, path, "%s cannot take what %s was: %s; %s", input, t.From,
			onnxfile.Shapes([]ir.TensorField{*in}), onnxfile.Shapes([]ir.TensorField{*out})).Also(m.Pos, "the model is here")
		if m.BatchAxis != nil && *m.BatchAxis >= 0 {
			d.Hintf("where the items of a batch are counted along another axis of the state than %d, the model says so: `batchAxes: {%s: 1, %s: 1}`", *m.BatchAxis, input, t.From)
		}
		return
	}
	if t.Shape == nil {
		if in.Shape == nil || slices.ContainsFunc(in.Shape, func(d ir.Dim) bool { return d.Size == 0 }) {
			p.errorf(diag.MissingField, pos, path, "the file of the model does not say how large %s is before the first call: it is %s", input, onnxfile.Shapes([]ir.TensorField{*in})).
				Hintf("write the shape of its zeros, such as `shape: [2, 1, 64]`")
		}
		return
	}
	dims := make([]ir.Dim, len(t.Shape))
	for i, n := range t.Shape {
		dims[i].Size = int64(n)
	}
	if !meet(dims, in.Shape) {
		p.errorf(diag.SignatureConflict, p.at(path+".shape", pos), path+".shape", "%v is no shape of %s", t.Shape, onnxfile.Shapes([]ir.TensorField{*in})).
			Also(m.Pos, "the model is here")
	}
}

// overlap checks an input whose end is put before what comes next.
func (p *pass) overlap(path string, pos ir.Pos, s *ir.State, input string, m *ir.Model) {
	in, n := tensorOf(m.Signature.Inputs, input), s.Overlap[input]
	pos = p.at(path, pos)
	_, carried := s.Tensors[input]
	switch {
	case in == nil:
		d := p.errorf(diag.UnknownTensor, pos, path, "the model takes no tensor %q", input).Also(m.Pos, "the model is here: %s", onnxfile.Shapes(m.Signature.Inputs))
		suggest(d, input, tensorNames(m.Signature.Inputs))
	case carried:
		p.errorf(diag.Conflict, pos, path, "%s is carried over as a whole", input)
	case in.DType == "string" || len(in.Shape) == 0:
		p.errorf(diag.BadValue, pos, path, "%s has no last dimension of numbers: it is %s", input, onnxfile.Shapes([]ir.TensorField{*in}))
	case n < 1 || n > maxCount:
		p.errorf(diag.ResourceBounds, pos, path, "%d is not between 1 and %d", n, maxCount)
	case in.Shape[len(in.Shape)-1].Size > 0 && int64(n) >= in.Shape[len(in.Shape)-1].Size:
		p.errorf(diag.BadValue, pos, path, "%s is %s, of which %d leave nothing that is new", input, onnxfile.Shapes([]ir.TensorField{*in}), n)
	}
}

// warmUpBounds checks the sizes of dimensions.
func (p *pass) warmUpBounds(r *ir.Runner, path string) {
	if r.WarmUp == nil {
		return
	}
	pos := first(r.WarmUp.Pos, r.Pos)
	if !r.Engine.OfModel() {
		p.errorf(diag.UnknownField, pos, path+".warmUp", "only a runner of a model warms up").Hintf("a step of your own does in open what it has to do first")
	}
	for _, name := range sorted(r.WarmUp.Sizes) {
		p.number(path+".warmUp.sizes."+name, pos, r.WarmUp.Sizes[name])
	}
}

// stateBounds checks what is said of the number, the size and the life of sessions.
func (p *pass) stateBounds(r *ir.Runner, path string) {
	s := r.State
	if s == nil {
		return
	}
	pos := first(s.Pos, r.Pos)
	if !r.Engine.OfModel() {
		p.errorf(diag.UnknownField, pos, path+".state", "only a runner of a model has state").Hintf("a step of your own keeps what it likes, in its package")
		return
	}
	if r.Idempotent != nil && *r.Idempotent {
		p.errorf(diag.BadValue, p.at(path+".idempotent", pos), path+".idempotent", "a runner with state is not idempotent: a second call is the next step of the session")
	}
	if r.Batching != nil && r.Batching.Pad != nil {
		at := path + ".batching.pad"
		p.errorf(diag.BadValue, p.at(at, pos), at, "the items of a runner with state are not padded: what is added would be part of the state")
	}
	p.number(path+".state.maxSessions", pos, s.MaxSessions)
	if at := path + ".state.ttl"; s.TTLMs < 0 || s.TTLMs > float64(maxTimeout.Milliseconds()) {
		p.errorf(diag.ResourceBounds, p.at(at, pos), at, "a session lives between 1ms and a day after its last call")
	}
	if at := path + ".state.maxBytes"; s.MaxBytes < 0 {
		p.errorf(diag.ResourceBounds, p.at(at, pos), at, "states take at least 1 byte")
	}
}

// meet tells whether a tensor may be of both shapes.
func meet(a, b []ir.Dim) bool {
	if a == nil || b == nil {
		return true
	}
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Size > 0 && b[i].Size > 0 && a[i].Size != b[i].Size {
			return false
		}
	}
	return true
}

func tensorOf(fields []ir.TensorField, name string) *ir.TensorField {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}

func tensorNames(fields []ir.TensorField) (names []string) {
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}
