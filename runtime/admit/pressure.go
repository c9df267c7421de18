package admit

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Grade is how short of memory a process is. At each grade happens what happens at those
// before it, too.
type Grade int32

// The grades.
const (
	Calm        Grade = iota
	PauseBodies       // no more is read of bodies that need a larger buffer
	RefuseLarge       // requests that take a large piece are refused
	Shrink            // engines give back what they keep for their next run
	RefuseAll         // no request begins
	Grades
)

// String gives the grade's name in metrics and logs.
func (g Grade) String() string {
	return [Grades]string{"calm", "pause_bodies", "refuse_large", "shrink", "refuse_all"}[g]
}

// begins is from which share of its memory on a process has a grade. The accounts of a
// [Memory] keep requests, as far as they can be known before, within nine tenths; what is
// beyond has come unforeseen.
var begins = [Grades]float64{Calm: 0, PauseBodies: 0.9, RefuseLarge: 0.925, Shrink: 0.95, RefuseAll: 0.975}

const (
	// ease is how much less than where it began a process must use before a grade ends,
	// and dwell how long: else what a grade does would end it and begin it again.
	ease  = 0.05
	dwell = time.Second
	// every is how often is looked at most, and shrinkEvery how often engines are asked.
	every       = 100 * time.Millisecond
	shrinkEvery = 2 * time.Second
)

// Watcher is what a [Pressure] asks and tells, one call at a time.
type Watcher interface {
	// Used is which share of its memory the process uses.
	Used() float64
	// Shrink has engines give memory back.
	Shrink()
	// Changed is told of another grade, and the share for which it is.
	Changed(from, to Grade, used float64)
}

// Pressure watches how short of memory a process is. It looks when requests come, at most
// ten times a second, and on its own only while it is not calm.
type Pressure struct {
	watcher Watcher
	base    time.Time
	next    atomic.Int64 // when to look again at the earliest, from base
	grade   atomic.Int32
	did     [Grades]atomic.Uint64

	mu     sync.Mutex  // guards what follows
	timer  *time.Timer // runs while it is not calm
	below  time.Time   // since when the grade could be lower; zero: it could not
	shrunk time.Time
	eased  chan struct{} // closed when bodies are read again; nil where they are
}

// NewPressure makes a watch of a process, which is calm.
func NewPressure(w Watcher) *Pressure { return &Pressure{watcher: w, base: time.Now()} }

// Grade is the present grade; that of a nil Pressure is [Calm].
func (p *Pressure) Grade() Grade {
	if p == nil {
		return Calm
	}
	return Grade(p.grade.Load())
}

// Did is how often something was done because of a grade: bodies paused, large requests
// refused, engines asked to shrink, requests refused.
func (p *Pressure) Did(g Grade) uint64 { return p.did[g].Load() }

// heed looks, on a goroutine of its own, unless that happened just before.
func (p *Pressure) heed(now time.Time) {
	at, next := int64(now.Sub(p.base)), p.next.Load()
	if at >= next && p.next.CompareAndSwap(next, at+int64(every)) {
		go p.look()
	}
}

// look measures, and does what is to be done.
func (p *Pressure) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	used, now := p.watcher.Used(), time.Now()
	was := p.Grade()
	is := p.after(was, used, now)
	if is != was {
		p.grade.Store(int32(is))
		p.watcher.Changed(was, is, used)
	}
	switch {
	case is >= PauseBodies && p.eased == nil:
		p.eased = make(chan struct{})
	case is < PauseBodies && p.eased != nil:
		close(p.eased)
		p.eased = nil
	}
	if is >= Shrink && now.Sub(p.shrunk) >= shrinkEvery {
		p.shrunk = now
		p.did[Shrink].Add(1)
		p.watcher.Shrink()
	}
	switch {
	case is == Calm:
		p.next.Store(int64(now.Sub(p.base) + every))
	case p.timer == nil:
		p.timer = time.AfterFunc(every, p.look)
		fallthrough
	default:
		p.next.Store(math.MaxInt64) // the timer sees to it
		p.timer.Reset(every)
	}
}

// after is the grade that follows on one: a higher one at once, a lower one when the
// process has used enough less for a while.
func (p *Pressure) after(was Grade, used float64, now time.Time) Grade {
	up, down := Calm, Calm
	for g := PauseBodies; g < Grades; g++ {
		if used >= begins[g] {
			up = g
		}
		if used >= begins[g]-ease {
			down = g
		}
	}
	switch {
	case up >= was:
		p.below = time.Time{}
		return up
	case down >= was:
		p.below = time.Time{}
		return was
	case p.below.IsZero():
		p.below = now
		return was
	case now.Sub(p.below) < dwell:
		return was
	}
	p.below = time.Time{}
	return down
}

// paused gives what is closed when bodies are read again, nil where they are.
func (p *Pressure) paused() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.eased
}

// Watch has p say when the requests that share m are refused, or wait. It is called
// before the first request.
func (m *Memory) Watch(p *Pressure) { m.pressure = p }

// Pressure is what watches m; nil where nothing does.
func (m *Memory) Pressure() *Pressure { return m.pressure }

// Refused looks how short of memory the process is and gives the error of a request that
// comes now where none may begin.
func (m *Memory) Refused(now time.Time) *MemoryError {
	if m == nil || m.pressure == nil || m.most.Load() == 0 {
		return nil
	}
	err := m.short(RefuseAll, 0)
	m.pressure.heed(now)
	return err
}

// short gives the error of a request that needs so much where there is a grade.
func (m *Memory) short(g Grade, need int64) *MemoryError {
	if m.pressure.Grade() < g {
		return nil
	}
	m.pressure.did[g].Add(1)
	return &MemoryError{Short: true, Need: need, Limit: m.Limit()}
}

// Pause waits while bodies are not read, no longer than [Patience] for a request
// altogether; its error is a [*MemoryError].
func (s *Share) Pause() error {
	if s.memory == nil || s.memory.pressure.Grade() < PauseBodies {
		return nil
	}
	p := s.memory.pressure
	eased := p.paused()
	if eased == nil {
		return nil
	}
	p.did[PauseBodies].Add(1)
	begin := time.Now()
	ctx, cancel := context.WithTimeout(s.ctx, Patience-s.paused)
	defer cancel()
	select {
	case <-eased:
		s.paused += time.Since(begin)
		return nil
	case <-ctx.Done():
		s.paused = Patience
		return &MemoryError{Short: true, Need: s.held, Limit: s.memory.Limit()}
	}
}
