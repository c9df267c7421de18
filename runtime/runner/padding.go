package runner

import (
	"context"
	"log/slog"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/tensor"
)

// Padding lets items of several lengths along a dimension run together: see package pad.
// Its methods may be called from many goroutines at once.
type Padding interface {
	// Length is that of an item; 0 where it cannot be padded.
	Length(inputs []tensor.Tensor) int
	// Key is the same for items that may run together, of those that can be padded.
	Key(inputs []tensor.Tensor) uint64
	// Pad gives inputs of a length, at least their own.
	Pad(inputs []tensor.Tensor, length int) ([]tensor.Tensor, error)
	// Cut cuts the outputs of an item that ran with the length padded back to its own.
	Cut(outputs []tensor.Tensor, length, padded int) error
	// Try says by an error whether a model of that signature, which run runs on one item,
	// gives other answers when an item is padded, and tells how often that was seen.
	Try(s engine.Signature, run func([]tensor.Tensor) ([]tensor.Tensor, error)) (tried int, err error)
}

// key tells items apart that cannot run together: what can be padded to one shape can.
func (o *opened) key(inputs []tensor.Tensor) uint64 {
	p := o.cfg.Padding
	if p == nil || o.unpadded.Load() || p.Length(inputs) == 0 {
		return o.shapeKey(inputs)
	}
	h := p.Key(inputs)
	for i := range inputs {
		if o.signature.Inputs[i].Shared {
			h = valueKey(h, &inputs[i])
		}
	}
	return h
}

// longest is the length that the items of a batch are padded to; 0 where they all have
// the same.
func (o *opened) longest(items [][]tensor.Tensor) int {
	if o.cfg.Padding == nil || len(items) < 2 {
		return 0
	}
	most, differ := 0, false
	for i, item := range items {
		n := o.cfg.Padding.Length(item)
		differ = differ || i > 0 && n != most
		most = max(most, n)
	}
	if !differ {
		return 0
	}
	return most
}

// runPadded runs items of several lengths, all padded to one.
func (o *opened) runPadded(ctx context.Context, in *instance, items [][]tensor.Tensor, length int, out []answer) error {
	p, same := o.cfg.Padding, make([][]tensor.Tensor, len(items))
	for k, item := range items {
		padded, err := p.Pad(item, length)
		if err != nil {
			return err
		}
		same[k] = padded
	}
	if err := o.runAlike(ctx, in, same, out); err != nil {
		return err
	}
	for k := range out {
		if own := p.Length(items[k]); out[k].err == nil && own != length {
			if err := p.Cut(out[k].out, own, length); err != nil {
				return err
			}
		}
	}
	return nil
}

// noPadding ends padding: items of several lengths run apart from now on.
func (o *opened) noPadding(why string) {
	if o.unpadded.CompareAndSwap(false, true) {
		slog.Warn("items of several lengths run apart, in spite of padding", "runner", o.cfg.Name, "because", why)
	}
}

// runEach runs items that came together before padding ended.
func (o *opened) runEach(ctx context.Context, in *instance, items [][]tensor.Tensor, out []answer) error {
	for k := range items {
		if err := o.runAlike(ctx, in, items[k:k+1], out[k:k+1]); err != nil {
			return err
		}
	}
	return nil
}

// tryPadding holds what the model gives for made-up items against what it gives when they
// are padded. Where it takes none, batches that are padded are compared later all the same.
func (o *opened) tryPadding(ctx context.Context) error {
	if o.cfg.Padding == nil {
		return nil
	}
	in := o.instances[0]
	in.mu.Lock()
	defer in.mu.Unlock()
	tried, err := o.cfg.Padding.Try(o.signature, func(item []tensor.Tensor) ([]tensor.Tensor, error) {
		answers := make([]answer, 1)
		err := firstError(o.runAlike(ctx, in, [][]tensor.Tensor{item}, answers), answers)
		return answers[0].out, err
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err == nil && tried == 0 {
		slog.Warn("the model takes no made-up item: whether padding changes its answers is seen with the first batches", "runner", o.cfg.Name)
	}
	return err
}
