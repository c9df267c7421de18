package admit_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit"
)

func TestLimiterNeverLetsMoreIn(t *testing.T) {
	t.Parallel()
	l := admit.NewLimiter(3)
	var in, refused atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 500 {
				if !l.TryAcquire() {
					refused.Add(1)
					continue
				}
				if n := in.Add(1); n > 3 {
					t.Errorf("%d are in", n)
				}
				in.Add(-1)
				l.Release(0)
			}
		})
	}
	wg.Wait()
	if l.InFlight() != 0 {
		t.Errorf("%d places are still taken", l.InFlight())
	}
	for range 3 {
		if !l.TryAcquire() {
			t.Fatal("a free place was refused")
		}
	}
	if l.TryAcquire() {
		t.Error("a fourth was let in")
	}
}

func TestNoLimit(t *testing.T) {
	t.Parallel()
	l := admit.NewLimiter(0)
	for range 1000 {
		if !l.TryAcquire() {
			t.Fatal("refused")
		}
	}
}

func TestGateWaitsForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admit.NewGate()
		if g.Enter() {
			t.Error("a gate that was not opened yet let one in")
		}
		g.Open()
		for i := range 10 {
			if !g.Enter() {
				t.Fatal("an open gate refused")
			}
			time.AfterFunc(time.Duration(i+1)*time.Second, g.Leave)
		}
		g.Close()
		g.Open()
		if g.Enter() {
			t.Error("a closed gate let one in")
		}
		start := time.Now()
		if err := g.Wait(t.Context()); err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("waited %v: %v", time.Since(start), err)
		}
		if g.Inside() != 0 {
			t.Errorf("%d are inside", g.Inside())
		}
	})
}

func TestGateWaitIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admit.NewGate()
		g.Open()
		g.Enter()
		g.Close()
		late := errors.New("drain time is over")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, late)
		defer cancel()
		if err := g.Wait(ctx); !errors.Is(err, late) {
			t.Errorf("error is %v", err)
		}
	})
}

// Who is turned away is told when a place may be free, by how long places were taken.
func TestRetryAfterFollowsTheWork(t *testing.T) {
	for _, tc := range []struct {
		places int
		work   time.Duration
		want   time.Duration
	}{
		{1, 0, time.Second}, {1, time.Millisecond, time.Second}, {1, 30 * time.Second, 30 * time.Second},
		{10, 30 * time.Second, 3 * time.Second}, {1, time.Hour, time.Minute}, {2, -time.Hour, time.Second},
	} {
		l := admit.NewLimiter(tc.places)
		for range 100 {
			if !l.TryAcquire() {
				t.Fatal("no place")
			}
			l.Release(tc.work)
		}
		for range 100 { // of an endpoint that has a maximum of its own, and is full
			l.TryAcquire()
			l.Release(0)
		}
		if got := l.RetryAfter().Round(time.Millisecond); got != tc.want {
			t.Errorf("%d places, taken for %v: try again in %v, want %v", tc.places, tc.work, got, tc.want)
		}
	}
	if got := admit.NewLimiter(0).RetryAfter(); got != time.Second {
		t.Errorf("without a limit: %v", got)
	}
}
