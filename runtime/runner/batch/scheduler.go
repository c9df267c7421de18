package batch

import (
	"math"
	"time"

	"bentoc.dev/runtime/runner/cost"
)

// Scheduler decides how many items run, and when. Its methods are called with the
// batcher locked: they are quick, and do not use the batcher. One for each kind is a
// package beside this one.
type Scheduler interface {
	// Next says how many of the items that may run together are to run now, on an
	// instance that is idle. 0 means none until another item comes or a run ends, or
	// until again has passed where that is more than 0: then it is asked again. It is
	// asked when something waits and an instance is idle, and what it says need not
	// come to pass.
	Next(now time.Time, q Queue) (n int, again time.Duration)
	// Ran tells of a run that ended well.
	Ran(r Run)
}

// Learner is a [Scheduler] that learns.
type Learner interface {
	Scheduler
	// Learned tells what it knows by now.
	Learned() Learned
}

// Learned is what a scheduler has learned, and what it does because of it.
type Learned struct {
	Batch    int          `json:"batch"`    // items of a batch, at most
	Beside   int          `json:"beside"`   // items that are worth a run beside another, where instances are held back
	HeldBack bool         `json:"heldBack"` // instances are
	Arrivals float64      `json:"arrivals"` // items a second
	Cost     cost.Profile `json:"cost"`     // of runs
}

// Queue is what a scheduler decides upon.
type Queue struct {
	Waiting int       // items, at least one
	Alike   int       // those of them that may run with the oldest, it included
	Since   time.Time // when the oldest came
	Work    float64   // what each of those alike costs, on average
	Arrived uint64    // items that came since the batcher was made

	Idle    int       // instances, at least one
	Running int       // instances that run a batch, or are about to
	Began   time.Time // when the last of them began

	Max int // the largest number of items that may run together
}

// Run is a run of a batch.
type Run struct {
	Items  int
	Work   float64       // what the items cost together
	Took   time.Duration // how long it ran
	Beside float64       // how many other runs there were in the process, on average
}

// eager is the scheduler that runs what there is as soon as an instance is idle.
type eager struct{}

func (eager) Next(_ time.Time, q Queue) (int, time.Duration) { return q.Alike, 0 }

func (eager) Ran(Run) {}

// sane is a cost that can be added up: one that is none counts nothing.
func sane(cost float64) float64 {
	if !(cost > 0) {
		return 0
	}
	return min(cost, math.MaxFloat64/(1<<32))
}

// next asks how many items are to run now; 0 for none. The lock is held.
func (b *Batcher[I, O]) next(now time.Time) int {
	if b.queue.len == 0 {
		return 0
	}
	if b.closed {
		return b.cfg.MaxSize
	}
	g := b.queue.first.group
	busy := b.active + b.waking
	n, again := b.cfg.Scheduler.Next(now, Queue{
		Waiting: b.queue.len, Alike: g.len, Since: b.queue.first.since, Work: g.cost / float64(g.len), Arrived: b.arrived,
		Idle: b.cfg.Instances - busy, Running: busy, Began: b.began, Max: b.cfg.MaxSize,
	})
	if n <= 0 {
		b.ring(now, again)
	}
	return min(max(n, 0), b.cfg.MaxSize)
}

// poke wakes a worker where items are to run now. The lock is held.
func (b *Batcher[I, O]) poke(now time.Time) {
	if len(b.idle) > 0 && !b.blocked && b.next(now) > 0 {
		b.wake()
		b.began = now
	}
}

// wake lets the worker that was busy last look at the queue.
func (b *Batcher[I, O]) wake() {
	n := len(b.idle) - 1
	w := b.idle[n]
	b.idle = b.idle[:n]
	b.waking++
	w.awake <- struct{}{}
}

func (b *Batcher[I, O]) wakeAll() {
	for len(b.idle) > 0 {
		b.wake()
	}
}

// granted is called when there is a core again, which is kept for the batcher.
func (b *Batcher[I, O]) granted() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blocked = false
	switch {
	case b.queue.len == 0:
		b.share.Decline()
	case len(b.idle) > 0:
		b.wake()
	default: // all look when they have ended their batch
		b.share.Decline()
	}
}

// ring has the scheduler asked again after d. The timer is left alone where it is set
// for an earlier time: it is set anew then.
func (b *Batcher[I, O]) ring(now time.Time, d time.Duration) {
	if d <= 0 {
		return
	}
	at := now.Add(d)
	if !b.alarm.IsZero() && !at.Before(b.alarm) {
		return
	}
	b.alarm = at
	if b.timer == nil {
		b.timer = time.AfterFunc(d, b.rang)
	} else {
		b.timer.Reset(d)
	}
}

func (b *Batcher[I, O]) rang() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.alarm = time.Time{}
	if !b.closed {
		b.poke(time.Now())
	}
}
