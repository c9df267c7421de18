package admit

import (
	"context"
	"sync/atomic"
)

// Gate counts the requests of the whole server and, once closed, lets no more
// in. Its methods may be called from many goroutines at once.
type Gate struct {
	n      atomic.Int64
	closed atomic.Bool
	left   chan struct{} // a request left after the gate was closed
}

// NewGate makes a gate that is open.
func NewGate() *Gate { return &Gate{left: make(chan struct{}, 1)} }

// Enter lets a request in; false when the gate is closed. Who is in calls
// [Gate.Leave] at the end.
func (g *Gate) Enter() bool {
	g.n.Add(1)
	if g.closed.Load() {
		g.Leave()
		return false
	}
	return true
}

// Leave says that a request has ended.
func (g *Gate) Leave() {
	if g.n.Add(-1) == 0 && g.closed.Load() {
		select {
		case g.left <- struct{}{}:
		default:
		}
	}
}

// Inside is how many requests are in.
func (g *Gate) Inside() int { return int(g.n.Load()) }

// Close lets no more requests in. It may be called more than once.
func (g *Gate) Close() { g.closed.Store(true) }

// Wait waits until every request has left a closed gate, or until ctx ends,
// whose cause it then returns.
func (g *Gate) Wait(ctx context.Context) error {
	for g.n.Load() > 0 {
		select {
		case <-g.left:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
