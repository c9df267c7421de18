package runner

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner/batch"
)

// Func runs a Go step. It is made by [NewFunc], and may be called before it is
// opened, when nothing is counted.
type Func[I, O any] struct {
	calls
	f func(context.Context, I) (O, error)
}

// NewFunc makes a runner of f. Of cfg it takes Name, Engine, Once, Instances, which
// is the number of calls at a time, and MaxQueue, the number of those that may wait.
func NewFunc[I, O any](cfg Config, f func(context.Context, I) (O, error)) *Func[I, O] {
	r := &Func[I, O]{f: f}
	r.limit(cfg)
	return r
}

// Call calls the step. Where it ends its goroutine, Call does not return. The error
// of a call that does not begin is the cause of ctx's end, or a [*batch.FullError].
func (f *Func[I, O]) Call(ctx context.Context, in I) (out O, err error) {
	waited, began, err := f.begin(ctx)
	if err != nil {
		return out, err
	}
	defer f.end(waited, began)
	return f.f(ctx, in)
}

// calls bounds and counts the calls of a step.
type calls struct {
	cfg     Config
	metrics *metrics.Runner // nil before Open

	places  chan struct{} // nil: no limit
	waiting atomic.Int64
	mean    atomic.Int64 // nanoseconds of recent calls, for RetryAfter
}

func (c *calls) limit(cfg Config) {
	if c.cfg = cfg; cfg.MaxQueue <= 0 {
		c.cfg.MaxQueue = batch.DefaultMaxQueue
	}
	if cfg.Instances > 0 {
		c.places = make(chan struct{}, cfg.Instances)
	}
}

func (c *calls) life() Life {
	return Life{Name: c.cfg.Name, Engine: c.cfg.Engine, Calls: c.cfg.Instances, Open: c.open, Close: c.close, Once: c.cfg.Once}
}

func (c *calls) open(ctx context.Context) error {
	r, service := metrics.From(ctx), metrics.ServiceOf(ctx)
	if c.places == nil {
		c.metrics = r.Unlimited(service, c.cfg.Name)
	} else {
		c.metrics = r.Runner(service, c.cfg.Name, 1, func() int { return int(c.waiting.Load()) })
	}
	return nil
}

func (c *calls) close(context.Context) error {
	c.metrics.Close()
	return nil
}

// begin takes a place, and waits for it where none is free.
func (c *calls) begin(ctx context.Context) (waited, began time.Duration, err error) {
	came := time.Since(epoch)
	if c.places == nil {
		return 0, came, nil
	}
	select {
	case c.places <- struct{}{}:
		return 0, came, nil
	default:
	}
	if err := c.wait(ctx); err != nil {
		if c.metrics != nil {
			c.metrics.Drop(1, err)
		}
		return 0, came, err
	}
	began = time.Since(epoch)
	return began - came, began, nil
}

// epoch is what times are counted from: since then is one clock, and time.Now two.
var epoch = time.Now()

// wait takes a place that another call gives back.
func (c *calls) wait(ctx context.Context) error {
	defer c.waiting.Add(-1)
	if n := int(c.waiting.Add(1)); n > c.cfg.MaxQueue {
		rounds := float64(n-1) / float64(c.cfg.Instances)
		return &batch.FullError{Name: c.cfg.Name, Queued: n - 1, After: time.Duration(math.Ceil(rounds * float64(c.mean.Load())))}
	}
	select {
	case c.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end gives the place back and counts the call.
func (c *calls) end(waited, began time.Duration) {
	took := time.Since(epoch) - began
	if c.places != nil {
		<-c.places
		mean := c.mean.Load()
		c.mean.Store(mean + (int64(took)-mean)/8)
	}
	if c.metrics != nil {
		c.metrics.Batch(1, waited, took)
	}
}
