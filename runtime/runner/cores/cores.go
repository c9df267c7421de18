// Package cores shares the processor cores of a process between what runs on them.
//
// Each runner of a model may have as many instances as there are cores, so that one
// that works alone uses all of them. Were all runners to run at once, runs would only
// take each other's time and push each other's data out of the caches. So a run
// begins when there are cores for it, and the items of the others go on gathering:
// their batches are the larger for it.
//
// Nothing ticks: who finds no core is called when it has one. Cores go to those that
// asked first.
package cores

import (
	"runtime"
	"sync"
	"time"
)

// Budget is a number of cores. It is made by [New].
type Budget struct {
	mu      sync.Mutex
	total   int
	used    int // by runs, and kept for shares that were called
	waiting []*Share

	runs   int
	since  time.Time     // when runs was last another number
	area   time.Duration // the sum of how long all runs took until then
	events uint
	count  func() int // nil: total does not change
}

// New makes a budget of n cores, at least one.
func New(n int) *Budget { return &Budget{total: max(n, 1)} }

var process = sync.OnceValue(func() *Budget {
	b := New(runtime.GOMAXPROCS(0))
	b.count = func() int { return runtime.GOMAXPROCS(0) }
	return b
})

// Process is the budget of this process: as many cores as Go uses, which follows the
// limit of the container.
func Process() *Budget { return process() }

// Share is the part of one that takes cores. A nil share takes them without a limit.
type Share struct {
	b      *Budget
	width  int // cores of a run
	called func()

	queued bool // in b.waiting
	kept   int  // runs for which cores are kept
}

// Join makes a share whose runs take width cores each. Called is called, by any
// goroutine and with nothing locked, when Take said no before and there are cores now:
// they are kept until the next Take, or until Decline.
func (b *Budget) Join(width int, called func()) *Share {
	return &Share{b: b, width: max(width, 1), called: called}
}

// Run is one run that has its cores.
type Run struct {
	begin time.Time
	area  time.Duration
}

// Take begins a run. False says that there are no cores for it: called will be called.
func (s *Share) Take(now time.Time) (Run, bool) {
	if s == nil {
		return Run{}, true
	}
	b := s.b
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case s.kept > 0:
		s.kept--
	case b.fits(s) && len(b.waiting) == 0:
		b.used += s.width
	default:
		if !s.queued {
			s.queued = true
			b.waiting = append(b.waiting, s)
		}
		return Run{}, false
	}
	b.turn(now)
	b.runs++
	return Run{begin: now, area: b.area}, true
}

// Give ends a run. It returns how many other runs there were beside it, on average.
func (s *Share) Give(r Run, now time.Time) (beside float64) {
	if s == nil {
		return 0
	}
	s.b.mu.Lock()
	s.b.turn(now)
	if took := now.Sub(r.begin); took > 0 {
		beside = max(float64(s.b.area-r.area)/float64(took)-1, 0)
	}
	s.b.runs--
	s.b.free(s.width)
	s.b.unlock()
	return beside
}

// Decline gives back what is kept for a share that has nothing to run, and what it
// waits for.
func (s *Share) Decline() {
	if s == nil {
		return
	}
	s.b.mu.Lock()
	if !s.queued && s.kept == 0 {
		s.b.mu.Unlock()
		return
	}
	if s.queued {
		s.queued = false
		for i, w := range s.b.waiting {
			if w == s {
				s.b.waiting = append(s.b.waiting[:i], s.b.waiting[i+1:]...)
				break
			}
		}
	}
	kept := s.kept
	s.kept = 0
	s.b.free(kept * s.width)
	s.b.mu.Unlock()
	go s.b.pass() // whoever declines may hold a lock of its own
}

// pass calls those for whom there are cores now.
func (b *Budget) pass() {
	b.mu.Lock()
	b.unlock()
}

// fits says whether there are cores for a run. One that is wider than the machine
// runs alone.
func (b *Budget) fits(s *Share) bool { return b.used == 0 || b.used+s.width <= b.total }

// turn adds up how long runs took. A clock that goes back adds nothing.
func (b *Budget) turn(now time.Time) {
	if d := now.Sub(b.since); d > 0 {
		if !b.since.IsZero() {
			b.area += time.Duration(b.runs) * d
		}
		b.since = now
	}
}

// free gives cores back, and looks now and then how many there are.
func (b *Budget) free(n int) {
	b.used -= n
	if b.events++; b.count != nil && b.events%256 == 0 {
		b.total = max(b.count(), 1)
	}
}

// unlock calls those for whom there are cores now, without the lock.
func (b *Budget) unlock() {
	for len(b.waiting) > 0 && b.fits(b.waiting[0]) {
		s := b.waiting[0]
		b.waiting = b.waiting[1:]
		s.queued = false
		s.kept++
		b.used += s.width
		b.mu.Unlock()
		s.called()
		b.mu.Lock()
	}
	b.mu.Unlock()
}
