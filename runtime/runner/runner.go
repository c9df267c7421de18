package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/runner/cores"
	"bentoc.dev/runtime/story"
	"bentoc.dev/runtime/tensor"
)

// DefaultIdleShrink is how long a model rests before it gives memory back where
// Config does not say.
const DefaultIdleShrink = 30 * time.Second

// Config says how a runner takes items. Only Name is necessary.
type Config struct {
	Name   string
	Engine string // its kind, such as "onnx"
	Model  string // that it runs, for who reads of it

	// Instances is the number of runs at a time. 0 means as many as the cores that Go uses
	// (GOMAXPROCS, which follows the limit of the container) can run of a model, and no
	// limit for a Go step.
	Instances int
	// MaxBatch is the largest number of items that run together; 0 means 1. It
	// has no effect on a model that takes one item at a time, nor on one whose
	// batches do not give each item what it gets alone.
	MaxBatch int
	// Work is what the work of a run is counted in; the zero Work counts items, or bytes
	// where items may be of several shapes. It may be 0 for an item.
	Work Work
	// Padding lets items of several lengths run together; nil means that only those of
	// one shape do.
	Padding Padding
	// Scheduler makes what decides how many items run together, and when, each time
	// that the runner is opened; nil means as many as there are, as soon as an instance
	// is idle.
	Scheduler func() batch.Scheduler
	// MaxQueue is the number of items that may wait; 0 means
	// [batch.DefaultMaxQueue].
	MaxQueue int
	// IdleShrink is how long nothing must run before the memory that large runs
	// needed is given back; 0 means [DefaultIdleShrink], negative means never.
	IdleShrink time.Duration
	// WarmUp makes an item that each instance runs before the runner is open; nil: none.
	WarmUp func() ([]tensor.Tensor, error)
	// Once is what happens once a process, before and after all else.
	Once Hook
	// Observe is told of every run: items, how long the first had waited, how
	// long the run took. May be nil.
	Observe func(size int, wait, run time.Duration)
}

func (c Config) normal(model engine.Loaded) Config {
	if c.Instances <= 0 {
		c.Instances = max(runtime.GOMAXPROCS(0)/width(model), 1)
	}
	c.MaxBatch = max(c.MaxBatch, 1)
	if c.IdleShrink == 0 {
		c.IdleShrink = DefaultIdleShrink
	}
	return c
}

// width is how many cores a run of a model uses.
func width(model engine.Loaded) int {
	if b, ok := model.(engine.Busy); ok {
		return max(b.Cores(), 1)
	}
	return 1
}

// Runner runs one model for many requests at a time. It is made by [New].
type Runner struct {
	cfg    Config
	engine engine.Engine

	mu   sync.Mutex // guards opening and closing
	open atomic.Pointer[opened]
}

// opened is a runner whose model is open.
type opened struct {
	cfg       Config
	model     engine.Loaded
	signature engine.Signature
	instances []*instance
	batcher   *batch.Batcher[[]tensor.Tensor, answer]
	idle      idle
	trust     trust
	starved   starved
	metrics   *metrics.Runner
	stories   bool          // requests keep what happens to them
	memory    *admit.Memory // of the server's requests; nil outside of one
	unpadded  atomic.Bool   // items are padded no more, where they were
}

// New makes a runner of what e runs. Nothing happens before Open.
func New(cfg Config, e engine.Engine) *Runner { return &Runner{cfg: cfg, engine: e} }

// errNotOpen is the error of Call before Open and after Close.
var errNotOpen = errors.New("the model is not open")

// Open opens the model and makes its instances. The error names the runner.
// Batches and what is dropped are counted in the metrics of ctx.
func (r *Runner) Open(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open.Load() != nil {
		return fmt.Errorf("runner %s is open already", r.cfg.Name)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("runner %s: %w", r.cfg.Name, context.Cause(ctx))
	}
	model, err := r.engine.Open(ctx)
	if err != nil {
		return fmt.Errorf("runner %s: %w", r.cfg.Name, err)
	}
	o := &opened{cfg: r.cfg.normal(model), model: model, signature: model.Signature(), memory: admit.MemoryFrom(ctx), stories: story.RecorderOf(ctx) != nil}
	if !o.signature.Batches {
		o.cfg.MaxBatch = 1
	}
	for i := range o.cfg.Instances {
		in, err := model.NewInstance(ctx, engine.Placement{Instance: i})
		if err != nil {
			return fmt.Errorf("runner %s: %w", r.cfg.Name, errors.Join(err, o.free(ctx)))
		}
		o.instances = append(o.instances, &instance{index: i, engine: in})
	}
	if err := o.warm(ctx); err != nil {
		return fmt.Errorf("runner %s: %w", r.cfg.Name, errors.Join(err, o.free(ctx)))
	}
	o.start(metrics.From(ctx).Runner(metrics.ServiceOf(ctx), o.cfg.Name, o.cfg.MaxBatch, r.Queued))
	if err := o.tryPadding(ctx); err != nil {
		return fmt.Errorf("runner %s: batching.pad: %w", r.cfg.Name, errors.Join(err, o.close(ctx)))
	}
	r.open.Store(o)
	return nil
}

// start makes the runner ready for items, which are counted by m.
func (o *opened) start(m *metrics.Runner) {
	o.metrics = m
	cfg := batch.Config[[]tensor.Tensor, answer]{
		Name: o.cfg.Name, MaxSize: o.cfg.MaxBatch, MaxQueue: o.cfg.MaxQueue, Instances: o.cfg.Instances,
		Run:     o.run,
		Dropped: m.Drop,
		Stories: o.stories,
		Observe: func(size int, wait, run time.Duration) {
			m.Batch(size, wait, run)
			if o.cfg.Observe != nil {
				o.cfg.Observe(size, wait, run)
			}
		},
	}
	if o.cfg.Scheduler != nil {
		cfg.Scheduler = o.cfg.Scheduler()
	}
	if o.cfg.MaxBatch > 1 {
		cfg.Key = o.key
	}
	work := o.work()
	cfg.Cost, cfg.MaxCost = work.Of, work.Max
	if b, ok := o.model.(engine.Busy); ok {
		cfg.Cores, cfg.Width = cores.Process(), b.Cores()
	}
	o.batcher = batch.New(cfg)
	o.learn()
	o.idle.start(o)
}

// Call runs one item: a tensor for each input, without the batch axis. It returns
// one for each output. Inputs must not be changed before it has returned, nor after
// it returned because ctx ended.
//
// The error of an item that the model cannot take is an [*Error] with status 422;
// when too many items wait, it is one with a status of 503.
func (r *Runner) Call(ctx context.Context, inputs []tensor.Tensor) ([]tensor.Tensor, error) {
	o := r.open.Load()
	if o == nil {
		return nil, &Error{Runner: r.cfg.Name, Status: statusUnavailable, Err: errNotOpen}
	}
	if err := o.check(inputs); err != nil {
		return nil, err
	}
	a, err := o.batcher.Do(ctx, inputs)
	if err == nil {
		err = a.err
	}
	if err != nil {
		return nil, o.failure(ctx, err)
	}
	return a.out, nil
}

// Queued is the number of items that wait for an instance.
func (r *Runner) Queued() int {
	if o := r.open.Load(); o != nil {
		return o.batcher.Queued()
	}
	return 0
}

// Close takes no more items, waits for those that are there, and frees the
// model. When ctx ends first, they are stopped, and what cannot be freed while
// it is in use stays until the process ends. Close without Open, and a second
// Close, do nothing.
func (r *Runner) Close(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.open.Swap(nil)
	if o == nil {
		return nil
	}
	return o.close(ctx)
}

func (o *opened) close(ctx context.Context) error {
	o.idle.stop()
	o.trust.proving.Wait()
	o.metrics.Close()
	if err := o.batcher.Close(ctx); err != nil {
		return err
	}
	return o.free(ctx)
}

// free gives the memory back. Nothing may run.
func (o *opened) free(ctx context.Context) error {
	var errs []error
	for _, in := range o.instances {
		errs = append(errs, in.engine.Close(ctx))
	}
	return errors.Join(append(errs, o.model.Close(ctx))...)
}

func (r *Runner) life() Life {
	return Life{Name: r.cfg.Name, Engine: r.cfg.Engine, Open: r.Open, Close: r.Close, Once: r.cfg.Once, State: r.State, Shrink: r.Shrink, Model: r.cfg.Model, Ailing: r.Ailing}
}
