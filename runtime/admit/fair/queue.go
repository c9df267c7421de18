package fair

import (
	"slices"
	"time"

	"bentoc.dev/runtime/spec"
)

// fits tells whether a request may begin as far as places go.
func (q *Queue) fits(e *entry) bool {
	return q.free > 0 && (e.ticket.Max == 0 || q.inside[e.ticket.Endpoint] < e.ticket.Max)
}

// start gives a place.
func (q *Queue) start(e *entry) {
	q.free--
	if e.ticket.Max > 0 {
		q.inside[e.ticket.Endpoint]++
	}
	q.clock = max(q.clock, e.t.had)
	e.charged = e.t.typical(q) / e.t.weight // until it is known what it takes
	e.t.had += e.charged
	e.t.inside++
	e.ticket.Held = e
}

// dispatch gives what places are free to those whose turn it is.
func (q *Queue) dispatch() {
	for q.free > 0 && q.waiting > 0 {
		e := q.next()
		if e == nil {
			return
		}
		q.remove(e)
		switch at, ok := e.ctx.Deadline(); {
		case e.ctx.Err() != nil:
			e.verdict <- spec.Ended
		case ok && time.Until(at).Seconds() < q.least:
			e.verdict <- spec.Late
		default:
			q.start(e)
			e.verdict <- spec.Admitted
			continue
		}
		q.forget(e.t)
	}
}

// next finds whose turn it is among those that may begin.
func (q *Queue) next() (first *entry) {
	for level := range max(len(q.cfg.Levels), 1) {
		for _, t := range q.tenants {
			i := slices.IndexFunc(t.queues[level], q.fits)
			if i < 0 {
				continue
			}
			e := t.queues[level][i]
			if first == nil || t.had < first.t.had || t.had == first.t.had && e.number < first.number {
				first = e
			}
		}
		if first != nil {
			return first
		}
	}
	return nil
}

// slack is how much longer than guessed a wait may become.
const slack = 1.25

// enqueue lets a request wait, or says why not.
func (q *Queue) enqueue(e *entry) spec.Verdict {
	if at, ok := e.ctx.Deadline(); ok && q.wait(e)*slack+e.t.typical(q) > time.Until(at).Seconds() {
		return spec.Late
	}
	if q.cfg.MaxBytes > 0 && e.bytes > q.cfg.MaxBytes {
		return spec.Full
	}
	for q.waiting >= q.cfg.MaxRequests || q.cfg.MaxBytes > 0 && q.bytes+e.bytes > q.cfg.MaxBytes {
		other := q.yields(e)
		if other == nil {
			return spec.Full
		}
		q.remove(other)
		other.verdict <- spec.Full
		q.forget(other.t)
	}
	e.verdict = make(chan spec.Verdict, 1)
	e.t.queues[e.level] = append(e.t.queues[e.level], e)
	e.t.len++
	q.waiting++
	q.bytes += e.bytes
	return spec.Admitted
}

func (q *Queue) remove(e *entry) {
	list := e.t.queues[e.level]
	i := slices.Index(list, e)
	e.t.queues[e.level] = slices.Delete(list, i, i+1)
	e.t.len--
	q.waiting--
	q.bytes -= e.bytes
}

// yields finds who gives way to e where the queue is full, nil where nobody does.
func (q *Queue) yields(e *entry) *entry {
	for level := max(len(q.cfg.Levels), 1) - 1; level > e.level; level-- {
		if last := q.longest(level); last != nil {
			return newest(last, level)
		}
	}
	t := q.longest(e.level)
	if t == nil || t == e.t || float64(len(t.queues[e.level]))/t.weight <= float64(len(e.t.queues[e.level])+1)/e.t.weight {
		return nil
	}
	return newest(t, e.level)
}

// longest finds the tenant that has the most waiting at a level, for its weight.
func (q *Queue) longest(level int) (longest *tenant) {
	most := 0.0
	for _, t := range q.tenants {
		if n := float64(len(t.queues[level])) / t.weight; n > most || n == most && n > 0 && t.name < longest.name {
			longest, most = t, n
		}
	}
	return longest
}

func newest(t *tenant, level int) *entry { return t.queues[level][len(t.queues[level])-1] }

// wait guesses how many seconds pass before e begins: until those before it have had
// their time.
func (q *Queue) wait(e *entry) float64 {
	before, same, own, weights := 0.0, 0.0, 0.0, e.t.weight
	for _, t := range q.tenants {
		for level := range e.level {
			before += float64(len(t.queues[level])) * t.typical(q)
		}
		n := float64(len(t.queues[e.level])) * t.typical(q)
		same += n
		if t == e.t {
			own = n
		} else if n > 0 {
			weights += t.weight
		}
	}
	// Its tenant's turns come as often as its weight says.
	return (before + min(same, own*weights/e.t.weight) + q.hold) / float64(q.cfg.Places)
}

// typical is for how many seconds a request of the tenant holds its place.
func (t *tenant) typical(q *Queue) float64 {
	if t.hold > 0 {
		return t.hold
	}
	return q.hold
}
