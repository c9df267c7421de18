package adaptive_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bentoc.dev/runtime/runner/adaptive"
	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/runner/cores"
)

var (
	errPoison = errors.New("poison")
	errDead   = errors.New("the instance is dead")
)

// TestNoAnswerIsLostOrCrossed has many requests of three runners that share cores, some
// of which are given up or late, some with items that fail alone, some that meet an
// instance that fails or panics whatever it is given. Each gets its own answers, or an
// error that it may have, once.
func TestNoAnswerIsLostOrCrossed(t *testing.T) {
	t.Parallel()
	const workers = 24
	shared := cores.New(2)
	var answered, failed, given, ran atomic.Int64
	var batchers []*batch.Batcher[int, int]
	for i := range 3 {
		var deaths [3]int // of an instance: runs that fail yet
		batchers = append(batchers, batch.New(batch.Config[int, int]{
			MaxSize: 16, MaxQueue: 1 << 20, Instances: len(deaths), Cores: shared, Width: 1 + i%2,
			Scheduler: adaptive.Config{LatencyTarget: time.Duration(i) * 50 * time.Millisecond}.New(),
			Key:       func(v int) uint64 { return uint64(v % 3) },
			Cost:      func(v int) float64 { return float64(1 + v%3) },
			MaxCost:   24,
			Run: func(_ context.Context, at int, items, out []int) error {
				if ran.Add(1)%1999 == 0 {
					deaths[at] = 5
				}
				if deaths[at] > 0 {
					if deaths[at]--; deaths[at]%2 == 0 {
						panic("dead")
					}
					return errDead
				}
				for k, v := range items {
					if v%3 != items[0]%3 {
						t.Errorf("a batch of several keys: %v", items)
					}
					if v%211 == 0 {
						return errPoison
					}
					out[k] = -v
				}
				return nil
			}}))
	}
	var wg sync.WaitGroup
	for g := range workers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 9))
			for range requests / workers {
				items := make([]int, 1+r.IntN(3)*r.IntN(14))
				for i := range items {
					items[i] = 1 + r.IntN(1<<20)
				}
				ctx, cancel := context.WithCancel(t.Context())
				switch r.IntN(8) {
				case 0:
					go cancel()
				case 1:
					ctx, cancel = context.WithTimeout(t.Context(), time.Duration(r.IntN(300))*time.Microsecond)
				}
				out, err := batchers[r.IntN(len(batchers))].DoAll(ctx, items)
				poison := slices.ContainsFunc(items, func(v int) bool { return v%211 == 0 })
				switch {
				case err == nil:
					answered.Add(1)
					if poison || len(out) != len(items) {
						t.Errorf("%v gives %v", items, out)
					}
					for i := range out {
						if out[i] != -items[i] {
							t.Errorf("item %d of %v gets %d", i, items, out[i])
						}
					}
				case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
					if given.Add(1); ctx.Err() == nil {
						t.Errorf("%v is given up by another: %v", items, err)
					}
				case errors.Is(err, errPoison) && poison:
					failed.Add(1)
				case errors.Is(err, errDead), err.Error() == "panic: dead", len(items) > 1 && errors.Unwrap(err) != nil && errors.Unwrap(err).Error() == "panic: dead":
					failed.Add(1)
				default:
					t.Errorf("%v: %v", items, err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	for _, b := range batchers {
		if n := b.Queued(); n != 0 {
			t.Errorf("%d items are left", n)
		}
		if err := b.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n := answered.Load() + failed.Load() + given.Load(); n != requests/workers*workers || answered.Load() < n/2 {
		t.Errorf("%d answered, %d failed, %d given up, of %d", answered.Load(), failed.Load(), given.Load(), requests)
	}
}
