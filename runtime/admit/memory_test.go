package admit_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit"
)

const mb = 1 << 20

func newMemory(limit int64) *admit.Memory {
	m := admit.NewMemory(nil, nil)
	m.SetLimit(limit)
	all := m.Share(context.Background()) // so much is known to go well
	if err := all.Take(limit); err != nil {
		panic(err)
	}
	all.Release()
	return m
}

func take(t *testing.T, s *admit.Share, n int64) {
	t.Helper()
	if err := s.Take(n); err != nil {
		t.Fatalf("taking %d: %v", n, err)
	}
}

func refusedFor(t *testing.T, s *admit.Share, n int64, status int) {
	t.Helper()
	var e *admit.MemoryError
	if err := s.Take(n); !errors.As(err, &e) || e.StatusCode() != status || (e.RetryAfter() > 0) != (status == 503) {
		t.Fatalf("taking %d: %v; want status %d", n, err, status)
	}
}

func TestMemoryIsTakenAndGivenBack(t *testing.T) {
	t.Parallel()
	m := newMemory(10 * mb)
	a, b := m.Share(context.Background()), m.Share(context.Background())
	take(t, &a, 6*mb)
	take(t, &b, 100) // all that is small comes out of one piece
	take(t, &b, 1000)
	if m.InUse() != 6*mb+16<<10 {
		t.Errorf("%d bytes are in use", m.InUse())
	}
	a.Give(5 * mb)
	take(t, &b, 8*mb)
	refusedFor(t, &a, 11*mb, 413)
	refusedFor(t, &a, 10*mb, 413) // with what it holds
	a.Release()
	b.Release()
	b.Release()
	if m.InUse() != 0 || a.Held() != 0 {
		t.Errorf("%d bytes are in use at the end", m.InUse())
	}
}

func TestMemoryNamesItsLimit(t *testing.T) {
	t.Parallel()
	m := newMemory(5 * mb)
	s := m.Share(context.Background())
	err := s.Take(9 * mb)
	if err == nil || !strings.Contains(err.Error(), "9437184") || !strings.Contains(err.Error(), "5242880") {
		t.Errorf("error is %v", err)
	}
}

func TestNoMemoryLimit(t *testing.T) {
	t.Parallel()
	m := admit.NewMemory(func() int64 { t.Error("measured"); return 0 }, func() { t.Error("collected") })
	s := m.Share(context.Background())
	take(t, &s, 1<<40)
	s.Release()
	var none admit.Share
	take(t, &none, 1<<40)
	none.Give(1 << 40)
	none.Release()
	if m.InUse() != 0 || none.Held() != 0 {
		t.Error("something is in use")
	}
}

// A small piece is refused at once, a large one waits, first come, first served.
func TestMemoryIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10 * mb)
		holder := m.Share(context.Background())
		take(t, &holder, 10*mb)
		small := m.Share(context.Background())
		refusedFor(t, &small, 10, 503)

		var mu sync.Mutex
		var order []int64 // guarded by mu
		var wg sync.WaitGroup
		for i := range int64(3) {
			wg.Go(func() {
				time.Sleep(time.Duration(i+1) * time.Millisecond)
				s := m.Share(context.Background())
				defer s.Release()
				take(t, &s, (3-i)*2*mb) // the first is the largest and is not overtaken
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				time.Sleep(time.Second)
			})
		}
		time.Sleep(time.Second)
		holder.Give(4 * mb)
		synctest.Wait()
		if len(order) != 0 {
			t.Errorf("%v went ahead", order)
		}
		holder.Release()
		wg.Wait()
		if order[0] != 0 || len(order) != 3 || m.InUse() != 0 {
			t.Errorf("order %v, %d bytes in use", order, m.InUse())
		}
	})
}

func TestMemoryIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10 * mb)
		holder := m.Share(context.Background())
		take(t, &holder, 10*mb)
		start := time.Now()
		s := m.Share(context.Background())
		refusedFor(t, &s, 2*mb, 503)
		if d := time.Since(start); d != admit.Patience {
			t.Errorf("waited %v", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s.Heed(ctx)
		start = time.Now()
		refusedFor(t, &s, 2*mb, 503)
		if d := time.Since(start); d != time.Second {
			t.Errorf("waited %v", d)
		}
		holder.Release()
		s.Heed(t.Context())
		take(t, &s, 10*mb)
	})
}

// Two that each hold half and want the rest must not wait for each other.
func TestMemoryHoldersDoNotDeadlock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10 * mb)
		a, b := m.Share(context.Background()), m.Share(context.Background())
		take(t, &a, 5*mb)
		take(t, &b, 4*mb)
		got := make(chan error)
		start := time.Now()
		go func() { got <- a.Take(4 * mb) }()
		synctest.Wait()
		refusedFor(t, &b, 4*mb, 503)
		b.Release()
		if err := <-got; err != nil || time.Since(start) != 0 {
			t.Errorf("the one that may wait got %v after %v", err, time.Since(start))
		}
	})
}

// What was given back in large pieces counts until the collector has run.
func TestGarbageCountsUntilItIsCollected(t *testing.T) {
	t.Parallel()
	collected := 0
	m := admit.NewMemory(nil, func() { collected++ })
	m.SetLimit(11 * mb)
	other := m.Share(context.Background()) // while there is one, nobody tidies up
	take(t, &other, mb)
	for range 2 {
		s := m.Share(context.Background())
		take(t, &s, 4*mb)
		s.Release()
	}
	if collected != 0 {
		t.Errorf("collected %d times without need", collected)
	}
	s := m.Share(context.Background())
	take(t, &s, 4*mb)
	if collected != 1 {
		t.Errorf("collected %d times", collected)
	}
	refusedFor(t, &s, 8*mb, 413)
	take(t, &s, 6*mb)
	if collected != 1 {
		t.Errorf("collected %d times", collected)
	}
}

// When nobody holds anything large, what was given back is collected without delay.
func TestGarbageIsCollectedAtRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var collected atomic.Int64
		m := admit.NewMemory(nil, func() { collected.Add(1) })
		m.SetLimit(10 * mb)
		for n, want := range []int64{0, 1, 1, 2} { // after every second of two megabytes
			s := m.Share(t.Context())
			take(t, &s, 2*mb)
			s.Release()
			synctest.Wait()
			if collected.Load() != want {
				t.Errorf("after %d: collected %d times, want %d", n+1, collected.Load(), want)
			}
		}
	})
}

// Of large pieces one is given out before any other, then more and more.
func TestMemoryBeginsSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := admit.NewMemory(nil, nil)
		m.SetLimit(100 * mb)
		var now, most atomic.Int64
		round := func() int64 {
			most.Store(0)
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					s := m.Share(t.Context())
					defer s.Release()
					take(t, &s, 5*mb/2) // its body
					take(t, &s, 30*mb)
					most.Store(max(most.Load(), now.Add(1)))
					time.Sleep(time.Second)
					now.Add(-1)
				})
			}
			time.Sleep(time.Second / 2)
			first := now.Load()
			wg.Wait()
			return first
		}
		if n := round(); n != 1 || most.Load() < 2 {
			t.Errorf("%d at first, then %d", n, most.Load())
		}
		if n := round(); n != 3-1 && n != 3 || m.InUse() != 0 {
			t.Errorf("%d at first in the second round", n)
		}
	})
}

// The process may need more than at the beginning: then requests may take less.
func TestMemoryFollowsTheProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := int64(3 * mb)
		m := admit.NewMemory(func() int64 { return left }, nil)
		m.SetLimit(10 * mb)
		s := m.Share(context.Background())
		refusedFor(t, &s, 5*mb, 503) // it would have fitted once
		if err := s.Take(5 * mb); err == nil || err.Error() != "the server itself holds the memory that the request takes" {
			t.Errorf("nobody else holds memory, and the request got %v", err)
		}
		other := m.Share(context.Background())
		take(t, &other, mb)
		if err := s.Take(5 * mb); err == nil || !strings.HasPrefix(err.Error(), "other requests") {
			t.Errorf("another one holds memory, and the request got %v", err)
		}
		other.Release()
		left = 20 * mb
		take(t, &s, 10*mb)
		refusedFor(t, &s, mb, 413)
	})
}

// Whatever requests do and however they end, never more is in use than may be, and
// at the end nothing is.
func TestMemoryNeverLeaks(t *testing.T) {
	t.Parallel()
	const limit = 64 * mb
	m := admit.NewMemory(func() int64 { return limit }, runtime.Gosched)
	m.SetLimit(limit)
	var got, refused atomic.Int64
	request := func(r *rand.Rand) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(20))*time.Millisecond)
		defer cancel()
		s := m.Share(ctx)
		defer s.Release()
		for range r.IntN(6) {
			n := []int64{int64(r.IntN(5000)), int64(r.IntN(4 * mb)), int64(r.IntN(80 * mb))}[r.IntN(3)]
			switch r.IntN(8) {
			case 0:
				s.Give(n)
			case 1:
				panic("a step panics")
			case 2:
				if r.IntN(4) == 0 {
					runtime.Goexit()
				}
			default:
				before := s.Held()
				if err := s.Take(n); err != nil {
					refused.Add(1)
					if s.Held() != before {
						t.Errorf("a request that was refused holds %d, not %d", s.Held(), before)
					}
					return
				}
				got.Add(1)
			}
			if use := m.InUse(); use > limit || use < s.Held() {
				t.Errorf("%d bytes are in use, %d by one request", use, s.Held())
			}
		}
	}
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for range 60 {
				var one sync.WaitGroup
				one.Go(func() {
					defer func() { _ = recover() }() //nolint:errcheck // the panic is ours
					request(r)
				})
				one.Wait()
			}
		})
	}
	wg.Wait()
	if m.InUse() != 0 || got.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d bytes are in use after %d pieces and %d refusals", m.InUse(), got.Load(), refused.Load())
	}
	s := m.Share(context.Background())
	take(t, &s, limit)
}

// Requests that hold parts and wait for more do not wait for each other: where nobody else
// holds any, the first goes on, and the others after it.
func TestThoseWhoWaitAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := admit.NewMemory(nil, nil)
		m.SetLimit(80 << 20)
		start := time.Now()
		var all sync.WaitGroup
		for _, first := range []int64{8, 8, 4} {
			s := m.Share(t.Context())
			if err := s.Take(first << 20); err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				defer s.Release()
				time.Sleep(time.Second) // till all have their first part
				if err := s.Take(4 << 20); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(start); took != time.Second || m.InUse() != 0 {
			t.Errorf("it took %v, %d bytes are in use", took, m.InUse())
		}
	})
}
