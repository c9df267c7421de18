// Package mirror has a second runner see a share of what a node of a graph gives to its
// own, and compares what the two make of it.
//
// Nobody waits for the second one: it begins when the node's own runner has answered, under
// a context of its own, on copies. What the request has, and gives back to be used again
// when it is answered, is never seen by it; nor does anything that it does reach the
// request. It is the first thing to be left out: where too many run, where the node has
// more to do than the server has CPUs for, and while the server stops.
package mirror

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/value"
)

// Config says what is mirrored.
type Config struct {
	Graph, Node string        // of the node, as in metrics
	Runner      string        // the second one
	Share       float64       // of the node's runs that went well, above 0 and up to 1
	Tolerance   float64       // by how much numbers may differ, see [Compare]
	Timeout     time.Duration // of one run of the second runner, 0: none
	MaxInFlight int           // runs that are compared at the same time, copies and all
}

// Mirror mirrors one node whose runner takes an I and gives an O.
type Mirror[I, O any] struct {
	cfg  Config
	call func(context.Context, I) (O, error)

	node   atomic.Int64 // runs of the node in flight
	places chan struct{}
	lines  line

	mu      sync.Mutex // guards what follows
	base    context.Context
	end     context.CancelCauseFunc
	closed  bool
	running sync.WaitGroup

	counts atomic.Pointer[counted]
}

type counted struct {
	observer graph.Observer
	graph.MirrorCounters
}

// ErrClosed is why the context of a mirrored run ended that was cut off.
var ErrClosed = errors.New("the server has no time for mirrored runs any more")

// New makes a mirror that calls call, the second runner, with what the first one takes.
func New[I, O any](cfg Config, call func(context.Context, I) (O, error)) *Mirror[I, O] {
	m := &Mirror[I, O]{cfg: cfg, call: call, places: make(chan struct{}, cfg.MaxInFlight)}
	m.base, m.end = context.WithCancelCause(context.Background())
	return m
}

// Life ends what runs before the runners are closed.
func (m *Mirror[I, O]) Life() runner.Life {
	return runner.Life{Name: m.cfg.Graph + "/" + m.cfg.Node + "/mirror", Engine: "mirror", Close: m.close}
}

// close cuts off what runs and waits for it, no longer than ctx lasts.
func (m *Mirror[I, O]) close(ctx context.Context) error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.end(ErrClosed)
	done := make(chan struct{})
	go func() { m.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Run runs the node's own runner, and the second one behind it where the run is one of the
// share. Its result is the first one's alone.
func (m *Mirror[I, O]) Run(ctx context.Context, own func(context.Context, I) (O, error), in I) (O, error) {
	load := m.node.Add(1)
	defer m.node.Add(-1)
	if m.cfg.Share < 1 && rand.Float64() >= m.cfg.Share {
		return own(ctx, in)
	}
	counts := m.countersFor(ctx)
	if load > int64(graph.MapLimit()) || !graph.Spare(ctx) || !m.take() {
		count(counts.Dropped)
		return own(ctx, in)
	}
	taken := true
	defer func() { // own may fail, panic or end the goroutine
		if taken {
			<-m.places
		}
	}()
	copied, copies := value.Copy(in) // before anybody else has it
	out, err := own(ctx, in)
	if err != nil {
		return out, err
	}
	want, ok := value.Copy(out)
	if !copies || !ok || !m.begin() {
		count(counts.Dropped)
		return out, nil
	}
	taken = false
	go m.compare(copied, want, counts, logging.Private(ctx))
	return out, nil
}

func (m *Mirror[I, O]) take() bool {
	select {
	case m.places <- struct{}{}:
		return true
	default:
		return false
	}
}

// begin counts a run in that close waits for; false where it is too late.
func (m *Mirror[I, O]) begin() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.running.Add(1)
	return true
}

// compare runs the second runner on in and compares what it gives with want. Both belong
// to this run alone.
func (m *Mirror[I, O]) compare(in I, want O, counts graph.MirrorCounters, private bool) {
	defer m.running.Done()
	defer func() { <-m.places }()
	ctx := m.base
	if private {
		own := logging.NewTrace("")
		own.Private = true
		ctx = &logging.Context{Context: ctx, Trace: &own}
	}
	if m.cfg.Timeout > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, m.cfg.Timeout, &graph.TimeoutError{Node: m.cfg.Node + "/mirror", After: m.cfg.Timeout})
		defer cancel()
		ctx = limited
	}
	returned := false
	var err error
	defer func() {
		if v := recover(); v != nil {
			err = graph.NewPanicError(v)
		} else if !returned {
			err = graph.NewGoexitError()
		}
		switch {
		case err == nil:
		case context.Cause(ctx) == ErrClosed:
			count(counts.Dropped)
		default:
			count(counts.Failed)
			m.tell("a mirrored run failed", slog.Any("err", logging.Said(ctx, err)))
		}
	}()
	got, err := m.call(ctx, in)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx) // too slow, though it did not heed that
	}
	if err == nil {
		differs := Compare(want, got, m.cfg.Tolerance)
		count(counts.Compared)
		if differs != "" {
			count(counts.Differing)
			m.tell("a mirrored run gave another answer", slog.String("at", differs))
		}
	}
	returned = true
}

func (m *Mirror[I, O]) tell(what string, more slog.Attr) {
	if quiet, ok := m.lines.next(time.Now()); ok {
		slog.LogAttrs(context.Background(), slog.LevelWarn, what, slog.String("graph", m.cfg.Graph), slog.String("node", m.cfg.Node),
			slog.String("runner", m.cfg.Runner), more, slog.Int64("not_logged", quiet))
	}
}

// linePause is the least time between two lines of one mirror.
const linePause = 10 * time.Second

// line bounds how often something is logged.
type line struct {
	mu    sync.Mutex
	after time.Time // of the next one
	quiet int64     // how many were left out since the last one
}

func (l *line) next(now time.Time) (quiet int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.after) {
		l.quiet++
		return 0, false
	}
	quiet, l.quiet, l.after = l.quiet, 0, now.Add(linePause)
	return quiet, true
}

func (m *Mirror[I, O]) countersFor(ctx context.Context) graph.MirrorCounters {
	o := graph.ObserverOf(ctx)
	if o == nil {
		return graph.MirrorCounters{}
	}
	if c := m.counts.Load(); c != nil && c.observer == o {
		return c.MirrorCounters
	}
	c := &counted{observer: o}
	if is, ok := o.(graph.MirrorObserver); ok {
		c.MirrorCounters = is.Mirror(m.cfg.Graph, m.cfg.Node, m.cfg.Runner)
	}
	m.counts.Store(c)
	return c.MirrorCounters
}

func count(c graph.Counter) {
	if c != nil {
		c.Inc()
	}
}
