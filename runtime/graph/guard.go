package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/spec"
)

// Guard says what is done about a node that fails, or takes too long.
//
// A failure is an error of the server's own: one with a status of 500 or more, 429, one
// without a status, a panic, and that the time of an attempt is over. What is wrong with
// the request (statuses from 400 on) and the end of the request are none: they are what
// the node ends in, at once.
type Guard struct {
	Graph, Node, Kind string // as in metrics

	// Timeout is how long one attempt may take; 0: as long as the request.
	Timeout time.Duration
	// MaxAttempts is how often the node is run, the first time included; 0 means 1. A
	// panic is not tried again.
	MaxAttempts int
	// InitialBackoff is the pause before the second attempt; each further one is twice as
	// long, at most [maxBackoff]. Pauses are shortened by up to a half, at random, and are
	// never shorter than what an error asks for that says when to come back.
	InitialBackoff time.Duration
	// Fallback gives the node's result where the last attempt failed; nil: none does. It
	// has what is left of the request's time.
	Fallback func(ctx context.Context, in any, out []any) (any, error)
}

const maxBackoff = 10 * time.Second

// GuardObserver is an [Observer] that counts what guards do.
type GuardObserver interface {
	// Guard gives the counters of one node. It is called once for each.
	Guard(graph, node, kind string) GuardCounters
}

// GuardCounters count what the guard of a node does.
type GuardCounters struct {
	Timeouts  Counter // attempts whose time was over
	Retries   Counter // attempts after the first
	Fallbacks Counter // results that the fallback gave, or failed to give
}

// Counter is counted up, from many goroutines at once.
type Counter interface{ Inc() }

// TimeoutError says that the time of a node's attempt was over.
type TimeoutError struct {
	Node  string
	After time.Duration
}

// Error names the node and the time.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("node %s took longer than %v", e.Node, e.After)
}

// StatusCode is 504.
func (e *TimeoutError) StatusCode() int { return http.StatusGatewayTimeout }

// Guarded gives a node's Run that runs it under a guard.
//
// It stays structured as all else here: an attempt has ended when the next one begins. A
// step that does not heed its context is waited for, and what it gives in the end without
// an error is taken: it is what was asked for.
func Guarded(g Guard, run func(ctx context.Context, in any, out []any) (any, error)) func(ctx context.Context, in any, out []any) (any, error) {
	n := &guarded{Guard: g, run: run, over: &TimeoutError{g.Node, g.Timeout}}
	return n.do
}

type guarded struct {
	Guard
	run  func(ctx context.Context, in any, out []any) (any, error)
	over *TimeoutError

	mean   atomic.Int64 // nanoseconds that attempts took lately which went well; 0: none has
	counts atomic.Pointer[counted]
}

// counted holds what one observer gave.
type counted struct {
	observer Observer
	GuardCounters
}

func (n *guarded) do(ctx context.Context, in any, out []any) (any, error) {
	counts := n.countersFor(ctx)
	for attempt := 1; ; attempt++ {
		res, err := n.attempt(ctx, in, out)
		if err == nil {
			return res, nil
		}
		if err == error(n.over) {
			count(counts.Timeouts)
		}
		if ended(ctx) || !failure(err) {
			return nil, err
		}
		if pause, ok := n.again(ctx, attempt, err); ok {
			if !sleep(ctx, pause) {
				return nil, context.Cause(ctx)
			}
			count(counts.Retries)
			continue
		}
		if n.Fallback == nil {
			return nil, err
		}
		count(counts.Fallbacks)
		fallsBack(ctx)
		slog.LogAttrs(ctx, slog.LevelWarn, "a node failed, and its fallback answers",
			slog.String("graph", n.Graph), slog.String("node", n.Node), slog.Int("attempts", attempt), slog.Any("err", logging.Said(ctx, err)))
		return n.Fallback(ctx, in, out)
	}
}

// attempt runs the node once.
func (n *guarded) attempt(ctx context.Context, in any, out []any) (res any, err error) {
	defer func() {
		if v := recover(); v != nil {
			res, err = nil, NewPanicError(v)
		}
	}()
	if n.Timeout > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, n.Timeout, n.over)
		defer cancel()
		ctx = limited
	}
	start := time.Now()
	res, err = n.run(ctx, in, out)
	switch {
	case err == nil:
		n.took(time.Since(start))
	case n.Timeout > 0 && failure(err) && context.Cause(ctx) == error(n.over):
		err = n.over
	}
	return res, err
}

// took learns how long an attempt takes that goes well.
func (n *guarded) took(d time.Duration) {
	if n.MaxAttempts < 2 {
		return
	}
	if mean := n.mean.Load(); mean > 0 {
		d = time.Duration(mean + (int64(d)-mean)/8)
	}
	n.mean.Store(max(int64(d), 1))
}

// again tells whether the node is tried again after an attempt that failed, and after
// which pause: only where the request's time holds both, as far as that is known.
func (n *guarded) again(ctx context.Context, attempt int, err error) (pause time.Duration, ok bool) {
	if _, panicked := errors.AsType[*PanicError](err); panicked || attempt >= n.MaxAttempts {
		return 0, false
	}
	pause = min(n.InitialBackoff, maxBackoff)
	for range attempt - 1 {
		pause = min(2*pause, maxBackoff)
	}
	if pause > 1 {
		pause -= rand.N(pause / 2)
	}
	if r, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err); ok {
		pause = max(pause, r.RetryAfter())
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause+time.Duration(n.mean.Load()) {
		return 0, false
	}
	return pause, true
}

// ended reports whether ctx has ended, or is about to: its own timer and that of an attempt
// may be due at the same instant.
func ended(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// sleep waits, and reports whether it was not the context that ended it.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// failure tells whether an error is a failure, see [Guard].
func failure(err error) bool {
	s, ok := errors.AsType[spec.StatusError](err)
	if !ok {
		return true
	}
	status := s.StatusCode()
	return status < 400 || status > 499 || status == http.StatusTooManyRequests
}

// countersFor gives what counts under ctx.
func (n *guarded) countersFor(ctx context.Context) GuardCounters {
	o, ok := ctx.Value(observerKey{}).(Observer)
	if !ok {
		return GuardCounters{}
	}
	if c := n.counts.Load(); c != nil && c.observer == o {
		return c.GuardCounters
	}
	c := &counted{observer: o}
	if g, ok := o.(GuardObserver); ok {
		c.GuardCounters = g.Guard(n.Graph, n.Node, n.Kind)
	}
	n.counts.Store(c)
	return c.GuardCounters
}

func count(c Counter) {
	if c != nil {
		c.Inc()
	}
}
