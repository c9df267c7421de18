package batch

import (
	"context"
	"runtime"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/runner/cores"
	"bentoc.dev/runtime/story"
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

	took   time.Duration // of the last run
	unlike bool          // it says nothing about others
}

func newWorker[I, O any](b *Batcher[I, O], instance int) *worker[I, O] {
	w := &worker[I, O]{b: b, instance: instance, awake: make(chan struct{}, 1)}
	w.ctx, w.cancel = context.WithCancelCause(context.Background())
	return w
}

// Unlike says, from within Run, that the run on an instance takes longer or shorter
// than others of its size do, so that nothing is learned from it.
func (b *Batcher[I, O]) Unlike(instance int) { b.workers[instance].unlike = true }

// loop takes batches until the batcher is closed and its queue is empty.
func (w *worker[I, O]) loop() {
	b := w.b
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		now := time.Now()
		if run, ok := w.take(now); ok {
			w.batch(run, now)
			if b.cfg.MaxSize > 1 {
				// Let the requests that have just been answered, and those that wait for a
				// CPU, come with their next items before the next batch is taken. Otherwise
				// workers that keep all CPUs busy would take the few items that are there and
				// run small batches for ever. A worker with nothing to do does not come here.
				b.mu.Unlock()
				runtime.Gosched()
				b.mu.Lock()
			}
			continue
		}
		if b.closed && b.queue.len == 0 {
			break
		}
		b.idle = append(b.idle, w)
		b.mu.Unlock()
		<-w.awake
		b.mu.Lock()
		b.waking--
	}
	w.cancel(ErrClosed)
	b.wakeAll() // they end too
	if b.running--; b.running == 0 {
		b.share.Decline()
		close(b.done)
	}
}

// take takes the items of a batch and the cores to run it.
func (w *worker[I, O]) take(now time.Time) (run cores.Run, ok bool) {
	b := w.b
	for {
		n := b.next(now)
		if n == 0 {
			b.blocked = false
			b.share.Decline()
			return run, false
		}
		if run, ok = b.share.Take(now); !ok {
			b.blocked = true
			return run, false
		}
		if w.taken = b.queue.take(w.taken[:0], n, b.cfg.MaxCost, b.drop); len(w.taken) > 0 {
			return run, true
		}
		b.mu.Unlock() // all were late
		b.share.Give(run, now)
		b.mu.Lock()
	}
}

// batch runs what was taken. It is called and returns with the lock held.
func (w *worker[I, O]) batch(run cores.Run, now time.Time) {
	b := w.b
	b.active++
	b.began = now
	b.poke(now) // what is left is for another instance
	n, work, arrived := len(w.taken), 0.0, b.arrived
	for _, e := range w.taken {
		work += e.cost
	}
	whole := w.process()
	b.active--
	if b.lonely++; b.arrived != arrived {
		b.lonely = 0
	}
	clear(w.taken)
	ended := time.Now()
	b.ended = ended
	b.mu.Unlock()
	beside := b.share.Give(run, ended)
	b.mu.Lock()
	if whole && !w.unlike {
		b.cfg.Scheduler.Ran(Run{Items: n, Work: work, Took: w.took, Beside: beside})
	}
}

// process runs the batch that was taken, and says whether it ran well as a whole. It
// is called and returns with the lock held.
func (w *worker[I, O]) process() (whole bool) {
	err := w.run(w.taken)
	if err == nil || len(w.taken) == 1 || w.ctx.Err() != nil {
		w.settle(w.taken, err)
		return err == nil
	}
	w.halve(w.taken)
	return false
}

// halve gives each item of a batch that failed its own answer: one item may be to
// blame for all. Where one half runs well, the other would fail again, so its own
// halves are run at once.
func (w *worker[I, O]) halve(batch []*entry[I, O]) {
	w.reset()
	for _, e := range batch {
		if e.state == running {
			e.state = held
		}
	}
	half := len(batch) / 2
	if left, right := batch[:half], batch[half:]; w.part(left) && len(right) > 1 {
		w.halve(right)
	} else {
		w.part(right)
	}
}

// part runs a part of a batch that failed, without the items that nobody waits for any
// more. It says whether all ran well.
func (w *worker[I, O]) part(batch []*entry[I, O]) (well bool) {
	all := len(batch)
	left := batch[:0:0]
	for _, e := range batch {
		switch {
		case e.state != held: // given up meanwhile
		case w.b.forced:
			w.b.drop(e, ErrClosed)
		case e.call.ctx.Err() != nil:
			w.b.drop(e, context.Cause(e.call.ctx))
		default:
			left = append(left, e)
		}
	}
	if len(left) == 0 {
		return false
	}
	err := w.run(left)
	if err != nil && len(left) > 1 && w.ctx.Err() == nil {
		w.halve(left)
		return false
	}
	w.settle(left, err)
	return err == nil && len(left) == all
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
	w.unlike = false
	b.mu.Unlock()
	start := time.Now()
	err := w.call()
	w.took = time.Since(start)
	if b.cfg.Observe != nil {
		b.cfg.Observe(len(batch), start.Sub(first), w.took)
	}
	if b.cfg.Stories {
		ran := story.Batch{Runner: b.cfg.Name, Instance: w.instance, Took: w.took, Items: len(batch), Failed: err != nil}
		ran.Ran(func(i int) (context.Context, time.Duration) { return batch[i].call.ctx, start.Sub(batch[i].since) })
	}
	b.mu.Lock()
	b.mean += (w.took/time.Duration(len(batch)) - b.mean) / 8
	b.slowest = max(w.took, b.slowest-b.slowest/16)
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
