// Package admit decides which requests may begin, by two budgets. A [Memory] is
// the bytes that all of them may take: a request has its [Share] of it before its
// body is read and before what lies in it is decoded. A [Limiter] is the places of
// one service: a request takes one when its body is there, so that clients that
// send slowly keep nobody out. A [Gate] counts all requests and closes when the
// server stops.
//
// Who may not begin is told so at once. Only a large piece of memory that others
// hold is waited for, for a bounded time: see [Share.Take].
package admit

import "sync/atomic"

// Limiter bounds how many requests are in flight. Its methods may be called
// from many goroutines at once.
type Limiter struct {
	max int64 // 0: no limit
	n   atomic.Int64
}

// NewLimiter makes a limiter of max requests; 0 is no limit.
func NewLimiter(max int) *Limiter { return &Limiter{max: int64(max)} }

// TryAcquire takes a place; false when all are taken. Who got one calls
// [Limiter.Release] when the work has ended, not when the client was answered:
// a step that runs past its deadline still uses its place.
func (l *Limiter) TryAcquire() bool {
	if n := l.n.Add(1); l.max > 0 && n > l.max {
		l.n.Add(-1)
		return false
	}
	return true
}

// Release gives a place back.
func (l *Limiter) Release() { l.n.Add(-1) }

// Full reports whether all places are taken.
func (l *Limiter) Full() bool { return l.max > 0 && l.n.Load() >= l.max }

// InFlight is how many places are taken.
func (l *Limiter) InFlight() int { return int(l.n.Load()) }
