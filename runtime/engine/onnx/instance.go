//go:build linux && (amd64 || arm64)

package onnx

import (
	"context"
	"fmt"
	"slices"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/engine/onnx/ort"
	"bentoc.dev/runtime/tensor"
)

// instance is the tensors that one run at a time needs.
type instance struct {
	l     *loaded
	slot  *ort.Slot
	ready bool // the inputs hold what ran last, and it ran

	shape []int // scratch
	text  []string

	// ctx is the context whose end stops the runs: the same one until it ends.
	ctx   context.Context
	stop  func() bool
	fired chan struct{} // closed when the stop has been passed on
}

func indexes(ports []port) []int {
	out := make([]int, len(ports))
	for i, p := range ports {
		out[i] = p.index
	}
	return out
}

// Close frees what the instance has of the library.
func (in *instance) Close(context.Context) error {
	in.unwatch()
	in.slot.Close()
	return nil
}

// watch has runs stop when ctx ends.
func (in *instance) watch(ctx context.Context) {
	if ctx == in.ctx {
		return
	}
	in.unwatch()
	fired := make(chan struct{})
	in.ctx, in.fired = ctx, fired
	in.stop = context.AfterFunc(ctx, func() {
		in.slot.Terminate()
		close(fired)
	})
}

// unwatch forgets the context, and that it has ended if it has.
func (in *instance) unwatch() {
	if in.stop != nil && !in.stop() {
		<-in.fired
		in.slot.Resume()
	}
	in.ctx, in.stop = nil, nil
}

// Run runs a batch.
func (in *instance) Run(ctx context.Context, items []*engine.Item) error {
	in.watch(ctx)
	defer in.slot.Reset()
	in.ready = false
	for i := range in.l.inputs {
		if err := in.gather(i, items); err != nil {
			return failed(ctx, err)
		}
	}
	if err := in.slot.Run(); err != nil {
		return failed(ctx, err)
	}
	in.ready = true
	if err := in.scatter(items); err != nil {
		return failed(ctx, err)
	}
	return nil
}

// Shrink gives the memory of the session back. The library keeps that of its largest
// run for the next one, and lets go of it only at the end of a run that is told to;
// so one is begun that stops at once, of what ran last.
func (in *instance) Shrink() (done bool, err error) {
	if !in.ready {
		return false, nil
	}
	defer in.slot.Reset()
	return true, in.slot.Shrink()
}

// gather puts input i of all items into the tensor of the batch.
func (in *instance) gather(i int, items []*engine.Item) error {
	p, first := &in.l.inputs[i], items[0].In[i].Shape
	for _, item := range items[1:] {
		if !slices.Equal(item.In[i].Shape, first) {
			return fmt.Errorf("input %s: items of shapes %v and %v in one batch", p.Name, first, item.In[i].Shape)
		}
	}
	if !p.Batched {
		for _, item := range items[1:] { // a runner sees to it
			if !same(&item.In[i], &items[0].In[i]) {
				return fmt.Errorf("input %s: items of one batch have different values of what is the same for all", p.Name)
			}
		}
		items = items[:1]
	}
	in.shape = append(in.shape[:0], first...)
	if p.Batched {
		in.shape = slices.Insert(in.shape, p.Axis, len(items))
	}
	outer := 1
	if p.Batched {
		for _, d := range first[:p.Axis] {
			outer *= d
		}
	}
	if p.DType == tensor.String {
		return in.gatherStrings(i, items, outer)
	}
	data, err := in.slot.Input(i, p.DType, in.shape)
	if err != nil {
		return err
	}
	n := len(data) / max(outer*len(items), 1) // bytes of an item that lie together
	for k, item := range items {
		interleave(data, item.In[i].Data, n, len(items), k)
	}
	return nil
}

// same compares the elements of two tensors of one shape.
func same(a, b *tensor.Tensor) bool {
	return string(a.Data) == string(b.Data) && slices.Equal(a.Strings, b.Strings)
}

// interleave copies pieces of n bytes of src to every many'th piece of dst, from
// the k'th on.
func interleave[T any](dst, src []T, n, many, k int) {
	if n == 0 {
		return
	}
	for at := k * n; len(src) > 0; at += n * many {
		copy(dst[at:at+n], src)
		src = src[n:]
	}
}

func (in *instance) gatherStrings(i int, items []*engine.Item, outer int) error {
	total := 0
	for _, item := range items {
		total += len(item.In[i].Strings)
	}
	in.text = slices.Grow(in.text[:0], total)[:total]
	n := total / max(outer*len(items), 1)
	for k, item := range items {
		interleave(in.text, item.In[i].Strings, n, len(items), k)
	}
	err := in.slot.Strings(i, in.shape, in.text)
	clear(in.text)
	return err
}
