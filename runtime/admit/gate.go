package admit

import (
	"context"
	"sync/atomic"
)

// Gate counts the requests of the whole server. It lets requests in from when it
// is opened, which is when the runners are, to when it is closed, which is when
// the server stops. Its methods may be called from many goroutines at once.
type Gate struct {
	n     atomic.Int64
	state atomic.Int32
	left  chan struct{} // a request left after the gate was closed
}

const (
	starting = iota
	open
	closed
)

// NewGate makes a gate that was not opened yet.
func NewGate() *Gate { return &Gate{left: make(chan struct{}, 1)} }

// Open lets requests in, unless the gate was closed before.
func (g *Gate) Open() { g.state.CompareAndSwap(starting, open) }

// Close lets no more requests in, for good.
func (g *Gate) Close() { g.state.Store(closed) }

// Closed reports whether the gate was closed.
func (g *Gate) Closed() bool { return g.state.Load() == closed }

// Enter lets a request in; false when the gate is not open. Who is in calls
// [Gate.Leave] at the end.
func (g *Gate) Enter() bool {
	g.n.Add(1)
	if g.state.Load() != open {
		g.Leave()
		return false
	}
	return true
}

// Leave says that a request has ended.
func (g *Gate) Leave() {
	if g.n.Add(-1) == 0 && g.Closed() {
		select {
		case g.left <- struct{}{}:
		default:
		}
	}
}

// Inside is how many requests are in.
func (g *Gate) Inside() int { return int(g.n.Load()) }

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
