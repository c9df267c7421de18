package batch

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestDroppedItemsAreTold: every item without an answer is told of once, with why.
func TestDroppedItemsAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type drop struct {
			items int
			why   string
		}
		var f fake
		var drops []drop
		b := New(Config[int, int]{Name: "rec", MaxSize: 2, MaxQueue: 3, Run: f.run, Dropped: func(n int, cause error) {
			drops = append(drops, drop{n, cause.Error()})
		}})
		first := doing(t.Context(), b, 1)
		away := errors.New("the client went away")
		ctx, cancel := context.WithCancelCause(t.Context())
		gone, stays := doing(ctx, b, 2), doing(t.Context(), b, 3)
		cancel(away)
		if _, err := gone(); !errors.Is(err, away) {
			t.Errorf("the cancelled item gives %v", err)
		}
		if _, err := b.DoAll(t.Context(), []int{4, 5, 6}); err == nil {
			t.Error("a queue of 3 took 4 items")
		}
		expect(t, first, -1)
		expect(t, stays, -3)

		poison := errors.New("bad item")
		f.poison = map[int]error{7: poison} // an answer, if a bad one
		if _, err := b.Do(t.Context(), 7); !errors.Is(err, poison) {
			t.Errorf("the poison item gives %v", err)
		}

		running, waiting := doing(t.Context(), b, 8), doing(t.Context(), b, 9)
		end, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer stop()
		if err := b.Close(end); err == nil {
			t.Error("Close that may not wait gives no error")
		}
		for _, w := range []func() (int, error){running, waiting} {
			if _, err := w(); !errors.Is(err, ErrClosed) {
				t.Errorf("an item gives %v", err)
			}
		}
		if _, err := b.Do(t.Context(), 10); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		const closing = "the runner is shutting down"
		want := []drop{{1, "the client went away"}, {3, "runner rec is overloaded: 1 items are waiting"}, {1, closing}, {1, closing}, {1, closing}}
		if !slices.Equal(drops, want) {
			t.Errorf("dropped %v, want %v", drops, want)
		}
		closed(t, b)
	})
}
