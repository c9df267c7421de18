package batch

import "time"

// short is how long runs take at most that callers do themselves. Whoever does one does
// not see that its context ends until it is over.
const short = time.Millisecond

// Until a worker that is woken looks at the queue, others may come who make a batch with
// the item. So callers run theirs only where nothing came during the last few runs, which
// may be shorter than that, nor soon after them.
const (
	quiet = 4
	apart = 20 * time.Microsecond
)

// here runs the item that was just put into the queue, if it is alone there and likely to
// stay so, an instance is idle, and it is to run now and not for long. It is called by
// who brings the item and returns with the lock held; false says that it has not run.
func (b *Batcher[I, O]) here(now time.Time) bool {
	if b.queue.len != 1 || len(b.idle) == 0 || b.blocked || b.lonely < quiet || b.slowest > short {
		return false
	}
	last := len(b.idle) - 1
	w := b.idle[last]
	b.idle = b.idle[:last]
	run, ok := w.take(now)
	if ok {
		w.batch(run, now)
	}
	b.idle = append(b.idle, w)
	switch {
	case b.closed:
		b.wakeAll() // it was not among them when that was done
	case b.queue.len > 0:
		b.poke(time.Now()) // what came meanwhile
	}
	return ok
}
