package cores

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCoresGoToWhoAskedFirst(t *testing.T) {
	t.Parallel()
	var called []string
	b := New(2)
	share := func(name string, width int) *Share { return b.Join(width, func() { called = append(called, name) }) }
	one, wide, late := share("one", 1), share("wide", 8), share("late", 1)
	now := time.Now()
	r, ok := one.Take(now)
	if !ok {
		t.Fatal("the first finds no core")
	}
	if _, ok := wide.Take(now); ok {
		t.Error("a wide run begins beside another")
	}
	if _, ok := late.Take(now); ok {
		t.Error("one that came later overtakes it")
	}
	one.Give(r, now.Add(time.Second))
	if len(called) != 1 || called[0] != "wide" {
		t.Errorf("called: %v", called)
	}
	r, ok = wide.Take(now)
	if !ok {
		t.Error("what was kept for it is gone")
	}
	wide.Give(r, now)
	if len(called) != 2 || called[1] != "late" {
		t.Errorf("called: %v", called)
	}
	late.Decline()
	if r, ok = one.Take(now); !ok {
		t.Error("what was declined is gone")
	}
	one.Give(r, now)
	if b.used != 0 || b.runs != 0 {
		t.Errorf("%d cores are used by %d runs", b.used, b.runs)
	}
}

func TestWhatWaitsMayLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(1)
		var called atomic.Int64
		first := b.Join(1, func() {})
		gone, next := b.Join(1, func() { t.Error("one that left is called") }), b.Join(1, func() { called.Add(1) })
		r, _ := first.Take(time.Now())
		gone.Take(time.Now())
		next.Take(time.Now())
		gone.Decline()
		first.Give(r, time.Now())
		synctest.Wait()
		if called.Load() != 1 {
			t.Errorf("the next is called %d times", called.Load())
		}
	})
}

func TestOtherRunsAreCounted(t *testing.T) {
	t.Parallel()
	b := New(4)
	s, now := b.Join(1, nil), time.Now()
	long, _ := s.Take(now)
	short, _ := s.Take(now.Add(2 * time.Second))
	if got := s.Give(short, now.Add(3*time.Second)); got != 1 {
		t.Errorf("beside the short run: %g", got)
	}
	if got := s.Give(long, now.Add(4*time.Second)); got != 0.25 {
		t.Errorf("beside the long run: %g", got)
	}
	back, _ := s.Take(now)
	if got := s.Give(back, now.Add(-time.Hour)); got != 0 {
		t.Errorf("a clock that goes back gives %g", got)
	}
	var none *Share
	if r, ok := none.Take(now); !ok || none.Give(r, now) != 0 {
		t.Error("without a budget there is a limit")
	}
	none.Decline()
}

// TestNoCoreIsLost has many shares take, wait, decline and give.
func TestNoCoreIsLost(t *testing.T) {
	t.Parallel()
	const n = 3
	b := New(n)
	var running atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			width := 1 + i%2
			r := rand.New(rand.NewPCG(uint64(i), 1))
			ready := make(chan struct{}, 1)
			s := b.Join(width, func() { ready <- struct{}{} })
			for range 2000 {
				run, ok := s.Take(time.Now())
				if !ok {
					<-ready
					if r.IntN(4) == 0 {
						s.Decline()
						continue
					}
					if run, ok = s.Take(time.Now()); !ok {
						t.Error("what was kept is gone")
						return
					}
				}
				if got := running.Add(int64(width)); got > n {
					t.Errorf("%d cores are used", got)
				}
				running.Add(-int64(width))
				s.Give(run, time.Now())
			}
		})
	}
	wg.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.runs != 0 || len(b.waiting) != 0 {
		t.Errorf("%d runs, %d wait", b.runs, len(b.waiting))
	}
}
