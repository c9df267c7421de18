package onnxfile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
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
	d := diag.Diagnostic{Code: p.Code, Severity: p.Severity, Message: p.Message, Hint: p.Hint}
	if m := b.Models[name]; m != nil {
		d.Pos = m.Pos
	}
	labels := []string{"bento", "models", name}
	if side, tensor, both := strings.Cut(p.Field, "."); p.Field != "" {
		if labels = append(labels, side); both {
			labels = append(labels, tensor)
		}
	}
	at := ""
	for i, label := range labels {
		if i > 0 {
			at = strings.TrimPrefix(at+"."+label, ".")
		}
		if pos, ok := b.At[at]; ok && i > 1 && pos.IsValid() {
			d.Pos = pos
		}
		labels[i] = quoteLabel(label)
	}
	d.Path = strings.Join(labels, ".")
	return d
}

// plainLabel is a label that CUE takes without quotes.
var plainLabel = regexp.MustCompile(`^[#_]*[\pL$_][\pL\p{Nd}$_]*$`)

func quoteLabel(label string) string {
	if plainLabel.MatchString(label) {
		return label
	}
	return strconv.Quote(label)
}

// Signature gives the tensors of m by the names that decl declares, in the
// order of the file and with the batch axis taken off. Only Inputs, Outputs, BatchAxis
// and BatchAxes of decl are read.
//
// A tensor that decl does not rename keeps its name, [Sanitize]d. The batch
// axis is decl's, else 0 where one symbol names the first axis of every input
// and output and nothing else, else there is none: it is never guessed. Where
// the declared axis has the fixed size 1, it is taken off too and the
// signature's MaxBatch is 1. The shape of an entry is nil where the file does
// not say how many dimensions there are.
//
// The signature is nil when a Problem is an error.
func Signature(m *Model, decl *ir.Model) (*ir.Signature, []Problem) {
	s := &signer{}
	ins := s.tensors("inputs", m.Inputs, decl.Inputs)
	outs := s.tensors("outputs", m.Outputs, decl.Outputs)
	s.renamesExist("inputs", decl.Inputs, m.Inputs, m.Overrides)
	s.renamesExist("outputs", decl.Outputs, m.Outputs, nil)
	if len(outs) == 0 && !s.failed() {
		s.errorf(diag.UnsupportedPart, "", "export the model so that it gives tensors",
			"the model gives nothing back that a bento can pass on: %s", shapes(withoutNames(m.Outputs)))
	}
	if s.failed() {
		return nil, s.problems
	}
	sig := &ir.Signature{}
	if m.FileName != MainFile {
		sig.File = m.FileName
	}
	ins, outs = s.axes(decl, ins, outs)
	if slices.ContainsFunc(ins, func(n named) bool { return n.batched() && n.fixedAt(n.batch) }) {
		sig.MaxBatch = 1
	}
	sig.Inputs, sig.Outputs = fields(ins), fields(outs)
	if s.failed() {
		return nil, s.problems
	}
	return sig, s.problems
}

// named is a tensor and the name that it has in the bento.
type named struct {
	name string
	Value
	batch int // the axis that counts items, which the tensor may lack; NoBatchAxis for none
}

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
	taken := map[string]string{} // by name in the bento, the name in the file
	for _, name := range slices.Sorted(maps.Keys(renames)) {
		file := renames[name]
		if other, twice := byFile[file]; twice {
			s.errorf(diag.Conflict, side+"."+name, "", "%s and %s both name the tensor %s of the file", other, name, quote(file))
			continue
		}
		byFile[file] = name
		taken[name] = file
	}
	var list []named
	for _, v := range values {
		name, renamed := byFile[v.Name]
		if v.Type.Kind != Tensor || !slices.Contains(passed, v.Type.DType) {
			s.notPassed(side, v, name, renamed)
			continue
		}
		if !renamed {
			name = Sanitize(v.Name)
			if other, collides := taken[name]; collides {
				s.collision(side, v.Name, other, unused(name, taken, values))
				continue
			}
			taken[name] = v.Name
		}
		list = append(list, named{name: name, Value: v, batch: NoBatchAxis})
	}
	return list
}

// passed are the element types of schema.#DType.
var passed = []string{
	"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
	"float16", "bfloat16", "float32", "float64", "string",
}

// collision reports two tensors that would have one name in the bento.
func (s *signer) collision(side, file, other, free string) {
	s.errorf(diag.Conflict, "", fmt.Sprintf("give one of them a name of its own here, such as `%s: %s: %s`", side, free, quote(file)),
		"the %s %s and %s of the file would both be called %s", side, quote(other), quote(file), Sanitize(file))
}

// notPassed reports an input or output that is a sequence, a map or the like, or
// of numbers that a bento has no type for. Such an output may be left out; an
// input or a wanted output may not.
func (s *signer) notPassed(side string, v Value, name string, renamed bool) {
	field := ""
	if renamed {
		field = side + "." + name
	}
	one := strings.TrimSuffix(side, "s")
	hint, cure := "for scikit-learn models, export with zipmap switched off", "export the model so that it takes and gives tensors only"
	if v.Type.Kind == Tensor {
		cure = "export the model with a Cast to one of " + strings.Join(passed, ", ")
		hint = cure
	}
	if side == "inputs" || renamed {
		s.errorf(diag.UnsupportedPart, field, cure,
			"the %s %s is %s, which a bento cannot pass on", one, quote(v.Name), v.Type)
		return
	}
	s.problems = append(s.problems, Problem{
		Code: diag.UnsupportedPart, Severity: diag.Warning, Field: field,
		Message: fmt.Sprintf("the %s %s is %s, which a bento cannot pass on: it is left out", one, quote(v.Name), v.Type),
		Hint:    hint,
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

// fields gives list as fields of a signature, without the axes that count items.
func fields(list []named) []ir.TensorField {
	out := make([]ir.TensorField, 0, len(list))
	for _, n := range list {
		f := ir.TensorField{Name: n.name, DType: n.Type.DType, Batched: n.batched()}
		if f.Batched {
			f.Axis = n.batch
		}
		if n.name != n.Name {
			f.File = n.Name
		}
		if n.Type.Shape != nil {
			f.Shape = make([]ir.Dim, 0, len(n.Type.Shape))
		}
		for i, d := range n.Type.Shape {
			if i != n.batch {
				f.Shape = append(f.Shape, ir.Dim(d))
			}
		}
		out = append(out, f)
	}
	return out
}
