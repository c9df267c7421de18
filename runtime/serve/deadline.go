package serve

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"bentoc.dev/runtime/metrics"
)

// Why a request's context ended, besides that its client went away, for which
// net/http gives context.Canceled.
var (
	ErrTimeout  error = &endError{"the time for the request is over", metrics.DropTimeout}
	ErrStopping error = &endError{"the server is stopping", metrics.DropStopping}
)

// endError is why a context ended, and what the items of a runner that waited
// under it are dropped for.
type endError struct{ text, reason string }

func (e *endError) Error() string { return e.text }

// DropReason is the reason's name in the metrics of runners.
func (e *endError) DropReason() string { return e.reason }

// deadline is the context of a call that has a time limit. What ends it is the
// timer of the call, which has the answer to give as well. Most work asks a context
// whether it has ended and nothing else, so what tells others of the end, a channel
// and a place among the children of its parent, is made when it is asked for.
type deadline struct {
	context.Context // the parent
	at              time.Time
	mu              sync.Mutex // held to make told
	told            atomic.Pointer[teller]
	over            atomic.Bool // the call has ended
}

// teller is a context that can be ended.
type teller struct {
	context.Context
	cancel context.CancelCauseFunc
}

// Deadline gives when the context ends.
func (d *deadline) Deadline() (time.Time, bool) { return d.at, true }

// Done gives the channel that is closed at the end.
func (d *deadline) Done() <-chan struct{} { return d.teller().Done() }

// Err is nil until the end.
func (d *deadline) Err() error {
	if t := d.told.Load(); t != nil {
		return t.Err()
	}
	if d.over.Load() {
		return context.Canceled
	}
	return d.Context.Err()
}

// Value gives what the parent has, and to package context the place where the end is
// told.
func (d *deadline) Value(key any) any {
	if t := d.told.Load(); t != nil {
		return t.Value(key)
	}
	return d.Context.Value(key)
}

func (d *deadline) teller() *teller {
	if t := d.told.Load(); t != nil {
		return t
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.told.Load(); t != nil {
		return t
	}
	ctx, cancel := context.WithCancelCause(d.Context)
	if d.over.Load() {
		cancel(nil)
	}
	t := &teller{ctx, cancel}
	d.told.Store(t)
	return t
}

// end ends the context with the call.
func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over.Store(true)
	if t := d.told.Load(); t != nil {
		t.cancel(nil)
	}
}

// watch begins to watch the call's time, which counts from when the request came.
func (c *Call) watch() {
	c.deadline.Context, c.deadline.at = &c.traced, c.start.Add(c.timeout)
	c.ctx = &c.deadline
	c.memory.Heed(c.ctx)
	c.e.alarm.watch(c)
}

// unwatch ends what watch began.
func (c *Call) unwatch() {
	c.e.alarm.unwatch(c)
	c.deadline.end()
}

// heedTime is how long a step has to heed that its time is over. One that does
// answers as usual, and its connection can be used again.
const heedTime = 20 * time.Millisecond

// expire ends the context of a call whose time is over, and soon its request.
func (c *Call) expire() {
	c.deadline.teller().cancel(ErrTimeout)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.late = time.AfterFunc(heedTime, c.abandon)
	}
}

// abandon ends the request of a call whose step does not heed its context.
func (c *Call) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.answered || c.traced.Err() != nil {
		return
	}
	c.overdue = c.now()
	c.e.metrics.Overdue(1)
	c.e.options.Log.WarnContext(c.ctx, "step does not heed that its time is over", "path", c.meta.Path, "timeout", c.timeout)
	s := c.timedOut()
	// The connection serves nothing else until the step returns, so the client
	// must not keep it.
	s.Close, s.Flush = true, true
	c.answerWith(s)
}
