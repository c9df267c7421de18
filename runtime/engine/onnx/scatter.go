//go:build linux && (amd64 || arm64)

package onnx

import (
	"fmt"

	"bentoc.dev/runtime/engine/onnx/ort"
	"bentoc.dev/runtime/tensor"
)

// scatter copies the outputs of a run out of the library and deals them out to
// the items.
func (l *loaded) scatter(in *instance, out [][]tensor.Tensor) error {
	width := len(l.outputs)
	all := make([]tensor.Tensor, len(out)*width)
	for k := range out {
		out[k] = all[k*width : (k+1)*width : (k+1)*width]
	}
	for i := range l.outputs {
		p := &l.outputs[i]
		var err error
		if p.typ.Kind == ort.Tensor {
			err = p.scatterTensor(in, i, out)
		} else {
			err = p.scatterValue(in, i, out)
		}
		if err != nil {
			return fmt.Errorf("output %s: %w", p.Name, err)
		}
	}
	return nil
}

// scatterValue deals out a sequence, or gives a whole value to the one item.
func (p *port) scatterValue(in *instance, i int, out [][]tensor.Tensor) error {
	t, err := in.slot.Decode(i)
	if err != nil {
		return err
	}
	if !p.Batched {
		out[0][i] = t
		return nil
	}
	if len(t.List) != len(out) {
		return fmt.Errorf("the model gave %d values for %d items", len(t.List), len(out))
	}
	for k := range out {
		out[k][i] = t.List[k]
	}
	return nil
}

func (p *port) scatterTensor(in *instance, i int, out [][]tensor.Tensor) error {
	v, err := in.slot.Output(i)
	if err != nil {
		return err
	}
	outer, err := p.itemShapes(v.Shape(), i, out)
	if err != nil {
		return err
	}
	if v.DType() == tensor.String {
		return p.scatterStrings(v, i, outer, out)
	}
	data := v.Bytes()
	size := len(data) / len(out) // bytes of an item
	// Items of one batch share one block of memory, each its own part of it,
	// which begins where any element type may.
	stride := (size + 7) &^ 7
	block, err := tensor.Make(tensor.Uint8, []int{stride * len(out)})
	if err != nil {
		return err
	}
	n := size / max(outer, 1)
	for k := range out {
		t := &out[k][i]
		t.DType, t.Data = v.DType(), block.Data[k*stride:k*stride+size:k*stride+size]
		pick(t.Data, data, n, len(out), k)
	}
	return nil
}

func (p *port) scatterStrings(v *ort.Value, i, outer int, out [][]tensor.Tensor) error {
	text, err := v.Strings()
	if err != nil {
		return err
	}
	size := len(text) / len(out)
	for k := range out {
		t := &out[k][i]
		t.DType, t.Strings = tensor.String, make([]string, size)
		pick(t.Strings, text, size/max(outer, 1), len(out), k)
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
func (p *port) itemShapes(full []int64, i int, out [][]tensor.Tensor) (outer int, err error) {
	rank := len(full)
	if p.Batched {
		rank--
		if p.Axis > rank || full[p.Axis] != int64(len(out)) {
			return 0, fmt.Errorf("the model gave a tensor of shape %v for %d items", full, len(out))
		}
	}
	block := make([]int, rank*len(out))
	outer = 1
	for k := range out {
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
		out[k][i].Shape = dims
	}
	if p.Shape != nil && !tensor.Fits(out[0][i].Shape, p.Shape) {
		return 0, fmt.Errorf("the model gave a tensor of shape %s, declared is %s", shape(out[0][i].Shape), shape(p.Shape))
	}
	return outer, nil
}
