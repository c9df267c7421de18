package batch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestABatchThatFailsIsHalved(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	for _, c := range []struct {
		poison []int
		want   [][]int // runs after that of the batch
	}{
		{[]int{7}, [][]int{{1, 2, 3, 4}, {5, 6}, {7}, {8}}},
		{[]int{1}, [][]int{{1, 2, 3, 4}, {1, 2}, {1}, {2}, {3, 4}, {5, 6, 7, 8}}},
		{[]int{8}, [][]int{{1, 2, 3, 4}, {5, 6}, {7}, {8}}},
		{[]int{2, 3}, [][]int{{1, 2, 3, 4}, {1, 2}, {1}, {2}, {3, 4}, {3}, {4}, {5, 6, 7, 8}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := fake{poison: map[int]error{}}
			for _, p := range c.poison {
				f.poison[p] = bad
			}
			b := New(Config[int, int]{MaxSize: 8, Run: f.run})
			doing(t.Context(), b, 100)
			var waits []func() (int, error)
			for i := 1; i <= 8; i++ {
				waits = append(waits, doing(t.Context(), b, i))
			}
			for i, w := range waits {
				if got, err := w(); slices.Contains(c.poison, i+1) != errors.Is(err, bad) || err == nil && got != -i-1 {
					t.Errorf("poison %v: item %d gets %d, %v", c.poison, i+1, got, err)
				}
			}
			if got := f.batches[2:]; fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("poison %v: runs %v, want %v", c.poison, got, c.want)
			}
			closed(t, b)
		})
	}
}

// TestHalvesOfAnySize fails any items of batches of any size, and gives up some while
// the parts run.
func TestHalvesOfAnySize(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	r := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		n, share := 2+r.IntN(30), r.Float64()
		synctest.Test(t, func(t *testing.T) {
			f := fake{poison: map[int]error{}}
			for i := 1; i <= n; i++ {
				if r.Float64() < share {
					f.poison[i] = bad
				}
			}
			b := New(Config[int, int]{MaxSize: 64, Run: f.run})
			doing(t.Context(), b, 100)
			var waits []func() (int, error)
			gone := map[int]bool{}
			for i := 1; i <= n; i++ {
				ctx := t.Context()
				if r.IntN(5) == 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Duration(1+r.IntN(9))*time.Second+time.Second/2)
					defer cancel()
					gone[i] = true
				}
				waits = append(waits, doing(ctx, b, i))
			}
			for i, w := range waits {
				got, err := w()
				switch {
				case gone[i+1] && errors.Is(err, context.DeadlineExceeded):
				case f.poison[i+1] != nil && errors.Is(err, bad):
				case err != nil || f.poison[i+1] != nil || got != -i-1:
					t.Errorf("item %d gets %d, %v", i+1, got, err)
				}
			}
			closed(t, b)
		})
	}
}
