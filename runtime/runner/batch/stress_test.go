package batch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// TestAnswersNeverCross runs many requests with failures and cancellations and
// compares every answer with its item.
func TestAnswersNeverCross(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	b := New(Config[int, int]{MaxSize: 7, Instances: 3, MaxQueue: 1 << 20,
		Key: func(i int) uint64 { return uint64(i % 3) },
		Run: func(ctx context.Context, _ int, items, out []int) error {
			for i, v := range items {
				if v%3 != items[0]%3 {
					return fmt.Errorf("keys mixed: %v", items)
				}
				if v%97 == 0 {
					return bad
				}
				out[i] = -v
			}
			return nil
		}})
	var wg sync.WaitGroup
	var answered atomic.Int64
	for g := range 16 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for range 300 {
				ctx, cancel := context.WithCancel(t.Context())
				if r.IntN(4) == 0 {
					go cancel()
				}
				items := make([]int, 1+r.IntN(12))
				for i := range items {
					items[i] = 1 + r.IntN(1<<20)
				}
				checkAnswers(ctx, t, b, items, bad, &answered)
				cancel()
			}
		})
	}
	wg.Wait()
	closed(t, b)
	if answered.Load() < 1000 {
		t.Errorf("only %d items were answered", answered.Load())
	}
}

func checkAnswers(ctx context.Context, t *testing.T, b *Batcher[int, int], items []int, bad error, answered *atomic.Int64) {
	out, err := b.DoAll(ctx, items)
	poison := slices.ContainsFunc(items, func(v int) bool { return v%97 == 0 })
	switch {
	case errors.Is(err, bad) && poison, errors.Is(err, context.Canceled):
	case err != nil || poison:
		t.Errorf("items %v give %v", items, err)
	default:
		for i, v := range items {
			if out[i] != -v {
				t.Errorf("item %d of %v got %d", i, items, out[i])
			}
		}
		answered.Add(int64(len(items)))
	}
}

func BenchmarkDo(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			x := New(Config[int, int]{MaxSize: 32, Instances: 2, Run: func(_ context.Context, _ int, items, out []int) error {
				copy(out, items)
				return nil
			}})
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			b.ReportAllocs()
			var wg sync.WaitGroup
			for i := range callers {
				wg.Go(func() {
					for range b.N / callers {
						if _, err := x.Do(ctx, i); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			if err := x.Close(b.Context()); err != nil {
				b.Error(err)
			}
		})
	}
}
