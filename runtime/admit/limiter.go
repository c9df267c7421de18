// Package admit decides which requests may begin. A [Limiter] bounds how many
// run at the same time in one service; a [Gate] counts all of them and closes
// when the server stops. Neither makes a request wait: who may not begin is told
// so at once.
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

// InFlight is how many places are taken.
func (l *Limiter) InFlight() int { return int(l.n.Load()) }
