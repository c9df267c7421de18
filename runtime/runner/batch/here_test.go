package batch

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/runner/cores"
)

// goroutine names the one that calls.
func goroutine() string {
	buf := make([]byte, 64)
	buf = buf[:runtime.Stack(buf, false)]
	return string(bytes.Fields(buf)[1])
}

// ran tells who ran what.
type ran struct {
	took time.Duration
	mu   sync.Mutex
	by   map[int]string // goroutines by items
	with map[int]int    // how many items ran together
	at   map[int]time.Time
}

func (r *ran) run(ctx context.Context, _ int, items, out []int) error {
	r.mu.Lock()
	if r.by == nil {
		r.by, r.with, r.at = map[int]string{}, map[int]int{}, map[int]time.Time{}
	}
	for _, v := range items {
		r.by[v], r.with[v], r.at[v] = goroutine(), len(items), time.Now()
	}
	r.mu.Unlock()
	select {
	case <-time.After(r.took):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for i, v := range items {
		out[i] = -v
	}
	return nil
}

// calls has items run one after the other and tells which of them the caller ran.
func (r *ran) calls(t *testing.T, b *Batcher[int, int], items ...int) (mine []bool) {
	t.Helper()
	for _, v := range items {
		if got, err := b.Do(t.Context(), v); err != nil || got != -v {
			t.Errorf("answer %d, %v to %d", got, err, v)
		}
		mine = append(mine, r.by[v] == goroutine())
		synctest.Wait() // a worker that ran it is idle
		time.Sleep(apart)
	}
	return mine
}

// Who brings items one by one runs them, where runs are short.
func TestALoneCallerRunsItsItem(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		took time.Duration
		want []bool
	}{
		{100 * time.Microsecond, []bool{false, false, false, false, true, true, true}},
		{short, []bool{false, false, false, false, true, true, true}},
		{short + 1, make([]bool, 7)},
		{time.Hour, make([]bool, 7)},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := ran{took: tc.took}
			b := New(Config[int, int]{MaxSize: 8, Instances: 2, Run: r.run})
			if mine := r.calls(t, b, 1, 2, 3, 4, 5, 6, 7); !slices.Equal(mine, tc.want) {
				t.Errorf("runs of %v: the caller ran %v, want %v", tc.took, mine, tc.want)
			}
			closed(t, b)
		})
	}
}

// Where the next item comes as soon as one is answered there may be more, whom a worker
// would find together.
func TestCallersOnEachOthersHeels(t *testing.T) {
	t.Parallel()
	for _, pause := range []time.Duration{0, apart - 1} {
		synctest.Test(t, func(t *testing.T) {
			r := ran{took: time.Microsecond}
			b := New(Config[int, int]{MaxSize: 8, Run: r.run})
			r.calls(t, b, 1, 2, 3, 4, 5)
			for v := 6; v < 20; v++ {
				if got, err := b.Do(t.Context(), v); err != nil || got != -v {
					t.Errorf("answer %d, %v to %d", got, err, v)
				}
				if v > 6 && r.by[v] == goroutine() {
					t.Errorf("after a pause of %v the caller ran item %d", pause, v)
				}
				synctest.Wait()
				time.Sleep(pause)
			}
			closed(t, b)
		})
	}
}

// A run that turned out long is followed by many that callers are not held by.
func TestALongRunIsRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := ran{took: short}
		b := New(Config[int, int]{Run: r.run})
		r.calls(t, b, 1, 2, 3, 4, 5)
		r.took = time.Second
		r.calls(t, b, 6)
		r.took = short / 2
		if mine := r.calls(t, b, 7, 8, 9, 10, 11, 12, 13); slices.Contains(mine, true) {
			t.Errorf("the caller ran %v right after a run of a second", mine)
		}
		closed(t, b)
	})
}

// What comes while a caller runs its own item is not left to that caller, waits no longer
// than with a worker, and makes batches as before.
func TestWhatComesBesideACaller(t *testing.T) {
	t.Parallel()
	for _, instances := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			r := ran{took: short}
			b := New(Config[int, int]{MaxSize: 8, Instances: instances, Run: r.run})
			r.calls(t, b, 1, 2, 3, 4, 5)
			begin := time.Now()
			var ended time.Duration
			var caller string
			first := doing(t.Context(), b, 6)
			first = func(wait func() (int, error)) func() (int, error) {
				return func() (int, error) { v, err := wait(); ended = time.Since(begin); return v, err }
			}(first)
			time.Sleep(short / 2)
			second, third := doing(t.Context(), b, 7), doing(t.Context(), b, 8)
			expect(t, first, -6)
			expect(t, second, -7)
			expect(t, third, -8)
			if ended != short {
				t.Errorf("%d instances: the first caller waited %v", instances, ended)
			}
			caller = r.by[6]
			if r.by[7] == caller || r.by[8] == caller {
				t.Errorf("%d instances: a caller ran the items of others", instances)
			}
			want := short // when the one instance is free
			if instances == 2 {
				want = short / 2
			}
			if at := r.at[7].Sub(begin); at != want {
				t.Errorf("%d instances: the second ran after %v, want %v", instances, at, want)
			}
			if instances == 1 && r.with[7] != 2 {
				t.Errorf("the others ran %d at a time", r.with[7])
			}
			time.Sleep(apart)
			if mine := r.calls(t, b, 9, 10, 11, 12, 13, 14); slices.Index(mine, true) != quiet-1 {
				t.Errorf("%d instances: the caller ran %v though others had come", instances, mine)
			}
			closed(t, b)
		})
	}
}

// Closing waits for a caller that runs its item, and all goroutines end.
func TestCloseBesideACaller(t *testing.T) {
	t.Parallel()
	for _, instances := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			r := ran{took: short}
			b := New(Config[int, int]{Instances: instances, Run: r.run})
			r.calls(t, b, 1, 2, 3, 4, 5)
			wait := doing(t.Context(), b, 6)
			begin := time.Now()
			closed(t, b)
			if took := time.Since(begin); took != short {
				t.Errorf("closed after %v", took)
			}
			expect(t, wait, -6)
		})
	}
}

// Closing that may not wait ends the run of a caller too.
func TestForcedCloseBesideACaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := ran{took: short}
		b := New(Config[int, int]{Run: r.run})
		r.calls(t, b, 1, 2, 3, 4, 5)
		r.took = time.Hour
		wait := doing(t.Context(), b, 6)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Close(ctx); err == nil {
			t.Error("it was not said that an item was in work")
		}
		if _, err := wait(); err != ErrClosed {
			t.Errorf("the caller got %v", err)
		}
	})
}

// Who finds no core does not run, and is not forgotten.
func TestACallerWithoutACore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := ran{took: short}
		budget := cores.New(1)
		b := New(Config[int, int]{Run: r.run, Cores: budget, Width: 1})
		r.calls(t, b, 1, 2, 3, 4, 5)
		other := budget.Join(1, func() {})
		run, ok := other.Take(time.Now())
		if !ok {
			t.Fatal("no core")
		}
		begin := time.Now()
		wait := doing(t.Context(), b, 6)
		time.Sleep(time.Second)
		other.Give(run, time.Now())
		expect(t, wait, -6)
		if took := time.Since(begin); took != time.Second+short {
			t.Errorf("answered after %v", took)
		}
		closed(t, b)
	})
}

// The end of a caller's context is noticed before its run and after, and answers still
// belong to who asked.
func TestACallerThatEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := ran{took: short}
		b := New(Config[int, int]{Run: r.run})
		r.calls(t, b, 1, 2, 3, 4, 5)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := b.Do(over, 6); err != context.Canceled || r.with[6] != 0 {
			t.Errorf("%v; it ran %d times", err, r.with[6])
		}
		during, stop := context.WithTimeout(t.Context(), short/2)
		defer stop()
		if got, err := b.Do(during, 7); err == nil && got != -7 {
			t.Errorf("answer %d", got)
		}
		r.calls(t, b, 8, 9)
		closed(t, b)
	})
}

// A panic in a run on the caller's goroutine is the error of its item, and the instance
// goes on.
func TestACallerWhoseRunPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := ran{took: short}
		b := New(Config[int, int]{Run: func(ctx context.Context, n int, items, out []int) error {
			err := r.run(ctx, n, items, out)
			if items[0] == 6 {
				panic(fmt.Sprint("no ", items[0]))
			}
			return err
		}})
		r.calls(t, b, 1, 2, 3, 4, 5)
		if _, err := b.Do(t.Context(), 6); err == nil || r.by[6] != goroutine() {
			t.Errorf("%v", err)
		}
		r.calls(t, b, 7, 8)
		closed(t, b)
	})
}
