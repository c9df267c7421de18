package admit_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit"
)

// process is one whose use of memory a test sets.
type process struct {
	used    atomic.Int64 // in thousandths
	looked  atomic.Int64
	shrunk  atomic.Int64
	mu      sync.Mutex
	changes []admit.Grade
}

func (p *process) Used() float64 { p.looked.Add(1); return float64(p.used.Load()) / 1000 }
func (p *process) Shrink()       { p.shrunk.Add(1) }
func (p *process) Changed(from, to admit.Grade, _ float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changes = append(p.changes, to)
}

func watched(limit int64) (*process, *admit.Memory) {
	p, m := new(process), newMemory(limit)
	m.Watch(admit.NewPressure(p))
	return p, m
}

// come has a request come, and waits for what it makes the watch do.
func come(m *admit.Memory) error {
	err := m.Refused(time.Now())
	synctest.Wait()
	if err == nil {
		return nil
	}
	return err
}

// Each grade does what it is for and what those before it do, and is left when the process
// has used less for a while.
func TestGrades(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := watched(100 * mb)
		for _, tc := range []struct {
			used  int64
			grade admit.Grade
		}{{500, admit.Calm}, {899, admit.Calm}, {900, admit.PauseBodies}, {930, admit.RefuseLarge}, {960, admit.Shrink}, {1500, admit.RefuseAll}} {
			p.used.Store(tc.used)
			time.Sleep(200 * time.Millisecond)
			_ = come(m)
			if g := m.Pressure().Grade(); g != tc.grade {
				t.Fatalf("at %d: %v, want %v", tc.used, g, tc.grade)
			}
			s := m.Share(t.Context())
			err := s.Take(2 * mb)
			if refused := err != nil; refused != (tc.grade >= admit.RefuseLarge) {
				t.Errorf("at %v a large piece: %v", tc.grade, err)
			}
			if err := s.Could(2 * mb); (err != nil) != (tc.grade >= admit.RefuseLarge) {
				t.Errorf("at %v a large body: %v", tc.grade, err)
			}
			if err := s.Take(100); err != nil {
				t.Errorf("at %v a small piece: %v", tc.grade, err)
			}
			begin := time.Now()
			err = s.Pause()
			if paused := time.Since(begin) == admit.Patience && err != nil; paused != (tc.grade >= admit.PauseBodies) {
				t.Errorf("at %v a body waited for %v: %v", tc.grade, time.Since(begin), err)
			}
			if err := s.Pause(); (err != nil) != (tc.grade >= admit.PauseBodies) || time.Since(begin) > admit.Patience {
				t.Errorf("at %v a body waited again, for %v in all: %v", tc.grade, time.Since(begin), err)
			}
			if (p.shrunk.Load() > 0) != (tc.grade >= admit.Shrink) {
				t.Errorf("at %v engines were asked %d times", tc.grade, p.shrunk.Load())
			}
			if err := come(m); (err != nil) != (tc.grade >= admit.RefuseAll) {
				t.Errorf("at %v a request: %v", tc.grade, err)
			}
			s.Release()
		}
		for g := admit.PauseBodies; g < admit.Grades; g++ {
			if m.Pressure().Did(g) == 0 {
				t.Errorf("%v was not counted", g)
			}
		}
		p.used.Store(849) // nobody comes: the watch looks by itself
		time.Sleep(900 * time.Millisecond)
		if g := m.Pressure().Grade(); g != admit.RefuseAll {
			t.Errorf("%v before the process has used less for long enough", g)
		}
		time.Sleep(300 * time.Millisecond)
		if g := m.Pressure().Grade(); g != admit.Calm {
			t.Errorf("%v after it has", g)
		}
		looked := p.looked.Load()
		time.Sleep(time.Hour)
		if n := p.looked.Load() - looked; n > 1 {
			t.Errorf("a calm process where nobody comes was looked at %d times in an hour", n)
		}
	})
}

// Bodies that are paused go on as soon as there is memory, all of them.
func TestPausedBodiesGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := watched(100 * mb)
		p.used.Store(910)
		_ = come(m)
		var wg sync.WaitGroup
		begin := time.Now()
		for range 100 {
			wg.Go(func() {
				s := m.Share(t.Context())
				if err := s.Pause(); err != nil || time.Since(begin) > 3*time.Second {
					t.Errorf("after %v: %v", time.Since(begin), err)
				}
			})
		}
		gone, leave := context.WithCancel(t.Context())
		wg.Go(func() {
			s := m.Share(gone)
			var e *admit.MemoryError
			if err := s.Pause(); !errors.As(err, &e) || e.StatusCode() != 503 || time.Since(begin) != time.Second {
				t.Errorf("a client that left waited for %v: %v", time.Since(begin), err)
			}
		})
		time.Sleep(time.Second)
		leave()
		p.used.Store(800)
		wg.Wait()
		if m.InUse() != 0 {
			t.Errorf("%d bytes are held", m.InUse())
		}
	})
}

// Whatever the process uses, the grade does not flap: it goes down once a second at most.
func TestNoFlapping(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			p, m := watched(100 * mb)
			down, last, was := 0, time.Time{}, admit.Calm
			level := 800.0
			for range 5000 {
				time.Sleep(50 * time.Millisecond)
				level = min(max(level+r.NormFloat64()*20, 700), 1050)
				p.used.Store(int64(level))
				_ = come(m)
				is := m.Pressure().Grade()
				if is < was {
					if down++; time.Since(last) < time.Second && !last.IsZero() {
						t.Fatalf("seed %d: %v after %v, %v after the last", seed, is, was, time.Since(last))
					}
				}
				if is != was {
					last, was = time.Now(), is
				}
			}
			if down == 0 {
				t.Errorf("seed %d: the grade never went down", seed)
			}
		})
	}
	// Around a bound it stays.
	synctest.Test(t, func(t *testing.T) {
		p, m := watched(100 * mb)
		for i := range 1000 {
			p.used.Store(int64(895 + 10*(i%2)))
			_ = come(m)
			time.Sleep(150 * time.Millisecond)
		}
		if len(p.changes) != 1 {
			t.Errorf("the grade changed %d times", len(p.changes))
		}
	})
}

// Requests look at most ten times a second together, whatever comes, and not at all where
// nothing is limited.
func TestLooksSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, used := range []int64{100, 950} {
			p, m := watched(100 * mb)
			p.used.Store(used)
			for range 10_000 {
				time.Sleep(time.Millisecond)
				_ = come(m)
			}
			if n := p.looked.Load(); n < 90 || n > 101 {
				t.Errorf("at %d: %d looks in ten seconds", used, n)
			}
		}
		p, m := watched(100 * mb)
		m.SetLimit(0)
		_ = come(m)
		if p.looked.Load() != 0 {
			t.Error("a process without a limit was looked at")
		}
	})
}
