package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/graph"
)

// fake runs batches of ints, each taking a second, and answers an int with its
// negative.
type fake struct {
	mu      sync.Mutex
	batches [][]int // in the order in which they began
	active  int
	most    int // batches that ran at a time
	poison  map[int]error
	causes  []error // of runs that were cancelled
}

func (f *fake) run(ctx context.Context, _ int, items, out []int) error {
	f.mu.Lock()
	f.batches = append(f.batches, slices.Clone(items))
	f.active++
	f.most = max(f.most, f.active)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.active--
		f.mu.Unlock()
	}()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		f.mu.Lock()
		f.causes = append(f.causes, context.Cause(ctx))
		f.mu.Unlock()
		return context.Cause(ctx)
	}
	for i, v := range items {
		if err := f.poison[v]; err != nil {
			return err
		}
		out[i] = -v
	}
	return nil
}

// doing starts Do for an item and returns a function that waits for its result.
func doing(ctx context.Context, b *Batcher[int, int], item int) func() (int, error) {
	var out int
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		out, err = b.Do(ctx, item)
	}()
	synctest.Wait() // it is in the queue or runs
	return func() (int, error) { <-done; return out, err }
}

func expect(t *testing.T, wait func() (int, error), want int) {
	t.Helper()
	if got, err := wait(); err != nil || got != want {
		t.Errorf("answer %d (%v), want %d", got, err, want)
	}
}

func closed(t *testing.T, b *Batcher[int, int]) {
	t.Helper()
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestALoneItemRunsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		b := New(Config[int, int]{MaxSize: 8, Run: f.run})
		start := time.Now()
		for i := range 3 {
			if got, err := b.Do(t.Context(), i); err != nil || got != -i {
				t.Errorf("answer %d, %v", got, err)
			}
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("three lone runs of a second took %v", took)
		}
		closed(t, b)
	})
}

func TestItemsThatComeWhileAllInstancesAreBusyAreGathered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		var sizes []int
		var waits []time.Duration
		b := New(Config[int, int]{MaxSize: 3, Run: f.run, Observe: func(n int, wait, run time.Duration) {
			sizes, waits = append(sizes, n), append(waits, wait)
			if run != time.Second {
				t.Errorf("a run took %v", run)
			}
		}})
		var waitFor []func() (int, error)
		for i := range 6 {
			waitFor = append(waitFor, doing(t.Context(), b, i))
		}
		for i, w := range waitFor {
			expect(t, w, -i)
		}
		if want := [][]int{{0}, {1, 2, 3}, {4, 5}}; fmt.Sprint(f.batches) != fmt.Sprint(want) {
			t.Errorf("batches %v, want %v", f.batches, want)
		}
		closed(t, b)
		if !slices.Equal(sizes, []int{1, 3, 2}) || !slices.Equal(waits, []time.Duration{0, time.Second, 2 * time.Second}) {
			t.Errorf("sizes %v, waits %v", sizes, waits)
		}
	})
}

func TestAsManyBatchesRunAsThereAreInstances(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		b := New(Config[int, int]{MaxSize: 2, Instances: 3, Run: f.run})
		start := time.Now()
		out, err := b.DoAll(t.Context(), []int{1, 2, 3, 4, 5, 6, 7})
		if err != nil || !slices.Equal(out, []int{-1, -2, -3, -4, -5, -6, -7}) {
			t.Errorf("answers %v, %v", out, err)
		}
		if took := time.Since(start); took != 2*time.Second || f.most != 3 {
			t.Errorf("4 batches took %v, %d at a time", took, f.most)
		}
		closed(t, b)
	})
}

func TestItemsOfDifferentKeysAreNotMixed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		b := New(Config[int, int]{MaxSize: 8, Run: f.run, Key: func(i int) uint64 { return uint64(i / 10) }})
		first := doing(t.Context(), b, 99)
		out, err := b.DoAll(t.Context(), []int{11, 21, 12, 22, 13})
		if err != nil || !slices.Equal(out, []int{-11, -21, -12, -22, -13}) {
			t.Errorf("answers %v, %v", out, err)
		}
		expect(t, first, -99)
		if want := [][]int{{99}, {11, 12, 13}, {21, 22}}; fmt.Sprint(f.batches) != fmt.Sprint(want) {
			t.Errorf("batches %v, want %v", f.batches, want)
		}
		closed(t, b)
	})
}

func TestDifferentKeysUseIdleInstancesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		b := New(Config[int, int]{MaxSize: 8, Instances: 3, Run: f.run, Key: func(i int) uint64 { return uint64(i) }})
		start := time.Now()
		if _, err := b.DoAll(t.Context(), []int{1, 2, 3}); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("three batches on three instances took %v", took)
		}
		closed(t, b)
	})
}

func TestOnlyThePoisonItemFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("bad item")
		f := fake{poison: map[int]error{3: bad}}
		b := New(Config[int, int]{MaxSize: 8, Run: f.run})
		first := doing(t.Context(), b, 1)
		good, poison, other := doing(t.Context(), b, 2), doing(t.Context(), b, 3), doing(t.Context(), b, 4)
		expect(t, first, -1)
		expect(t, good, -2)
		expect(t, other, -4)
		if _, err := poison(); !errors.Is(err, bad) {
			t.Errorf("the poison item gives %v", err)
		}
		if want := [][]int{{1}, {2, 3, 4}, {2}, {3}, {4}}; fmt.Sprint(f.batches) != fmt.Sprint(want) {
			t.Errorf("batches %v, want %v", f.batches, want)
		}
		if _, err := b.DoAll(t.Context(), []int{7, 3, 8}); !errors.Is(err, bad) || err.Error() != "item 1: bad item" {
			t.Errorf("DoAll gives %v", err)
		}
		closed(t, b)
	})
}

func TestAPanicIsTheErrorOfItsItemAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(Config[int, int]{MaxSize: 4, Run: func(_ context.Context, _ int, items, out []int) error {
			time.Sleep(time.Second)
			for i := range items {
				out[i] = 10 / items[i]
			}
			return nil
		}})
		first, zero, two := doing(t.Context(), b, 1), doing(t.Context(), b, 0), doing(t.Context(), b, 2)
		expect(t, first, 10)
		expect(t, two, 5)
		var p *graph.PanicError
		if _, err := zero(); !errors.As(err, &p) || len(p.Stack) == 0 || p.Error() != "panic: runtime error: integer divide by zero" {
			t.Errorf("the item that panics gives %v", err)
		}
		closed(t, b)
	})
}

func TestAFullQueueRefusesWithAStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		b := New(Config[int, int]{Name: "rec", MaxSize: 1, MaxQueue: 2, Run: f.run})
		if _, err := b.Do(t.Context(), 0); err != nil { // something to learn from
			t.Error(err)
		}
		waits := []func() (int, error){doing(t.Context(), b, 1), doing(t.Context(), b, 2), doing(t.Context(), b, 3)}
		_, err := b.Do(t.Context(), 4)
		var full *FullError
		if !errors.As(err, &full) || full.StatusCode() != 503 || full.RetryAfter() != time.Second ||
			err.Error() != "runner rec is overloaded: 2 items are waiting" {
			t.Errorf("a full queue gives %v", err)
		}
		if _, err := b.DoAll(t.Context(), []int{5, 6}); !errors.As(err, &full) {
			t.Errorf("a full queue gives %v", err)
		}
		for i, w := range waits {
			expect(t, w, -i-1)
		}
		// A request of more items than may wait is taken when it waits alone.
		if out, err := b.DoAll(t.Context(), []int{1, 2, 3, 4}); err != nil || len(out) != 4 {
			t.Errorf("a large request gives %v, %v", out, err)
		}
		closed(t, b)
	})
}

func TestCloseDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		b := New(Config[int, int]{MaxSize: 1, Run: f.run})
		first, second := doing(t.Context(), b, 1), doing(t.Context(), b, 2)
		start := time.Now()
		closed(t, b)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("draining two runs took %v", took)
		}
		expect(t, first, -1)
		expect(t, second, -2)
		if _, err := b.Do(t.Context(), 3); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		closed(t, b) // again
	})
}

func TestCloseThatMayNotWaitCancels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		b := New(Config[int, int]{Name: "rec", MaxSize: 1, Run: f.run})
		first, second := doing(t.Context(), b, 1), doing(t.Context(), b, 2)
		ctx, cancel := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, errors.New("no time left"))
		defer cancel()
		if err := b.Close(ctx); err == nil || err.Error() != "closing rec while 2 items were in work: no time left" {
			t.Errorf("Close gives %v", err)
		}
		for _, w := range []func() (int, error){first, second} {
			if _, err := w(); !errors.Is(err, ErrClosed) {
				t.Errorf("an item gives %v", err)
			}
		}
		closed(t, b)
	})
}
