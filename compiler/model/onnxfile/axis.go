package onnxfile

import (
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

// axis gives the batch axis, or NoBatchAxis.
func (s *signer) axis(declared *int, ins, outs []named) int {
	if declared == nil {
		return batchBySymbol(ins, outs)
	}
	axis := *declared
	if axis < 0 {
		return NoBatchAxis
	}
	s.checkAxis(axis, ins, outs)
	return axis
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
	if at, _ := elsewhere(batch, 0, ins, outs); at != nil {
		return NoBatchAxis
	}
	return 0
}

// elsewhere finds a tensor that has a symbol at another axis than the batch's: the
// symbol is a size within one item then.
func elsewhere(symbol string, batch int, ins, outs []named) (tensor *named, axis int) {
	for _, n := range slices.Concat(ins, outs) {
		for i, d := range n.Type.Shape {
			if i != batch && d.Symbol == symbol {
				return &n, i
			}
		}
	}
	return nil, 0
}

// checkAxis reports tensors that a declared batch axis does not fit.
func (s *signer) checkAxis(axis int, ins, outs []named) {
	if !slices.ContainsFunc(ins, func(n named) bool { return n.has(axis) }) {
		s.errorf(diag.BadModel, "batchAxis", "", "no input has an axis %d: %s", axis, shapes(ins))
		return
	}
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
	seen := map[string]bool{}
	for _, n := range slices.Concat(ins, outs) {
		symbol := n.symbol(axis)
		if symbol == "" || seen[symbol] {
			continue
		}
		seen[symbol] = true
		if at, i := elsewhere(symbol, axis, ins, outs); at != nil {
			s.errorf(diag.BadModel, "batchAxis", "leave batchAxis out: the model then runs on one item, with all its axes",
				"axis %d of %s is %s, a size within one item: it is also axis %d of %s, %s",
				axis, quote(n.Name), symbol, i, quote(at.Name), at.Type)
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
		if s.checkAxis(axis, ins, outs); !s.failed() {
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
