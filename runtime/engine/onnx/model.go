//go:build linux && (amd64 || arm64)

package onnx

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"bentoc.dev/runtime/batch"
	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/engine/onnx/ort"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/tensor"
)

// Model is a runner that runs an ONNX model. It is made by [New].
type Model struct {
	cfg Config

	mu     sync.Mutex // guards opening and closing
	loaded atomic.Pointer[loaded]
}

var _ engine.Engine = (*Model)(nil)

// loaded is an opened model.
type loaded struct {
	cfg       Config
	session   *ort.Session
	inputs    []port
	outputs   []port
	instances []*instance
	batcher   *batch.Batcher[[]tensor.Tensor, []tensor.Tensor]
	idle      idle
	// guess is whether outputs of a fixed shape are written to memory that is
	// there before the run; a model whose file says the wrong shape ends it.
	guess atomic.Bool
}

// New makes a runner. Nothing happens before Open.
func New(cfg Config) *Model { return &Model{cfg: cfg} }

// errNotOpen is the error of Infer before Open and after Close.
var errNotOpen = errors.New("the model is not open")

// Open loads the library and the model and checks the model against Config. The
// error names the runner, the file and what the library says. Batches and what is
// dropped are counted in the metrics of ctx.
func (m *Model) Open(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.loaded.Load() != nil {
		return fmt.Errorf("runner %s is open already", m.cfg.Name)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("runner %s: %w", m.cfg.Name, context.Cause(ctx))
	}
	l, err := load(m.cfg)
	if err != nil {
		return fmt.Errorf("runner %s: %w", m.cfg.Name, err)
	}
	l.start(metrics.From(ctx).Runner(metrics.ServiceOf(ctx), l.cfg.Name, l.cfg.MaxBatch, m.Queued))
	m.loaded.Store(l)
	return nil
}

func load(cfg Config) (*loaded, error) {
	cfg, err := cfg.normal()
	if err != nil {
		return nil, err
	}
	library, err := ort.Open(cfg.Library)
	if err != nil {
		return nil, err
	}
	session, err := library.Load(cfg.ModelPath, ort.Options{Threads: cfg.Threads, Config: cfg.SessionOptions})
	if err != nil {
		return nil, fmt.Errorf("loading model %s: %w", cfg.ModelPath, err)
	}
	l := &loaded{cfg: cfg, session: session}
	if err := l.prepare(); err != nil {
		l.free()
		return nil, fmt.Errorf("model %s: %w", cfg.ModelPath, err)
	}
	return l, nil
}

// prepare matches the model with Config and makes the instances.
func (l *loaded) prepare() error {
	var err error
	if l.inputs, l.outputs, err = match(l.cfg, l.session); err != nil {
		return err
	}
	if !batchable(l.inputs) || !batchable(l.outputs) {
		l.cfg.MaxBatch = 1
	}
	for range l.cfg.Instances {
		in, err := newInstance(l)
		if err != nil {
			return err
		}
		l.instances = append(l.instances, in)
	}
	l.guess.Store(true)
	return nil
}

// start makes the model ready for items, which are counted by m.
func (l *loaded) start(m *metrics.Runner) {
	cfg := batch.Config[[]tensor.Tensor, []tensor.Tensor]{
		Name: l.cfg.Name, MaxSize: l.cfg.MaxBatch, MaxQueue: l.cfg.MaxQueue, Instances: l.cfg.Instances,
		Run:     l.run,
		Dropped: m.Drop,
		Observe: func(size int, wait, run time.Duration) {
			m.Batch(size, wait, run)
			if l.cfg.Observe != nil {
				l.cfg.Observe(size, wait, run)
			}
		},
	}
	if l.cfg.MaxBatch > 1 {
		cfg.Key = shapeKey
	}
	l.batcher = batch.New(cfg)
	l.idle.start(l)
}

// Infer runs one item: a tensor for each input, without the batch axis. It
// returns one for each output. Inputs must not be changed before it has
// returned, nor after it returned because ctx ended.
//
// The error of an item that the model cannot take is an [*Error] with status
// 422; when too many items wait, it is one with a status of 503.
func (m *Model) Infer(ctx context.Context, inputs []tensor.Tensor) ([]tensor.Tensor, error) {
	l := m.loaded.Load()
	if l == nil {
		return nil, &Error{Runner: m.cfg.Name, Status: statusUnavailable, Err: errNotOpen}
	}
	if err := l.check(inputs); err != nil {
		return nil, err
	}
	out, err := l.batcher.Do(ctx, inputs)
	if err != nil {
		return nil, l.failure(ctx, err)
	}
	return out, nil
}

// InferAll runs the items of one request, which are gathered into batches with
// those of others, and returns their outputs in order.
func (m *Model) InferAll(ctx context.Context, items [][]tensor.Tensor) ([][]tensor.Tensor, error) {
	l := m.loaded.Load()
	if l == nil {
		return nil, &Error{Runner: m.cfg.Name, Status: statusUnavailable, Err: errNotOpen}
	}
	for i, inputs := range items {
		if err := l.check(inputs); err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
	}
	out, err := l.batcher.DoAll(ctx, items)
	if err != nil {
		return nil, l.failure(ctx, err)
	}
	return out, nil
}

// Queued is the number of items that wait for an instance.
func (m *Model) Queued() int {
	if l := m.loaded.Load(); l != nil {
		return l.batcher.Queued()
	}
	return 0
}

// Metadata is what the model's maker wrote into the file, such as the characters
// of a text recogniser. It is nil before Open.
func (m *Model) Metadata() map[string]string {
	if l := m.loaded.Load(); l != nil {
		return l.session.Metadata()
	}
	return nil
}

// Close takes no more items, waits for those that are there, and frees the
// model. When ctx ends first, they are stopped, and what cannot be freed while
// it is in use stays until the process ends.
func (m *Model) Close(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.loaded.Swap(nil)
	if l == nil {
		return nil
	}
	l.idle.stop()
	if err := l.batcher.Close(ctx); err != nil {
		return err
	}
	l.free()
	return nil
}

// free gives the memory back. Nothing may run.
func (l *loaded) free() {
	for _, in := range l.instances {
		in.close()
	}
	l.session.Close()
}
