//go:build linux && (amd64 || arm64)

package onnx

import (
	"errors"
	"fmt"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/engine/onnx/ort"
	"bentoc.dev/runtime/tensor"
)

// scatter copies the outputs of a run out of the library and deals them out to
// the items.
func (in *instance) scatter(items []*engine.Item) error {
	width := len(in.l.outputs)
	all := make([]tensor.Tensor, len(items)*width)
	for k, it := range items {
		it.Out = all[k*width : (k+1)*width : (k+1)*width]
	}
	for i := range in.l.outputs {
		p := &in.l.outputs[i]
		var err error
		if p.typ.Kind == ort.Tensor {
			err = p.scatterTensor(in, i, items)
		} else {
			err = p.scatterValue(in, i, items)
		}
		if err == nil {
			continue
		}
		if wrong, ok := errors.AsType[*engine.CountError](err); ok {
			wrong.Output = p.Name
			return wrong
		}
		return fmt.Errorf("output %s: %w", p.Name, err)
	}
	return nil
}

// scatterValue deals out a sequence, or gives a whole value to the one item.
func (p *port) scatterValue(in *instance, i int, items []*engine.Item) error {
	t, err := in.slot.Decode(i)
	if err != nil {
		return err
	}
	if !p.Batched {
		items[0].Out[i] = t
		return nil
	}
	if len(t.List) != len(items) {
		return &engine.CountError{Values: len(t.List), Items: len(items)}
	}
	for k := range items {
		items[k].Out[i] = t.List[k]
	}
	return nil
}

func (p *port) scatterTensor(in *instance, i int, items []*engine.Item) error {
	v, err := in.slot.Output(i)
	if err != nil {
		return err
	}
	outer, err := p.itemShapes(v.Shape(), i, items)
	if err != nil {
		return err
	}
	if v.DType() == tensor.String {
		return p.scatterStrings(v, i, outer, items)
	}
	data := v.Bytes()
	size := len(data) / len(items) // bytes of an item
	// Items of one batch share one block of memory, each its own part of it,
	// which begins where any element type may.
	stride := (size + 7) &^ 7
	block, err := tensor.Make(tensor.Uint8, []int{stride * len(items)})
	if err != nil {
		return err
	}
	n := size / max(outer, 1)
	for k := range items {
		t := &items[k].Out[i]
		t.DType, t.Data = v.DType(), block.Data[k*stride:k*stride+size:k*stride+size]
		pick(t.Data, data, n, len(items), k)
	}
	return nil
}

func (p *port) scatterStrings(v *ort.Value, i, outer int, items []*engine.Item) error {
	text, err := v.Strings()
	if err != nil {
		return err
	}
	size := len(text) / len(items)
	for k := range items {
		t := &items[k].Out[i]
		t.DType, t.Strings = tensor.String, make([]string, size)
		pick(t.Strings, text, size/max(outer, 1), len(items), k)
	}
	return nil
}

// pick is the reverse of interleave.
func pick[T any](dst, src []T, n, many, k int) {
	if n == 0 {
		return
	}
	for at := k * n; len(dst) > 0; at += n * many {
		copy(dst[:n], src[at:])
		dst = dst[n:]
	}
}

// itemShapes gives each item the shape of its part of output i. outer is the
// number of pieces that an item's elements lie in.
func (p *port) itemShapes(full []int64, i int, items []*engine.Item) (outer int, err error) {
	rank := len(full)
	if p.Batched {
		rank--
		if p.Axis > rank {
			return 0, fmt.Errorf("the model gave a tensor of shape %v, which has no batch axis %d", full, p.Axis)
		}
		if n := int(full[p.Axis]); n != len(items) {
			return 0, &engine.CountError{Axis: p.Axis, Values: n, Items: len(items)}
		}
	}
	block := make([]int, rank*len(items))
	outer = 1
	for k := range items {
		dims := block[k*rank : (k+1)*rank : (k+1)*rank]
		j := 0
		for a, d := range full {
			if p.Batched && a == p.Axis {
				continue
			}
			if k == 0 && p.Batched && a < p.Axis {
				outer *= int(d)
			}
			dims[j] = int(d)
			j++
		}
		items[k].Out[i].Shape = dims
	}
	if p.Shape != nil && !tensor.Fits(items[0].Out[i].Shape, p.Shape) {
		return 0, fmt.Errorf("the model gave a tensor of shape %s, declared is %s", tensor.ShapeText(items[0].Out[i].Shape), tensor.ShapeText(p.Shape))
	}
	return outer, nil
}
