package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/tensor"
)

// instance is one of the engine's with what a run of it needs.
type instance struct {
	mu     sync.Mutex // between runs and giving memory back
	index  int
	engine engine.Instance

	items []engine.Item // of the present run
	batch []*engine.Item
}

// answer is what an item gets.
type answer struct {
	out []tensor.Tensor
	err error
}

// run runs a batch on an instance.
func (o *opened) run(ctx context.Context, index int, items [][]tensor.Tensor, out []answer) error {
	in := o.instances[index]
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(items) > 1 && !o.trusted(items) {
		return o.compare(ctx, in, items, out)
	}
	return o.runOn(ctx, in, items, out)
}

// runOn runs a batch on an instance that is held.
func (o *opened) runOn(ctx context.Context, in *instance, items [][]tensor.Tensor, out []answer) error {
	switch length := o.longest(items); {
	case length == 0:
		return o.runAlike(ctx, in, items, out)
	case o.unpadded.Load():
		return o.runEach(ctx, in, items, out)
	default:
		return o.runPadded(ctx, in, items, length, out)
	}
}

// runAlike runs items of one shape. What the engine gives is held against them: an item
// that it forgot has no answer.
func (o *opened) runAlike(ctx context.Context, in *instance, items [][]tensor.Tensor, out []answer) error {
	in.hold(items)
	defer in.forget()
	err := in.engine.Run(ctx, in.batch)
	o.idle.used()
	o.afterwards(in, items)
	o.starved.note(len(items), err)
	if err != nil {
		o.noteMismatch(err)
		return err
	}
	for k := range out {
		it := &in.items[k]
		if it.Err == nil && len(it.Out) != len(o.signature.Outputs) {
			it.Err = fmt.Errorf("the engine gave %d outputs of %d", len(it.Out), len(o.signature.Outputs))
		}
		if it.Err != nil {
			o.noteMismatch(it.Err)
			it.Out = nil
		}
		out[k] = answer{it.Out, it.Err}
	}
	return nil
}

// afterwards has an engine give back at once what a large run took, where requests
// share a bounded memory: engines keep many times the size of the inputs for the next
// run, and as long as they do, no other request can have it. How much that was is
// measured before.
func (o *opened) afterwards(in *instance, items [][]tensor.Tensor) {
	limit := int64(0)
	if o.memory != nil {
		limit = o.memory.Limit()
	}
	if limit == 0 {
		return
	}
	size := int64(0)
	for _, item := range items {
		for i := range item {
			size += int64(len(item[i].Data))
		}
	}
	if size < limit/largeRun {
		return
	}
	o.memory.Look()
	if s, ok := in.engine.(engine.Shrinker); ok {
		_, _ = s.Shrink() // else when nothing has run for a while
	}
}

// largeRun is the part of the memory of all requests from which the inputs of a run are
// large.
const largeRun = 64

// hold makes items of a batch for the engine.
func (in *instance) hold(items [][]tensor.Tensor) {
	for len(in.items) < len(items) {
		in.items = append(in.items, make([]engine.Item, len(items)-len(in.items))...)
	}
	in.batch = in.batch[:0]
	for k, item := range items {
		in.items[k].In = item
		in.batch = append(in.batch, &in.items[k])
	}
}

func (in *instance) forget() {
	clear(in.items[:len(in.batch)])
}

func (o *opened) noteMismatch(err error) {
	if _, ok := errors.AsType[*engine.CountError](err); ok {
		o.metrics.Mismatch()
	}
}
