package onnxfile

import (
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// NoBatchAxis as ir.Model.BatchAxis says that the model takes one item at a
// time, whatever its dimensions are.
const NoBatchAxis = -1

func (n named) has(axis int) bool { return n.Type.Shape == nil || len(n.Type.Shape) > axis }
func (n named) dynamic(axis int) bool {
	return n.Type.Shape == nil || n.has(axis) && n.Type.Shape[axis].Dynamic()
}
func (n named) fixedAt(axis int) bool { return n.has(axis) && !n.dynamic(axis) }

// symbol names the size of an axis, "" where nothing does.
func (n named) symbol(axis int) string {
	if axis >= len(n.Type.Shape) {
		return ""
	}
	return n.Type.Shape[axis].Symbol
}

// batched tells whether the tensor has an axis that counts items.
func (n named) batched() bool { return n.batch >= 0 && n.has(n.batch) }

// along gives the tensors with their batch axis: that of the model, or the one that is
// declared for the tensor.
func along(list []named, axis int, own map[string]int) []named {
	list = slices.Clone(list)
	for i := range list {
		list[i].batch = axis
		if a, ok := own[list[i].name]; ok {
			list[i].batch = a
		}
	}
	return list
}

// axes gives the tensors with the axis that counts their items, or NoBatchAxis.
func (s *signer) axes(decl *ir.Model, ins, outs []named) ([]named, []named) {
	for _, name := range slices.Sorted(maps.Keys(decl.BatchAxes)) {
		is := func(n named) bool { return n.name == name }
		i := slices.IndexFunc(slices.Concat(ins, outs), is)
		switch field := "batchAxes." + name; {
		case i < 0:
			s.errorf(diag.UnknownTensor, field, "", "the model has no tensor %s: %s", name, shapes(slices.Concat(ins, outs)))
		case decl.BatchAxis == nil || *decl.BatchAxis < 0:
			s.errorf(diag.BadModel, field, "declare batchAxis too: it is that of all other tensors", "a tensor has a batch axis of its own where the model has none")
		case i >= 0 && decl.BatchAxes[name] >= 0 && !slices.Concat(ins, outs)[i].has(decl.BatchAxes[name]):
			n := slices.Concat(ins, outs)[i]
			s.errorf(diag.BadModel, field, "", "%s has no axis %d: %s", quote(n.Name), decl.BatchAxes[name], n.Type)
		}
	}
	axis := NoBatchAxis
	switch {
	case decl.BatchAxis == nil:
		axis = batchBySymbol(ins, outs)
	case *decl.BatchAxis >= 0:
		axis = *decl.BatchAxis
	}
	ins, outs = along(ins, axis, decl.BatchAxes), along(outs, axis, decl.BatchAxes)
	if decl.BatchAxis != nil && axis >= 0 && !s.failed() {
		s.checkAxis(axis, ins, outs)
	}
	return ins, outs
}

// batchBySymbol gives 0 where the first axis of every tensor is one and the same
// symbol that names no other axis, else NoBatchAxis. That an axis is dynamic says
// nothing: it may count boxes that were found, or the rows of one matrix.
func batchBySymbol(ins, outs []named) int {
	if len(ins) == 0 || len(outs) == 0 {
		return NoBatchAxis
	}
	batch := ins[0].symbol(0)
	other := func(n named) bool { return n.symbol(0) != batch }
	if batch == "" || slices.ContainsFunc(ins, other) || slices.ContainsFunc(outs, other) {
		return NoBatchAxis
	}
	if at, _ := elsewhere(batch, along(ins, 0, nil), along(outs, 0, nil)); at != nil {
		return NoBatchAxis
	}
	return 0
}

// elsewhere finds a tensor that has a symbol at another axis than its batch's: the
// symbol is a size within one item then.
func elsewhere(symbol string, ins, outs []named) (tensor *named, axis int) {
	for _, n := range slices.Concat(ins, outs) {
		for i, d := range n.Type.Shape {
			if i != n.batch && d.Symbol == symbol {
				return &n, i
			}
		}
	}
	return nil, 0
}

// checkAxis reports tensors that a declared batch axis does not fit.
func (s *signer) checkAxis(axis int, ins, outs []named) {
	if !slices.ContainsFunc(ins, named.batched) {
		s.errorf(diag.BadModel, "batchAxis", "", "no input has an axis %d: %s", axis, shapes(ins))
		return
	}
	fixed := false
	for _, n := range ins {
		if !n.batched() || !n.fixedAt(n.batch) {
			continue
		}
		fixed = true
		if size := n.Type.Shape[n.batch].Size; size != 1 {
			s.errorf(diag.BadModel, "batchAxis", "leave batchAxis out, or export the model with a dynamic batch dimension",
				"axis %d of the input %s has the fixed size %d: %s", n.batch, quote(n.Name), size, n.Type)
		}
	}
	for _, n := range outs {
		if !n.batched() {
			s.errorf(diag.BadModel, "batchAxis", "", "the output %s has no axis %d to take items from: %s", quote(n.Name), max(n.batch, axis), n.Type)
		} else if n.fixedAt(n.batch) && !(fixed && n.Type.Shape[n.batch].Size == 1) {
			s.errorf(diag.BadModel, "batchAxis", "", "axis %d of the output %s has the fixed size %d, so it cannot be a batch: %s",
				n.batch, quote(n.Name), n.Type.Shape[n.batch].Size, n.Type)
		}
	}
	seen := map[string]bool{}
	for _, n := range slices.Concat(ins, outs) {
		if !n.batched() {
			continue
		}
		symbol := n.symbol(n.batch)
		if symbol == "" || seen[symbol] {
			continue
		}
		seen[symbol] = true
		if at, i := elsewhere(symbol, ins, outs); at != nil {
			s.errorf(diag.BadModel, "batchAxis", "leave batchAxis out: the model then runs on one item, with all its axes",
				"axis %d of %s is %s, a size within one item: it is also axis %d of %s, %s",
				n.batch, quote(n.Name), symbol, i, quote(at.Name), at.Type)
		}
	}
}

// BatchAxes gives the axes that could be declared as the batch axis of a model
// whose signature has none taken off, the first ones first.
func BatchAxes(sig *ir.Signature) (axes []int) {
	ins, outs := unnamed(sig.Inputs), unnamed(sig.Outputs)
	for axis := range maxRank {
		if !slices.ContainsFunc(ins, func(n named) bool { return n.dynamic(axis) }) {
			continue
		}
		s := &signer{}
		if s.checkAxis(axis, along(ins, axis, nil), along(outs, axis, nil)); !s.failed() {
			axes = append(axes, axis)
		}
	}
	return axes
}

// unnamed gives the tensors of a signature without what they are called in the bento.
func unnamed(fields []ir.TensorField) (list []named) {
	for _, f := range fields {
		n := named{Value: Value{Name: f.Name, Type: Type{Kind: Tensor, DType: f.DType}}}
		if f.Shape != nil {
			n.Type.Shape = []Dim{}
		}
		for _, d := range f.Shape {
			n.Type.Shape = append(n.Type.Shape, Dim(d))
		}
		list = append(list, n)
	}
	return list
}

func withoutNames(values []Value) (list []named) {
	for _, v := range values {
		list = append(list, named{Value: v})
	}
	return list
}

// Shapes writes the tensors of a signature for a message: `x is float32[n,3]`.
func Shapes(fields []ir.TensorField) string { return shapes(unnamed(fields)) }

func shapes(list []named) string {
	var s []string
	for _, n := range list {
		s = append(s, quote(n.Name)+" is "+n.Type.String())
	}
	return strings.Join(s, ", ")
}
