package admit

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Memory is the budget of bytes that the requests of a server share. Its methods
// may be called from many goroutines at once.
//
// What is given back in one large piece is garbage until the collector has run, and
// counts as taken until then: a decoder that allocates 400 MB does not wait for a
// collection that frees as much.
//
// What work costs besides, such as the arenas that an engine grows for a large picture,
// nobody knows before it was done once. So large pieces begin slowly: while others hold
// an eighth of the limit, no more than twice as much is given out as was in use when a
// request ended well. What the process then holds is measured.
type Memory struct {
	measure func() int64 // what requests may take now; nil: what was set
	collect func()       // frees garbage before it returns; nil: garbage costs nothing

	pressure *Pressure // nil: nobody watches

	most  atomic.Int64 // what requests may take at best; 0: no limit
	limit atomic.Int64 // what they may take now
	used  atomic.Int64
	stale atomic.Int64 // given back in large pieces and perhaps not yet collected
	known atomic.Int64 // what was in use when a request ended, at most

	collecting sync.Mutex
	tidying    atomic.Bool // a collection is on its way that nobody waits for

	waiting atomic.Int64 // len(queue)
	mu      sync.Mutex   // guards what follows
	queue   []*claim

	reserves []*Reserve
}

// claim is a request that waits for memory.
type claim struct {
	need, held int64
	wake       chan struct{} // something was given back, or the claim came first
}

const (
	// spare is what a request takes at least, for its goroutine, its connection's
	// buffers and all the small things that nobody counts.
	spare = 16 << 10
	// large is the size from which a piece is worth a look at the process, a
	// collection and a wait.
	large = 1 << 20
	// Patience is how long a request waits for memory that others hold.
	Patience = 5 * time.Second
)

// NewMemory makes a budget without a limit. measure gives what requests may take at
// the moment, where that changes with what else the process holds; collect frees
// what is garbage. Both may be nil.
func NewMemory(measure func() int64, collect func()) *Memory {
	return &Memory{measure: measure, collect: collect}
}

// SetLimit sets what all requests together may take; 0 is no limit.
func (m *Memory) SetLimit(n int64) {
	m.most.Store(n)
	m.limit.Store(n)
	m.known.Store(n / 8)
}

// Limit is what all requests together may take; 0 where there is no limit.
func (m *Memory) Limit() int64 { return m.most.Load() }

// Known is how much was in use at most when a request ended; an eighth of the limit
// before any did.
func (m *Memory) Known() int64 { return m.known.Load() }

// InUse is what requests hold.
func (m *Memory) InUse() int64 { return m.used.Load() }

// MemoryError says that a request did not get the memory that it needs.
type MemoryError struct {
	Never bool  // not even alone: the request is too large
	Alone bool  // no other request holds any: the process itself has grown
	Short bool  // the process is short of memory, whoever holds it: see [Pressure]
	Need  int64 // bytes of the request
	Limit int64 // bytes that all requests together may take
}

func (e *MemoryError) Error() string {
	if e.Never {
		return fmt.Sprintf("the request takes %d bytes of memory, more than the %d that the server has for requests", e.Need, e.Limit)
	}
	if e.Short {
		return "the server is short of memory"
	}
	if e.Alone {
		return "the server itself holds the memory that the request takes"
	}
	return "other requests hold the memory that the request takes"
}

// StatusCode is the HTTP status: 413 for what never fits, 503 for what does not now.
func (e *MemoryError) StatusCode() int {
	if e.Never {
		return 413
	}
	return 503
}

// RetryAfter is when it may pay to try again; 0 for never.
func (e *MemoryError) RetryAfter() time.Duration {
	if e.Never {
		return 0
	}
	return time.Second
}

// Share is what one request holds of a [Memory]. It is used by one goroutine at a
// time. The zero Share is of no budget: whatever it is asked for, it gives.
type Share struct {
	memory *Memory
	ctx    context.Context // how long a wait may last
	held   int64
	free   int64 // of what is held, not yet given out
	paused time.Duration
}

// Share begins the account of a request, which waits for nothing when ctx has ended.
// Of a nil Memory it is the zero Share.
func (m *Memory) Share(ctx context.Context) Share { return Share{memory: m, ctx: ctx} }

// Heed has the request wait no longer than ctx lasts.
func (s *Share) Heed(ctx context.Context) { s.ctx = ctx }

// Could tells by an error of [Share.Take] that n bytes more cannot be had.
func (s *Share) Could(n int64) error {
	if s.memory == nil {
		return nil
	}
	if most := s.memory.Limit(); most > 0 && s.held+n > most {
		return &MemoryError{Never: true, Need: s.held + n, Limit: most}
	}
	if n >= large {
		if err := s.memory.short(RefuseLarge, s.held+n); err != nil {
			return err
		}
	}
	return nil
}

// Held is what the request holds.
func (s *Share) Held() int64 { return s.held }

// Take takes n bytes more, before they are allocated; its error is a [*MemoryError].
//
// A piece of a megabyte or more waits up to [Patience] for others to give back,
// first come, first served; a smaller one is refused at once, for the body of a slow
// client must not be kept half read. As a request that waits goes on holding what it
// has, it may only wait if all that wait could be served one after the other once
// the others have ended; else two would wait for each other, and it is refused.
func (s *Share) Take(n int64) error {
	if n <= s.free {
		s.free -= n
		return nil
	}
	if s.memory == nil {
		return nil
	}
	more := max(n-s.free, spare)
	if err := s.memory.acquire(s, more); err != nil {
		return err
	}
	s.held += more
	s.free += more - n
	return nil
}

// Give gives n bytes back that the request no longer needs.
func (s *Share) Give(n int64) {
	if n < large {
		s.free += min(n, s.held-s.free) // for the next piece
		return
	}
	n = min(n, s.held)
	s.held -= n
	s.free = min(s.free, s.held)
	if s.memory != nil {
		s.memory.release(n)
	}
}

// Settle gives back all but n bytes, those of an answer, and counts them also where
// they are more than was taken: they are there already, and as long as their reader
// takes to read them others may have to wait.
func (s *Share) Settle(n int64) {
	if s.memory == nil {
		return
	}
	if n > s.held {
		s.memory.used.Add(n - s.held)
		s.held, s.free = n, 0
	} else if s.held-n >= large {
		s.release(s.held - n)
	}
}

// Release gives everything back. The share may be used again.
func (s *Share) Release() { s.release(s.held) }

// release gives n bytes back at the end of the work that they were taken for.
func (s *Share) release(n int64) {
	s.held, s.free = s.held-n, 0
	if s.memory == nil || n == 0 {
		return
	}
	if n >= large {
		for used, known := s.memory.used.Load(), s.memory.known.Load(); used > known && !s.memory.known.CompareAndSwap(known, used); {
			known = s.memory.known.Load()
		}
		s.memory.look() // while what the work needed besides is still there
	}
	s.memory.release(n)
}

// acquire takes n bytes for s or says why not.
func (m *Memory) acquire(s *Share, n int64) error {
	big := n >= large
	if big {
		m.look()
	}
	if big {
		if err := m.short(RefuseLarge, s.held+n); err != nil {
			return err
		}
	}
	if (!big || m.waiting.Load() == 0) && (m.fit(n, s.held) || m.GiveUp() && m.fit(n, s.held)) {
		return nil
	}
	if err := s.Could(n); err != nil {
		return err
	}
	if big && m.wait(s, n) {
		return nil
	}
	alone := m.used.Load() == s.held && s.held+n > m.limit.Load()
	return &MemoryError{Alone: alone, Need: s.held + n, Limit: m.Limit()}
}

type memoryKey struct{}

// WithMemory gives a context under which [MemoryFrom] finds m.
func WithMemory(ctx context.Context, m *Memory) context.Context {
	return context.WithValue(ctx, memoryKey{}, m)
}

// MemoryFrom gives the budget of the server that ctx is of, nil where there is none.
func MemoryFrom(ctx context.Context) *Memory {
	m, _ := ctx.Value(memoryKey{}).(*Memory)
	return m
}

// Look measures what requests may take, while what their work needs besides is there.
func (m *Memory) Look() { m.look() }

// look measures what requests may take now.
func (m *Memory) look() {
	if most := m.most.Load(); m.measure != nil && most > 0 {
		m.limit.Store(min(max(m.measure(), 0), most))
	}
}

// fit takes n bytes for who holds some if they are free, or become free by a collection. While
// others hold much, no more is given out than twice what is known to have gone well.
func (m *Memory) fit(n, held int64) bool {
	if used, most := m.used.Load(), m.most.Load(); n >= large && most > 0 && used-held >= most/8 && used+n > 2*m.known.Load() {
		return false
	}
	return m.free(n)
}

// free takes n bytes if they are free, or become free by a collection.
func (m *Memory) free(n int64) bool {
	if m.take(n) {
		return true
	}
	if m.collect == nil || m.stale.Load() == 0 || m.used.Load()+n > m.limit.Load() {
		return false
	}
	m.collecting.Lock()
	defer m.collecting.Unlock()
	if m.take(n) { // somebody else collected
		return true
	}
	stale := m.stale.Load()
	if stale == 0 {
		return false
	}
	m.collect()
	m.stale.Add(-stale)
	return m.take(n)
}

func (m *Memory) take(n int64) bool {
	for {
		used, limit := m.used.Load(), m.limit.Load()
		if m.most.Load() > 0 && used+m.stale.Load()+n > limit {
			return false
		}
		if m.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

func (m *Memory) release(n int64) {
	if n >= large && m.collect != nil && m.most.Load() > 0 {
		m.stale.Add(n)
	}
	if left := m.used.Add(-n); left < large && m.stale.Load() > m.most.Load()/4 && m.tidying.CompareAndSwap(false, true) {
		go m.tidy() // nobody works on large things who would
	}
	if m.waiting.Load() > 0 {
		m.mu.Lock()
		m.wakeFirst()
		m.mu.Unlock()
	}
}

// tidy collects what was given back.
func (m *Memory) tidy() {
	m.collecting.Lock()
	defer m.collecting.Unlock()
	stale := m.stale.Load()
	m.collect()
	m.stale.Add(-stale)
	m.tidying.Store(false)
}

// wait waits until s has n bytes; false when it gives up, or must not wait.
func (m *Memory) wait(s *Share, n int64) bool {
	c := &claim{need: n, held: s.held, wake: make(chan struct{}, 1)}
	if !m.enqueue(c) {
		return false
	}
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	defer m.dequeue(c)
	for {
		select {
		case <-c.wake:
			if m.fit(n, s.held) || m.stuck() && m.free(n) {
				return true
			}
		case <-timer.C:
			return false
		case <-s.ctx.Done():
			return false
		}
	}
}

// stuck tells whether all that requests hold is held by those who wait: none of them would
// ever give anything back. The first in the queue then goes on, by what is free alone.
func (m *Memory) stuck() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	held := int64(0)
	for _, w := range m.queue {
		held += w.held
	}
	return held >= m.used.Load()
}

// enqueue lets c wait unless it and those that wait could not all be served.
func (m *Memory) enqueue(c *claim) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	held, need := c.held, c.need
	for _, w := range m.queue {
		held += w.held
		need = max(need, w.need)
	}
	if held+need > m.limit.Load() {
		return false
	}
	m.queue = append(m.queue, c)
	m.waiting.Store(int64(len(m.queue)))
	m.wakeFirst() // what was given back before c was seen to wait
	return true
}

func (m *Memory) dequeue(c *claim) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue = slices.DeleteFunc(m.queue, func(w *claim) bool { return w == c })
	m.waiting.Store(int64(len(m.queue)))
	m.wakeFirst()
}

// wakeFirst has the first of the queue look again; m.mu is held.
func (m *Memory) wakeFirst() {
	if len(m.queue) == 0 {
		return
	}
	select {
	case m.queue[0].wake <- struct{}{}:
	default:
	}
}
