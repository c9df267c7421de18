package onnxfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// Problem is one way in which a model's declaration and its file do not fit.
type Problem struct {
	Code     diag.Code
	Severity diag.Severity
	// Field is what of the declaration is at fault, such as "outputs.y" or
	// "batchAxis"; "" for the model as a whole.
	Field   string
	Message string
	Hint    string
}

// In gives the problem as a diagnostic about the model called name of b, at the
// line of the field that is at fault.
func (p Problem) In(b *ir.Bento, name string) diag.Diagnostic {
	path := "models." + name
	d := diag.Diagnostic{Code: p.Code, Severity: p.Severity, Path: "bento." + path, Message: p.Message, Hint: p.Hint}
	if m := b.Models[name]; m != nil {
		d.Pos = m.Pos
	}
	if p.Field == "" {
		return d
	}
	d.Path += "." + p.Field
	for at := path + "." + p.Field; at != path; at = at[:strings.LastIndexByte(at, '.')] {
		if pos, ok := b.At[at]; ok && pos.IsValid() {
			d.Pos = pos
			break
		}
	}
	return d
}

// NoBatchAxis as ir.Model.BatchAxis says that the model takes one item at a
// time, whatever its dimensions are.
const NoBatchAxis = -1

// Signature gives the tensors of m by the names that decl declares, in the
// order of the file and with the batch axis taken off. Only Inputs, Outputs and
// BatchAxis of decl are read.
//
// A tensor that decl does not rename keeps its name, [Sanitize]d. The batch
// axis is decl's, else 0 where every input and output has a dynamic first
// dimension, else there is none. Where the declared axis has the fixed size 1,
// it is taken off too and the signature's MaxBatch is 1. The shape of an entry
// is nil where the file does not say how many dimensions there are.
//
// The signature is nil when a Problem is an error.
func Signature(m *Model, decl *ir.Model) (*ir.Signature, []Problem) {
	s := &signer{}
	ins := s.tensors("inputs", m.Inputs, decl.Inputs)
	outs := s.tensors("outputs", m.Outputs, decl.Outputs)
	s.renamesExist("inputs", decl.Inputs, m.Inputs, m.Overrides)
	s.renamesExist("outputs", decl.Outputs, m.Outputs, nil)
	if s.failed() {
		return nil, s.problems
	}
	sig := &ir.Signature{}
	axis := s.axis(decl.BatchAxis, ins, outs)
	if axis >= 0 && slices.ContainsFunc(ins, func(n named) bool { return n.fixedAt(axis) }) {
		sig.MaxBatch = 1
	}
	sig.Inputs = fields(ins, axis)
	sig.Outputs = fields(outs, axis)
	if s.failed() {
		return nil, s.problems
	}
	return sig, s.problems
}

// named is a tensor and the name that it has in the bento.
type named struct {
	name string
	Value
}

func (n named) has(axis int) bool { return n.Type.Shape == nil || len(n.Type.Shape) > axis }
func (n named) dynamic(axis int) bool {
	return n.Type.Shape == nil || n.has(axis) && n.Type.Shape[axis].Dynamic()
}
func (n named) fixedAt(axis int) bool { return n.has(axis) && !n.dynamic(axis) }

type signer struct {
	problems []Problem
}

func (s *signer) failed() bool {
	return slices.ContainsFunc(s.problems, func(p Problem) bool { return p.Severity == diag.Error })
}

func (s *signer) errorf(code diag.Code, field, hint, format string, args ...any) {
	s.problems = append(s.problems, Problem{code, diag.Error, field, fmt.Sprintf(format, args...), hint})
}

// tensors gives the tensors of one side with their names in the bento.
func (s *signer) tensors(side string, values []Value, renames map[string]string) []named {
	byFile := map[string]string{}
	taken := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(renames)) {
		file := renames[name]
		if other, twice := byFile[file]; twice {
			s.errorf(diag.Conflict, side+"."+name, "", "%s and %s both name the tensor %s of the file", other, name, quote(file))
			continue
		}
		byFile[file] = name
		taken[name] = true
	}
	var list []named
	for _, v := range values {
		name, renamed := byFile[v.Name]
		if v.Type.Kind != Tensor {
			s.notTensor(side, v, name, renamed)
			continue
		}
		if !renamed {
			name = unused(Sanitize(v.Name), taken)
		}
		list = append(list, named{name, v})
	}
	return list
}

// notTensor reports an input or output that is a sequence, a map or the like.
// Such an output may be left out; an input or a wanted output may not.
func (s *signer) notTensor(side string, v Value, name string, renamed bool) {
	field := ""
	if renamed {
		field = side + "." + name
	}
	one := strings.TrimSuffix(side, "s")
	if side == "inputs" || renamed {
		s.errorf(diag.UnsupportedPart, field, "export the model so that it takes and gives tensors only",
			"the %s %s is %s, which a bento cannot pass on", one, quote(v.Name), v.Type)
		return
	}
	s.problems = append(s.problems, Problem{
		Code: diag.UnsupportedPart, Severity: diag.Warning, Field: field,
		Message: fmt.Sprintf("the %s %s is %s, which a bento cannot pass on: it is left out", one, quote(v.Name), v.Type),
		Hint:    "for scikit-learn models, export with zipmap switched off",
	})
}

// renamesExist reports renames of tensors that the file does not have.
func (s *signer) renamesExist(side string, renames map[string]string, values, overrides []Value) {
	var names []string
	for _, v := range values {
		names = append(names, v.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(renames)) {
		file := renames[name]
		if slices.Contains(names, file) {
			continue
		}
		if slices.ContainsFunc(overrides, func(v Value) bool { return v.Name == file }) {
			s.errorf(diag.UnknownTensor, side+"."+name, "", "%s is a weight of the file with a value of its own, not an input", quote(file))
			continue
		}
		hint := ""
		if near := nearest(file, names); near != "" {
			hint = "did you mean " + quote(near) + "?"
		}
		s.errorf(diag.UnknownTensor, side+"."+name, hint, "the model file has no %s %s; it has %s",
			strings.TrimSuffix(side, "s"), quote(file), listing(names))
	}
}

// listing writes names for a message, the first of many.
func listing(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	const most = 8
	var quoted []string
	for _, n := range names[:min(most, len(names))] {
		quoted = append(quoted, quote(n))
	}
	s := strings.Join(quoted, ", ")
	if len(names) > most {
		s += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return s
}

// axis gives the batch axis, or NoBatchAxis.
func (s *signer) axis(declared *int, ins, outs []named) int {
	all := slices.Concat(ins, outs)
	if declared == nil {
		if len(ins) > 0 && !slices.ContainsFunc(all, func(n named) bool { return !n.dynamic(0) }) {
			return 0
		}
		return NoBatchAxis
	}
	axis := *declared
	if axis < 0 {
		return NoBatchAxis
	}
	if !slices.ContainsFunc(ins, func(n named) bool { return n.has(axis) }) {
		s.errorf(diag.BadModel, "batchAxis", "", "no input has an axis %d: %s", axis, shapes(ins))
		return axis
	}
	return s.checkAxis(axis, ins, outs)
}

// checkAxis reports tensors that a declared batch axis does not fit.
func (s *signer) checkAxis(axis int, ins, outs []named) int {
	fixed := false
	for _, n := range ins {
		if !n.fixedAt(axis) {
			continue
		}
		fixed = true
		if size := n.Type.Shape[axis].Size; size != 1 {
			s.errorf(diag.BadModel, "batchAxis", "leave batchAxis out, or export the model with a dynamic batch dimension",
				"axis %d of the input %s has the fixed size %d: %s", axis, quote(n.Name), size, n.Type)
		}
	}
	for _, n := range outs {
		if !n.has(axis) {
			s.errorf(diag.BadModel, "batchAxis", "", "the output %s has no axis %d to take items from: %s", quote(n.Name), axis, n.Type)
		} else if n.fixedAt(axis) && !(fixed && n.Type.Shape[axis].Size == 1) {
			s.errorf(diag.BadModel, "batchAxis", "", "axis %d of the output %s has the fixed size %d, so it cannot be a batch: %s",
				axis, quote(n.Name), n.Type.Shape[axis].Size, n.Type)
		}
	}
	return axis
}

func shapes(list []named) string {
	var s []string
	for _, n := range list {
		s = append(s, quote(n.Name)+" is "+n.Type.String())
	}
	return strings.Join(s, ", ")
}

// fields gives list as fields of a signature, without axis.
func fields(list []named, axis int) []ir.TensorField {
	out := make([]ir.TensorField, 0, len(list))
	for _, n := range list {
		f := ir.TensorField{Name: n.name, DType: n.Type.DType, Batched: axis >= 0 && n.has(axis)}
		if n.name != n.Name {
			f.File = n.Name
		}
		if n.Type.Shape != nil {
			f.Shape = make([]ir.Dim, 0, len(n.Type.Shape))
		}
		for i, d := range n.Type.Shape {
			if i != axis {
				f.Shape = append(f.Shape, ir.Dim(d))
			}
		}
		out = append(out, f)
	}
	return out
}
