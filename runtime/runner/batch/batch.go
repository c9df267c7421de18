// Package batch gathers items of concurrent requests into batches for something
// that runs several items in one go for less than it costs to run each alone.
//
// Nothing ticks. Whenever an item comes, a run ends, or a time is over that the
// [Scheduler] asked for, the scheduler is asked how many of the items that wait are to
// run on an instance that is idle. Without one, an item that meets an idle instance
// runs at once, alone, and the next instance that becomes free takes as many items as
// fit a batch.
//
// What is counted is items, not requests: [Batcher.DoAll] brings in the items of
// one request, which are spread over as many batches as they need and come back
// in order. Items are only put together with others of the same key (shape).
// An item that comes alone, where runs are short, is run by the goroutine that brings it:
// to hand it to another and back takes as long as a small model does.
// An item whose context ends leaves the queue, and a batch that nobody waits for
// any more has its context cancelled. When a batch of several items fails, its
// halves are run again, and theirs, so that one item that cannot be processed fails
// alone.
package batch

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"bentoc.dev/runtime/runner/cores"
)

// DefaultMaxQueue is the number of items that may wait where Config does not say.
const DefaultMaxQueue = 1024

// Config says how items are gathered and what runs them. I is an item, O its
// answer.
type Config[I, O any] struct {
	// Name stands in errors.
	Name string
	// MaxSize is the largest number of items in a batch; 0 means 1.
	MaxSize int
	// MaxQueue is the largest number of items that may wait; 0 means
	// [DefaultMaxQueue]. A single request with more items than that is taken
	// when nothing else waits.
	MaxQueue int
	// Instances is the number of batches that may run at a time; 0 means 1.
	Instances int
	// Scheduler decides how many items run, and when; nil means as many as there are,
	// as soon as an instance is idle. It is this batcher's alone.
	Scheduler Scheduler
	// Cost is what an item adds to the work of a batch; nil means 1.
	Cost func(item I) float64
	// MaxCost is the most that the items of a batch may cost together, where there
	// are several; 0 means any.
	MaxCost float64
	// Cores are shared with other batchers; each run takes Width of them, at least
	// one. Nil means that runs take none.
	Cores *cores.Budget
	Width int

	// Run runs a batch on one of the instances, 0 to Instances-1, never two on
	// the same. It puts the answer to items[i] into out[i]. Neither slice may be
	// kept. The context ends when nobody waits for any of the items; it carries
	// no values of a request, and the batches of an instance are given the same
	// one until it ends.
	//
	// Items must not be changed while Run may read them, that is until Do has
	// returned without an error of the context.
	Run func(ctx context.Context, instance int, items []I, out []O) error
	// Key says which items may run together: those with equal keys. Nil means
	// all.
	Key func(item I) uint64
	// Observe is told of every run: its size, how long its first item had waited
	// and how long it ran. May be nil.
	Observe func(size int, wait, run time.Duration)
	// Stories says that requests are told of the runs that had their items.
	Stories bool
	// Dropped is told of items that nobody gets an answer to: the cause is a
	// [*FullError], [ErrClosed] or that of their context's end. It is called with
	// the batcher locked, so it must be quick and not use the batcher. May be nil.
	Dropped func(items int, cause error)
}

// Batcher gathers items. It is made by [New] and must be closed.
type Batcher[I, O any] struct {
	cfg  Config[I, O]
	pool sync.Pool // *call[I, O] with room for one entry

	// done is closed when all workers have ended.
	done chan struct{}

	share *cores.Share // nil: without limit

	mu      sync.Mutex
	queue   queue[I, O]
	arrived uint64 // items that came
	workers []*worker[I, O]
	idle    []*worker[I, O] // used as a stack: under light load one instance does all
	waking  int             // workers that were taken off the idle ones and have not looked yet
	active  int             // workers that run a batch
	began   time.Time       // when the last worker was woken, or began a batch
	blocked bool            // there was no core for a batch: granted will be called
	timer   *time.Timer     // nil: never needed
	alarm   time.Time       // when timer is set for; zero: it is not
	running int             // workers that have not ended
	closed  bool
	forced  bool          // Close did not wait
	mean    time.Duration // of recent runs, for each item, for RetryAfter
	slowest time.Duration // that a run took lately
	lonely  int           // runs in a row that nothing came during, nor soon after
	ended   time.Time     // when the last run did
}

// New starts a batcher with one goroutine for each instance.
func New[I, O any](cfg Config[I, O]) *Batcher[I, O] {
	cfg.MaxSize = max(cfg.MaxSize, 1)
	cfg.Instances = max(cfg.Instances, 1)
	if cfg.MaxQueue <= 0 {
		cfg.MaxQueue = DefaultMaxQueue
	}
	if cfg.Scheduler == nil {
		cfg.Scheduler = eager{}
	}
	if !(cfg.MaxCost > 0) {
		cfg.MaxCost = math.Inf(1)
	}
	b := &Batcher[I, O]{cfg: cfg, done: make(chan struct{}), running: cfg.Instances}
	b.queue.groups = make(map[uint64]*group[I, O])
	b.pool.New = func() any { return newCall[I, O](1) }
	if cfg.Cores != nil {
		b.share = cfg.Cores.Join(cfg.Width, b.granted)
	}
	for i := range cfg.Instances {
		w := newWorker(b, i)
		b.workers = append(b.workers, w)
		go w.loop()
	}
	return b
}

// Do runs one item and returns its answer. The error is that of Run, the cause
// of ctx's end, a [*FullError], or [ErrClosed]. Where the item comes alone and runs are
// short, it runs on this goroutine, which does not see that ctx ends meanwhile.
func (b *Batcher[I, O]) Do(ctx context.Context, item I) (O, error) {
	var zero O
	c := b.pool.Get().(*call[I, O])
	c.ctx = ctx
	c.entries[0].item = item
	if err := b.submit(c, true); err != nil {
		b.recycle(c)
		return zero, err
	}
	if err := b.wait(c); err != nil {
		return zero, err
	}
	out, err := c.out[0], c.err
	b.recycle(c)
	return out, err
}

// DoAll runs the items of one request and returns their answers in order. They
// take part in batches with items of other requests. Where items fail, the error
// is that of the first one, with its index.
func (b *Batcher[I, O]) DoAll(ctx context.Context, items []I) ([]O, error) {
	if len(items) == 0 {
		return nil, nil
	}
	c := newCall[I, O](len(items))
	c.ctx = ctx
	for i := range items {
		c.entries[i].item = items[i]
	}
	if err := b.submit(c, false); err != nil {
		return nil, err
	}
	if err := b.wait(c); err != nil {
		return nil, err
	}
	if c.err != nil && len(items) > 1 {
		return nil, fmt.Errorf("item %d: %w", c.failed, c.err)
	}
	return c.out, c.err
}

// Limit makes n the largest number of items in a batch that is taken from now on,
// in place of Config.MaxSize.
func (b *Batcher[I, O]) Limit(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cfg.MaxSize = max(n, 1)
}

// Queued is the number of items that wait.
func (b *Batcher[I, O]) Queued() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.queue.len
}

// submit puts a call's items into the queue and wakes a worker where they are to run
// now, which wakes the next one when it leaves something. A lone item may run before
// submit returns.
func (b *Batcher[I, O]) submit(c *call[I, O], lone bool) error {
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	now := time.Now()
	for i := range c.entries {
		e := &c.entries[i]
		e.since, e.cost = now, 1
		if b.cfg.Cost != nil {
			e.cost = sane(b.cfg.Cost(e.item))
		}
		if b.cfg.Key != nil {
			e.key = b.cfg.Key(e.item)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return b.refuse(c, ErrClosed)
	}
	if n := b.queue.len + len(c.entries); n > b.cfg.MaxQueue && b.queue.len > 0 {
		return b.refuse(c, b.full())
	}
	c.pending = len(c.entries)
	for i := range c.entries {
		b.queue.push(&c.entries[i])
	}
	b.arrived += uint64(len(c.entries))
	if now.Sub(b.ended) < apart {
		b.lonely = 0
	}
	if !lone || !b.here(now) {
		b.poke(now)
	}
	return nil
}

func (b *Batcher[I, O]) refuse(c *call[I, O], cause error) error {
	b.dropped(len(c.entries), cause)
	return cause
}

// dropped tells of items without an answer.
func (b *Batcher[I, O]) dropped(items int, cause error) {
	if b.cfg.Dropped != nil && items > 0 {
		b.cfg.Dropped(items, cause)
	}
}

// drop finishes an item that does not run. The lock is held.
func (b *Batcher[I, O]) drop(e *entry[I, O], cause error) {
	var none O
	e.call.finish(e, none, cause)
	b.dropped(1, cause)
}

// wait returns nil when all items of the call have an answer or an error, and
// the cause when the call's context ended before.
func (b *Batcher[I, O]) wait(c *call[I, O]) error {
	select {
	case <-c.done:
		return nil
	default: // it is dear to ask some contexts for what tells of their end
	}
	select {
	case <-c.done:
		return nil
	case <-c.ctx.Done():
	}
	cause := context.Cause(c.ctx)
	if b.abandon(c, cause) {
		return cause
	}
	<-c.done // it was finished in the same moment
	return nil
}

// abandon takes a call's items out of the queue and lets go of those that run.
// It returns false where there is none left.
func (b *Batcher[I, O]) abandon(c *call[I, O], cause error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.pending == 0 {
		return false
	}
	c.gone = true
	b.dropped(c.pending, cause)
	for i := range c.entries {
		e := &c.entries[i]
		switch e.state {
		case queued:
			b.queue.remove(e)
			e.state = finished
		case held:
			e.state = finished
		case running:
			e.worker.release(cause)
			e.state = finished
		}
	}
	return true
}

// recycle keeps a call of one item that nobody refers to any more.
func (b *Batcher[I, O]) recycle(c *call[I, O]) {
	var zeroI I
	var zeroO O
	c.ctx, c.err = nil, nil
	c.entries[0].item, c.out[0] = zeroI, zeroO
	b.pool.Put(c)
}
