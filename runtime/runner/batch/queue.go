package batch

import (
	"context"
	"time"
)

// state says where an entry is.
type state uint8

const (
	queued   state = iota
	held           // taken by a worker that runs the parts of a batch that failed
	running        // in the run that its worker does now
	finished       // answered, failed or given up
)

// call is what one request waits for. All but ctx and the items is guarded by
// the batcher's lock until done has a value.
type call[I, O any] struct {
	ctx     context.Context
	entries []entry[I, O]
	out     []O
	err     error // of the first item that failed
	failed  int   // its index
	pending int   // items without an answer
	gone    bool  // nobody waits; answers are dropped
	done    chan struct{}
}

// entry is one item in the queue or in a run. While it is queued, it is linked
// into the order of arrival of all items and into that of its key.
type entry[I, O any] struct {
	item   I
	call   *call[I, O]
	index  int
	since  time.Time
	key    uint64
	cost   float64
	state  state
	worker *worker[I, O]
	group  *group[I, O]

	links [2]links[I, O] // in the chains all and alike
}

type links[I, O any] struct{ prev, next *entry[I, O] }

// The chains that an entry is in: that of all items, and that of its key.
const (
	all = iota
	alike
)

// chain links entries in the order in which they came.
type chain[I, O any] struct{ first, last *entry[I, O] }

// push appends e; which says which of its links are this chain's.
func (c *chain[I, O]) push(e *entry[I, O], which int) {
	if e.links[which].prev = c.last; c.last == nil {
		c.first = e
	} else {
		c.last.links[which].next = e
	}
	c.last = e
}

func (c *chain[I, O]) remove(e *entry[I, O], which int) {
	l := e.links[which]
	if l.prev == nil {
		c.first = l.next
	} else {
		l.prev.links[which].next = l.next
	}
	if l.next == nil {
		c.last = l.prev
	} else {
		l.next.links[which].prev = l.prev
	}
	e.links[which] = links[I, O]{}
}

func newCall[I, O any](n int) *call[I, O] {
	c := &call[I, O]{entries: make([]entry[I, O], n), out: make([]O, n), done: make(chan struct{}, 1)}
	for i := range c.entries {
		c.entries[i].call, c.entries[i].index = c, i
	}
	return c
}

// finish records the answer of an entry and, with the last one, tells the caller.
func (c *call[I, O]) finish(e *entry[I, O], out O, err error) {
	e.state, e.worker = finished, nil
	if err == nil {
		c.out[e.index] = out
	} else if c.err == nil || e.index < c.failed {
		c.err, c.failed = err, e.index
	}
	c.pending--
	if c.pending == 0 && !c.gone {
		c.done <- struct{}{}
	}
}

// queue holds items in the order in which they came, and those of each key in
// that same order, so that the oldest item and those that may run with it are
// found without looking at any other.
type queue[I, O any] struct {
	chain[I, O]
	len    int
	groups map[uint64]*group[I, O]
	spare  *group[I, O] // an empty one, for the next key
}

// group is the items with one key.
type group[I, O any] struct {
	chain[I, O]
	key  uint64
	len  int
	cost float64 // of all
}

func (q *queue[I, O]) push(e *entry[I, O]) {
	g := q.groups[e.key]
	if g == nil {
		if g = q.spare; g == nil {
			g = new(group[I, O])
		}
		q.spare = nil
		g.key = e.key
		q.groups[e.key] = g
	}
	e.state, e.group = queued, g
	q.chain.push(e, all)
	g.chain.push(e, alike)
	g.cost += e.cost
	g.len++
	q.len++
}

func (q *queue[I, O]) remove(e *entry[I, O]) {
	g := e.group
	q.chain.remove(e, all)
	g.chain.remove(e, alike)
	g.cost -= e.cost
	if g.len--; g.len == 0 {
		delete(q.groups, g.key)
		g.cost = 0
		q.spare = g
	}
	e.group = nil
	q.len--
}

// take removes the oldest item and those of its key that came next, up to limit items
// and to most in cost, but at least one, and appends them to dst. Items whose context
// has ended are dropped instead.
func (q *queue[I, O]) take(dst []*entry[I, O], limit int, most float64, drop func(*entry[I, O], error)) []*entry[I, O] {
	cost := 0.0
	for q.first != nil && len(dst) == 0 {
		g := q.first.group
		for g.first != nil && len(dst) < limit {
			e := g.first
			if e.call.ctx.Err() != nil {
				q.remove(e)
				drop(e, context.Cause(e.call.ctx))
				continue
			}
			if cost += e.cost; cost > most && len(dst) > 0 {
				return dst
			}
			q.remove(e)
			dst = append(dst, e)
		}
	}
	return dst
}
