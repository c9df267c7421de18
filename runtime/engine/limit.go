// Package engine holds what all engines share; each engine is a package below.
package engine

import "context"

// Limiter lets a number of calls run at the same time; the others wait.
type Limiter struct{ places chan struct{} }

// NewLimiter makes a limiter of n calls, at least one.
func NewLimiter(n int) *Limiter {
	return &Limiter{places: make(chan struct{}, max(n, 1))}
}

// Acquire waits for a place. Its error is the cause of ctx, which ended first.
func (l *Limiter) Acquire(ctx context.Context) error {
	select {
	case l.places <- struct{}{}:
		return nil
	default:
	}
	select {
	case l.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Release gives the place back.
func (l *Limiter) Release() { <-l.places }
