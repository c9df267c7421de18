package runner

import (
	"context"
	"log/slog"
	"sync"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/tensor"
	"bentoc.dev/runtime/tensor/alike"
)

// trust is what is known about the batches of a model. That an output has as many
// rows as a batch has items does not say whose they are: where the number depends
// on values, as that of the boxes of a detector, the rows of two items can add up
// to two by chance; and a sum over the batch axis has the right shape always.
//
// So where an engine can tell from the model alone that the size of each output
// along its batch axis is that of the inputs, items run alone until it has. From
// then on, the first batches of each shape are compared with what their items give
// alone. Where they differ, items run alone for good.
type trust struct {
	mu      sync.Mutex
	never   bool
	why     string               // never is true, or nothing is proved yet
	shapes  map[uint64]*compared // by trustKey
	right   [2]int               // shapes whose batches of items that differ are trusted, without padding and with it
	proving sync.WaitGroup
}

// compared is how often batches of a shape gave what their items give alone:
// batches of items that differ, and of items that are all the same.
type compared struct{ different, same int }

const (
	// comparisons is how many batches of a shape are compared.
	comparisons = 3
	// enoughShapes is how many shapes are: with the batches of so many right, those
	// of others are too.
	enoughShapes = 8
	// maxShapes bounds what is kept of shapes.
	maxShapes = 1024
)

// learn finds out whether items may run together. An engine that proves nothing is
// believed, and compared.
func (o *opened) learn() {
	p, ok := o.model.(engine.Prover)
	if !ok || o.cfg.MaxBatch == 1 {
		return
	}
	o.batcher.Limit(1)
	if p.Quick() {
		o.prove(p)
		return
	}
	o.trust.why = "it is not proved yet that a batch gives each item its own answer"
	o.trust.proving.Go(func() { o.prove(p) })
}

func (o *opened) prove(p engine.Prover) {
	if err := p.Prove(); err != nil {
		o.runAlone(err.Error())
		return
	}
	o.trust.mu.Lock()
	o.trust.why = ""
	o.trust.mu.Unlock()
	o.batcher.Limit(o.cfg.MaxBatch)
}

// runAlone ends batches.
func (o *opened) runAlone(why string) {
	o.trust.mu.Lock()
	defer o.trust.mu.Unlock()
	if o.trust.never {
		return
	}
	o.trust.never, o.trust.why = true, why
	o.batcher.Limit(1)
	slog.Warn("items run alone, in spite of batching", "runner", o.cfg.Name, "because", why)
}

// trustKey tells apart what is known of batches: those of a shape, and, apart from them,
// those whose items are padded to one.
func (o *opened) trustKey(items [][]tensor.Tensor) (key uint64, padded int) {
	if o.longest(items) == 0 {
		return o.shapeKey(items[0]), 0
	}
	return ^o.key(items[0]), 1
}

// trusted says whether a batch may run without being compared. Items of a batch
// are of one shape, or padded to one.
func (o *opened) trusted(items [][]tensor.Tensor) bool {
	key, padded := o.trustKey(items)
	o.trust.mu.Lock()
	defer o.trust.mu.Unlock()
	if o.trust.never {
		return false
	}
	if o.trust.right[padded] >= enoughShapes {
		return true
	}
	c := o.trust.shapes[key]
	return c != nil && (c.different >= comparisons || c.same >= comparisons && allSame(items))
}

// note counts a batch that gave what its items give alone.
func (o *opened) note(items [][]tensor.Tensor) {
	key, padded := o.trustKey(items)
	o.trust.mu.Lock()
	defer o.trust.mu.Unlock()
	c := o.trust.shapes[key]
	if c == nil {
		c = new(compared)
		if o.trust.shapes == nil || len(o.trust.shapes) >= maxShapes {
			o.trust.shapes = map[uint64]*compared{}
		}
		o.trust.shapes[key] = c
	}
	if allSame(items) {
		c.same++
	} else if c.different++; c.different == comparisons {
		o.trust.right[padded]++
	}
}

// compare runs a batch, then its items alone, whose answers count. An error is
// that of an item: the batcher gives each item its own.
func (o *opened) compare(ctx context.Context, in *instance, items [][]tensor.Tensor, out []answer) error {
	o.batcher.Unlike(in.index)
	together := make([]answer, len(items))
	batchErr := firstError(o.runOn(ctx, in, items, together), together)
	if ctx.Err() != nil {
		return batchErr
	}
	for k := range items {
		if err := firstError(o.runOn(ctx, in, items[k:k+1], out[k:k+1]), out[k:k+1]); err != nil {
			return err
		}
	}
	end := o.runAlone
	if o.longest(items) > 0 {
		end = o.noPadding
	}
	switch {
	case engine.OutOfMemory(batchErr): // says nothing
	case batchErr != nil:
		end("items that the model takes alone fail together: " + batchErr.Error())
	default:
		for i := range o.signature.Outputs {
			if !alikeAll(together, out, i) {
				end("output " + o.signature.Outputs[i].Name + " of an item changes with the items beside it")
				return nil
			}
		}
		o.note(items)
	}
	return nil
}

// firstError gives the error of a run, or of the first of its items that has one.
func firstError(err error, answers []answer) error {
	for k := range answers {
		if err == nil {
			err = answers[k].err
		}
	}
	return err
}

// alikeAll compares output i of all items.
func alikeAll(a, b []answer, i int) bool {
	most := 0.0
	for k := range b {
		most = max(most, alike.Largest(b[k].out[i]))
	}
	for k := range b {
		if !alike.Same(a[k].out[i], b[k].out[i], most) {
			return false
		}
	}
	return true
}

func allSame(items [][]tensor.Tensor) bool {
	for _, item := range items[1:] {
		for i := range item {
			if !alike.Identical(item[i], items[0][i]) {
				return false
			}
		}
	}
	return true
}
