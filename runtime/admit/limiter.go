// Package admit decides which requests may begin, by two budgets. A [Memory] is
// the bytes that all of them may take: a request has its [Share] of it before its
// body is read and before what lies in it is decoded. A [Limiter] is the places of
// one service: a request takes one when its body is there, so that clients that
// send slowly keep nobody out. A [Gate] counts all requests and closes when the
// server stops. Below it, package rate bounds how many come in a time, and package fair
// lets them wait for a place; a server has either where its bento declares it.
//
// Who may not begin is told so at once. Only a large piece of memory that others
// hold is waited for, for a bounded time: see [Share.Take].
package admit

import (
	"math"
	"sync/atomic"
	"time"
)

// Limiter bounds how many requests are in flight. Its methods may be called
// from many goroutines at once.
type Limiter struct {
	max int64 // 0: no limit
	n   atomic.Int64
	// held is how many seconds a place was taken lately, as bits of a float64.
	held atomic.Uint64
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

// Release gives a place back that was taken for so long; 0 where it was not used, which
// says nothing of how long places are taken.
func (l *Limiter) Release(took time.Duration) {
	if l.max > 0 && took > 0 {
		// Whoever comes between may be forgotten: it is one of many.
		held := math.Float64frombits(l.held.Load())
		l.held.Store(math.Float64bits(held + (took.Seconds()-held)/8))
	}
	l.n.Add(-1)
}

// RetryAfter is when it may pay to try again: when a place is given back, at the rate
// at which that happened lately, and not before a second has passed.
func (l *Limiter) RetryAfter() time.Duration {
	next := math.Float64frombits(l.held.Load()) / float64(max(l.max, 1))
	return max(time.Second, time.Duration(min(next, maxRetry.Seconds())*float64(time.Second)))
}

// maxRetry is how long nobody is sent away for.
const maxRetry = time.Minute

// Unlimited reports whether there is always a place.
func (l *Limiter) Unlimited() bool { return l.max == 0 }

// Full reports whether all places are taken.
func (l *Limiter) Full() bool { return l.max > 0 && l.n.Load() >= l.max }

// InFlight is how many places are taken.
func (l *Limiter) InFlight() int { return int(l.n.Load()) }
