package cache

import (
	"context"
	"sync"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/value"
)

// flight is a run that one or several requests wait for. Its context is that of who began
// it without its end: it ends when nobody waits any more.
type flight[O any] struct {
	key    value.Sum
	began  time.Time
	done   chan struct{} // closed when it has ended
	ctx    context.Context
	cancel context.CancelCauseFunc
	stop   func() bool // no longer hears of the cache's end

	mu       sync.Mutex // guards what follows; held beneath the cache's
	waiting  int
	joined   bool // by somebody who did not begin it
	deadline time.Time
	timeless bool // somebody waits as long as it takes

	// What it ended in; set before done is closed.
	out     O // of who began
	err     error
	kept    O // what the others get copies of
	hasKept bool
}

// newFlight makes a run that the request of ctx begins.
func newFlight[O any](ctx context.Context, key value.Sum, now time.Time, base context.Context) *flight[O] {
	f := &flight[O]{key: key, began: now, done: make(chan struct{})}
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	f.cancel = cancel
	f.stop = context.AfterFunc(base, func() { cancel(context.Cause(base)) })
	f.ctx = graph.WatchFallbacks(&flightContext{Context: inner, deadline: f.until})
	f.wait(ctx)
	return f
}

// flightContext is the context of a run: it lasts until the last one's time is over who
// waits for it.
type flightContext struct {
	context.Context
	deadline func() (time.Time, bool)
}

// Deadline gives when nobody will wait any more, as far as is known.
func (c *flightContext) Deadline() (time.Time, bool) { return c.deadline() }

func (f *flight[O]) until() (time.Time, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.deadline, !f.timeless
}

// wait counts one more who waits; nobody else uses f yet, or f.mu is held.
func (f *flight[O]) wait(ctx context.Context) {
	f.waiting++
	if at, ok := ctx.Deadline(); !ok {
		f.timeless = true
	} else if at.After(f.deadline) {
		f.deadline = at
	}
}

// enter has the request of ctx wait too; the cache's lock is held.
func (f *flight[O]) enter(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.joined = true
	f.wait(ctx)
}

// leave counts one less, and tells whether it was the last.
func (f *flight[O]) leave() (last bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting--
	return f.waiting == 0
}

// wait waits for a run, no longer than ctx lasts unless it is the last to do so.
func (c *Cache[I, O]) wait(ctx context.Context, f *flight[O], began bool) (out O, err error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		if !c.leave(f, context.Cause(ctx)) {
			return out, context.Cause(ctx)
		}
		<-f.done
	}
	switch {
	case began:
		return f.out, f.err
	case f.err == nil && f.hasKept:
		if out, ok := c.copy(f.kept); ok {
			return out, nil
		}
	case f.err != nil && verdict(f.err):
		return out, f.err
	}
	if ctx.Err() != nil {
		return out, context.Cause(ctx)
	}
	return out, errAlone
}

// leave has one less wait for f, which is cut off where that was the last: nobody finds it
// then.
func (c *Cache[I, O]) leave(f *flight[O], why error) (last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !f.leave() {
		return false
	}
	c.forget(f)
	f.cancel(why)
	return true
}

// forget has nobody find f any more; c.mu is held.
func (c *Cache[I, O]) forget(f *flight[O]) {
	if c.flights[f.key] == f {
		delete(c.flights, f.key)
	}
}

// fly runs own and keeps what it gives. What own does, a panic or the end of the goroutine,
// is an error.
func (c *Cache[I, O]) fly(f *flight[O], own func(context.Context, I) (O, error), in I) {
	defer c.running.Done()
	returned := false
	defer func() {
		if v := recover(); v != nil {
			f.err = graph.NewPanicError(v)
		} else if !returned {
			f.err = graph.NewGoexitError()
		}
		c.land(f)
	}()
	f.out, f.err = own(f.ctx, in)
	returned = true
}

// land ends a run: what it gave is kept, and those who wait get it.
func (c *Cache[I, O]) land(f *flight[O]) {
	defer close(f.done)
	defer f.cancel(nil)
	defer f.stop()
	good := f.err == nil && f.ctx.Err() == nil && !graph.FellBack(f.ctx)
	var e *entry[O]
	if good {
		if kept, bytes, ok := value.Keep(f.out, c.cfg.MaxBytes); ok {
			f.kept, f.hasKept = kept, true
			e = newEntry(f.key, kept, bytes, f.began, c.cfg.TTL)
		}
	}
	c.mu.Lock()
	if e != nil && c.open {
		c.store.put(e, time.Now())
		c.counts.show(&c.store)
	}
	c.forget(f) // nobody enters any more
	c.mu.Unlock()
	if f.err == nil && f.joined && !f.hasKept {
		f.kept, f.hasKept = value.Copy(f.out) // for those who wait, though it is not kept
	}
}
