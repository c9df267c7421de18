//go:build linux && (amd64 || arm64)

package onnx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"bentoc.dev/runtime/engine/onnx/ort"
	"bentoc.dev/runtime/tensor"
)

// instance is what one run at a time needs.
type instance struct {
	mu    sync.Mutex // between runs and giving memory back
	slot  *ort.Slot
	ready bool // the inputs hold what ran last, and it ran

	shape []int // scratch
	text  []string

	// ctx is the context whose end stops the runs. The batcher gives the same one
	// until it ends.
	ctx   context.Context
	stop  func() bool
	fired chan struct{} // closed when the stop has been passed on
}

func newInstance(l *loaded) (*instance, error) {
	slot, err := l.session.NewSlot(indexes(l.inputs), indexes(l.outputs))
	if err != nil {
		return nil, err
	}
	return &instance{slot: slot}, nil
}

func indexes(ports []port) []int {
	out := make([]int, len(ports))
	for i, p := range ports {
		out[i] = p.index
	}
	return out
}

func (in *instance) close() {
	in.unwatch()
	in.slot.Close()
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

// run runs a batch on an instance.
func (l *loaded) run(ctx context.Context, index int, items, out [][]tensor.Tensor) error {
	in := l.instances[index]
	in.mu.Lock()
	defer in.mu.Unlock()
	defer in.slot.Reset()
	in.watch(ctx)
	in.ready = false
	for i := range l.inputs {
		if err := in.gather(l, i, items); err != nil {
			return err
		}
	}
	if err := l.execute(in, len(items)); err != nil {
		return stopped(ctx, err)
	}
	in.ready = true
	l.idle.used()
	return l.scatter(in, out)
}

// execute runs what was gathered. Where the file is wrong about the shape of an
// output, nothing is expected of it from then on.
func (l *loaded) execute(in *instance, n int) error {
	guess := l.guess.Load()
	if guess {
		if err := l.expect(in, n); err != nil {
			return err
		}
	}
	err := in.slot.Run()
	var lib *ort.Error
	if guess && errors.As(err, &lib) && wrongGuess(lib) {
		l.guess.Store(false)
		in.slot.Reset()
		return in.slot.Run()
	}
	return err
}

// wrongGuess says whether a run failed because an output has another shape than
// was expected. The library has no code for it, and two messages.
func wrongGuess(err *ort.Error) bool {
	return strings.Contains(err.Message, "pre-allocated output") || strings.Contains(err.Message, "shape verification failed")
}

// expect prepares the outputs whose shape is known.
func (l *loaded) expect(in *instance, n int) error {
	for i := range l.outputs {
		p := &l.outputs[i]
		if p.fixed == nil {
			continue
		}
		in.shape = append(in.shape[:0], p.fixed...)
		if p.Batched {
			in.shape[0] = n
		}
		if err := in.slot.Expect(i, p.DType, in.shape); err != nil {
			return err
		}
	}
	return nil
}

// gather puts input i of all items into the tensor of the batch.
func (in *instance) gather(l *loaded, i int, items [][]tensor.Tensor) error {
	p, first := &l.inputs[i], items[0][i].Shape
	for _, item := range items[1:] {
		if !slices.Equal(item[i].Shape, first) {
			return fmt.Errorf("input %s: items of shapes %v and %v in one batch", p.Name, first, item[i].Shape)
		}
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
	n := len(data) / (outer * len(items)) // bytes of an item that lie together
	for k, item := range items {
		interleave(data, item[i].Data, n, len(items), k)
	}
	return nil
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

func (in *instance) gatherStrings(i int, items [][]tensor.Tensor, outer int) error {
	total := 0
	for _, item := range items {
		total += len(item[i].Strings)
	}
	in.text = slices.Grow(in.text[:0], total)[:total]
	n := total / max(outer*len(items), 1)
	for k, item := range items {
		interleave(in.text, item[i].Strings, n, len(items), k)
	}
	err := in.slot.Strings(i, in.shape, in.text)
	clear(in.text)
	return err
}
