package batch

import (
	"context"
	"runtime"
	"time"

	"bentoc.dev/runtime/graph"
)

// worker runs batches on one instance.
type worker[I, O any] struct {
	b        *Batcher[I, O]
	instance int
	awake    chan struct{} // has a value when the worker was taken off the idle ones

	// ctx is what Run gets; kept from batch to batch until it is cancelled.
	ctx    context.Context
	cancel context.CancelCauseFunc
	live   int // items of the present run that somebody waits for; under b.mu

	taken []*entry[I, O]
	items []I
	out   []O
}

func newWorker[I, O any](b *Batcher[I, O], instance int) *worker[I, O] {
	w := &worker[I, O]{b: b, instance: instance, awake: make(chan struct{}, 1)}
	w.ctx, w.cancel = context.WithCancelCause(context.Background())
	return w
}

// loop takes batches until the batcher is closed and its queue is empty.
func (w *worker[I, O]) loop() {
	b := w.b
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if w.taken = b.queue.take(w.taken[:0], b.cfg.MaxSize, b.drop); len(w.taken) > 0 {
			if b.queue.len > 0 {
				b.wake() // what is left is for another instance
			}
			w.process()
			clear(w.taken)
			w.yield()
			continue
		}
		if b.closed {
			break
		}
		b.idle = append(b.idle, w)
		b.mu.Unlock()
		<-w.awake
		b.mu.Lock()
	}
	w.cancel(ErrClosed)
	if b.running--; b.running == 0 {
		close(b.done)
	}
}

// yield lets the requests that have just been answered, and those that wait for
// a CPU, come with their next items before the next batch is taken. Otherwise
// workers that keep all CPUs busy would take the few items that are there and
// run small batches for ever. A worker with nothing to do does not come here.
func (w *worker[I, O]) yield() {
	if w.b.cfg.MaxSize > 1 {
		w.b.mu.Unlock()
		runtime.Gosched()
		w.b.mu.Lock()
	}
}

// process runs the batch that was taken. It is called and returns with the lock
// held.
func (w *worker[I, O]) process() {
	err := w.run(w.taken)
	if err == nil || len(w.taken) == 1 || w.ctx.Err() != nil {
		w.settle(w.taken, err)
		return
	}
	// One item may be to blame for all: give each its own answer.
	w.reset()
	for _, e := range w.taken {
		if e.state == running {
			e.state = held
		}
	}
	for i, e := range w.taken {
		if e.state != held { // given up meanwhile
			continue
		}
		if e.call.ctx.Err() != nil {
			w.b.drop(e, context.Cause(e.call.ctx))
			continue
		}
		one := w.taken[i : i+1]
		w.settle(one, w.run(one))
	}
}

// settle hands out the answers of a run, or its error.
func (w *worker[I, O]) settle(batch []*entry[I, O], err error) {
	for i, e := range batch {
		e.call.finish(e, w.out[i], err)
	}
	w.reset()
}

// reset forgets the items and answers of a run.
func (w *worker[I, O]) reset() {
	clear(w.items)
	clear(w.out)
	w.live = 0
	if w.ctx.Err() != nil && !w.b.forced {
		w.ctx, w.cancel = context.WithCancelCause(context.Background())
	}
}

// run does one run, without the lock.
func (w *worker[I, O]) run(batch []*entry[I, O]) error {
	b := w.b
	w.items, w.out = w.items[:0], w.out[:0]
	first := batch[0].since
	var none O
	for _, e := range batch {
		e.state, e.worker = running, w
		w.items, w.out = append(w.items, e.item), append(w.out, none)
		if e.since.Before(first) {
			first = e.since
		}
	}
	w.live = len(batch)
	b.mu.Unlock()
	start := time.Now()
	err := w.call()
	took := time.Since(start)
	if b.cfg.Observe != nil {
		b.cfg.Observe(len(batch), start.Sub(first), took)
	}
	b.mu.Lock()
	b.mean += (took - b.mean) / 8
	return err
}

// call runs the configured function; a panic in it becomes an error.
func (w *worker[I, O]) call() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = graph.NewPanicError(v)
		}
	}()
	return w.b.cfg.Run(w.ctx, w.instance, w.items, w.out)
}

// release lets go of one item of the present run. With the last one the run is
// cancelled.
func (w *worker[I, O]) release(cause error) {
	if w.live--; w.live == 0 {
		w.cancel(cause)
	}
}
