package serve

import (
	"container/heap"
	"sync"
	"time"
)

// alarm ends the calls of an endpoint whose time is over. All share one timer, which goes
// off no later than the first of them is due and is not stopped for those that have ended
// by then, nearly all: a timer of each request's own would have the runtime's poller woken
// to hear of it, which costs a small request more than all else that the deadline does.
type alarm struct {
	mu    sync.Mutex // guards what follows
	calls callHeap
	timer *time.Timer
	rings time.Time // when the timer goes off; zero: it does not
}

// watch has a call end at its deadline unless it was unwatched before.
func (a *alarm) watch(c *Call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	heap.Push(&a.calls, c)
	a.set()
}

// unwatch says that a call has ended. Its end may be on its way all the same.
func (a *alarm) unwatch(c *Call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.place >= 0 {
		heap.Remove(&a.calls, c.place)
	}
}

// set sees to it that the timer goes off when the first call is due; a.mu is held.
func (a *alarm) set() {
	if len(a.calls) == 0 {
		return
	}
	first := a.calls[0].deadline.at
	switch {
	case !a.rings.IsZero() && !first.Before(a.rings):
		return
	case a.timer == nil:
		a.timer = time.AfterFunc(time.Until(first), a.ring)
	default:
		a.timer.Reset(time.Until(first))
	}
	a.rings = first
}

// ring ends the calls that are due.
func (a *alarm) ring() {
	for _, c := range a.over() {
		c.expire()
	}
}

// over takes out the calls that are due.
func (a *alarm) over() (calls []*Call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	for len(a.calls) > 0 && !now.Before(a.calls[0].deadline.at) {
		calls = append(calls, heap.Pop(&a.calls).(*Call))
	}
	a.rings = time.Time{}
	a.set()
	return calls
}

// callHeap has the call that is due first at its root.
type callHeap []*Call

func (d callHeap) Len() int           { return len(d) }
func (d callHeap) Less(i, j int) bool { return d[i].deadline.at.Before(d[j].deadline.at) }

func (d callHeap) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i, j
}

// Push adds a call.
func (d *callHeap) Push(c any) {
	call := c.(*Call)
	call.place = len(*d)
	*d = append(*d, call)
}

// Pop takes the last call.
func (d *callHeap) Pop() any {
	n := len(*d) - 1
	c := (*d)[n]
	(*d)[n] = nil
	*d = (*d)[:n]
	c.place = -1
	return c
}
