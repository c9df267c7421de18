package batch

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestItemsWhoseContextEndsLeaveTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		b := New(Config[int, int]{MaxSize: 8, Run: f.run})
		first := doing(t.Context(), b, 1)
		away := errors.New("the client went away")
		ctx, cancel := context.WithCancelCause(t.Context())
		timed, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer stop()
		gone, late, stays := doing(ctx, b, 2), doing(timed, b, 3), doing(t.Context(), b, 4)
		cancel(away)
		start := time.Now()
		if _, err := gone(); !errors.Is(err, away) || time.Since(start) != 0 {
			t.Errorf("the cancelled item gives %v after %v", err, time.Since(start))
		}
		if _, err := late(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the late item gives %v", err)
		}
		if n := b.Queued(); n != 1 {
			t.Errorf("%d items wait, want 1", n)
		}
		expect(t, first, -1)
		expect(t, stays, -4)
		if want := [][]int{{1}, {4}}; fmt.Sprint(f.batches) != fmt.Sprint(want) {
			t.Errorf("batches %v, want %v", f.batches, want)
		}
		if _, err := b.Do(ctx, 5); !errors.Is(err, away) {
			t.Errorf("an item that comes cancelled gives %v", err)
		}
		closed(t, b)
	})
}

func TestARunThatNobodyWaitsForIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		b := New(Config[int, int]{MaxSize: 8, Run: f.run})
		first := doing(t.Context(), b, 1)
		ctx2, cancel2 := context.WithCancelCause(t.Context())
		ctx3, cancel3 := context.WithCancelCause(t.Context())
		two, three := doing(ctx2, b, 2), doing(ctx3, b, 3)
		expect(t, first, -1)
		synctest.Wait() // 2 and 3 run
		cancel2(errors.New("two went away"))
		if _, err := two(); err == nil || err.Error() != "two went away" {
			t.Error(err)
		}
		if len(f.causes) != 0 {
			t.Errorf("a run was cancelled that an item waits for: %v", f.causes)
		}
		cancel3(errors.New("three went away"))
		if _, err := three(); err == nil || err.Error() != "three went away" {
			t.Error(err)
		}
		synctest.Wait()
		if len(f.causes) != 1 || f.causes[0].Error() != "three went away" {
			t.Errorf("causes %v", f.causes)
		}
		expect(t, doing(t.Context(), b, 4), -4) // the instance works on
		closed(t, b)
	})
}

func TestAnItemGivenUpIsNotRunAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := fake{poison: map[int]error{2: errors.New("bad")}}
		b := New(Config[int, int]{MaxSize: 8, Run: f.run})
		first := doing(t.Context(), b, 1)
		running, stopRunning := context.WithCancel(t.Context())
		holding, stopHolding := context.WithCancel(t.Context())
		doing(t.Context(), b, 2)
		three, four, five := doing(running, b, 3), doing(holding, b, 4), doing(t.Context(), b, 5)
		expect(t, first, -1)
		synctest.Wait() // the batch of four runs
		stopRunning()
		three()
		time.Sleep(time.Second)
		synctest.Wait() // 2 runs alone, 4 and 5 are held
		stopHolding()
		four()
		expect(t, five, -5)
		if want := [][]int{{1}, {2, 3, 4, 5}, {2}, {5}}; fmt.Sprint(f.batches) != fmt.Sprint(want) {
			t.Errorf("batches %v, want %v", f.batches, want)
		}
		closed(t, b)
	})
}
