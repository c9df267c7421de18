package graph

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"
)

// Map calls f once for each item and returns the results in the items' order;
// of no items an empty list, never nil. Several calls run at the same time, at
// most [MapLimit] of them, so that the runners that they call can put items
// together into batches while a long list does not hold the whole server.
//
// The first error, wrapped in an [ItemError] that bears name, cancels the other
// calls and is returned when they have ended. Items that had not begun are left.
func Map[T, R any](ctx context.Context, name string, items []T, f func(ctx context.Context, i int, item T) (R, error)) ([]R, error) {
	return MapAtMost(ctx, MapLimit(), name, items, f)
}

// MapAtMost is [Map] with at most limit calls at the same time.
func MapAtMost[T, R any](ctx context.Context, limit int, name string, items []T, f func(ctx context.Context, i int, item T) (R, error)) ([]R, error) {
	results := make([]R, len(items))
	switch len(items) {
	case 0:
		return results, nil
	case 1:
		res, err := callItem(ctx, 0, items[0], f)
		if err != nil {
			return nil, &ItemError{Map: name, Index: 0, Err: err}
		}
		results[0] = res
		return results, nil
	}
	m := mapping[T, R]{name: name, items: items, results: results, f: f}
	m.ctx, m.cancel = context.WithCancelCause(ctx)
	defer m.end()

	// The caller's goroutine is one of the workers.
	for range min(len(items), limit) - 1 {
		m.wg.Go(func() { untilReturn(m.work, m.fail) })
	}
	untilReturn(m.work, m.fail)
	m.wg.Wait()
	if m.err != nil {
		return nil, m.err
	}
	return results, nil
}

// MapLimit is how many items of one [Map] run at the same time: four for each
// CPU that Go uses, and at least sixteen. It is more than the CPUs because a
// call that waits in a runner's queue uses none, and a batch fills only from
// calls that wait.
func MapLimit() int { return max(16, 4*runtime.GOMAXPROCS(0)) }

// mapping is one run of Map.
type mapping[T, R any] struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	name    string
	items   []T
	results []R
	f       func(context.Context, int, T) (R, error)

	taken atomic.Int64 // items that a worker took
	wg    conc.WaitGroup
	first sync.Mutex // guards err
	err   error
}

// end waits for what still runs, which is something only where a call ended the
// caller's goroutine.
func (m *mapping[T, R]) end() {
	m.wg.Wait()
	m.cancel(nil)
}

// work takes items until none are left or the run is cancelled.
func (m *mapping[T, R]) work() {
	for {
		i := int(m.taken.Add(1)) - 1
		if i >= len(m.items) {
			return
		}
		res, err := callItem(m.ctx, i, m.items[i], m.f)
		if err != nil {
			m.fail(&ItemError{Map: m.name, Index: i, Err: err})
			return
		}
		m.results[i] = res
	}
}

// fail keeps the first error and cancels the other items with it.
func (m *mapping[T, R]) fail(err error) {
	m.first.Lock()
	if m.err == nil {
		m.err = err
	}
	m.first.Unlock()
	m.cancel(err)
}

func callItem[T, R any](ctx context.Context, i int, item T, f func(context.Context, int, T) (R, error)) (res R, err error) {
	if ctx.Err() != nil {
		return res, context.Cause(ctx)
	}
	defer func() {
		if v := recover(); v != nil {
			err = NewPanicError(v)
		}
	}()
	return f(ctx, i, item)
}
