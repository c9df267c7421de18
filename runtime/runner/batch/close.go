package batch

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Close takes no more items, waits until those that are there have run, and ends
// the goroutines. When ctx ends first, items that wait fail with [ErrClosed],
// runs are cancelled, and Close returns an error without waiting for them. Later
// calls wait like the first.
func (b *Batcher[I, O]) Close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	if b.timer != nil {
		b.timer.Stop()
	}
	b.wakeAll()
	b.mu.Unlock()
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
	}
	if n := b.abort(); n > 0 {
		return fmt.Errorf("closing %s while %d items were in work: %w", b.cfg.Name, n, context.Cause(ctx))
	}
	return nil
}

// abort fails what waits and cancels what runs. It returns how many items that
// were.
func (b *Batcher[I, O]) abort() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for e := b.queue.first; e != nil; e = b.queue.first {
		b.queue.remove(e)
		b.drop(e, ErrClosed)
		n++
	}
	for _, w := range b.workers {
		n += w.live
		b.dropped(w.live, ErrClosed)
		w.cancel(ErrClosed)
	}
	b.forced = true
	b.wakeAll()
	return n
}

// full makes the error for an item that finds no room. The lock is held.
func (b *Batcher[I, O]) full() error {
	after := time.Duration(math.Ceil(float64(b.queue.len) / float64(b.cfg.Instances) * float64(b.mean)))
	return &FullError{Name: b.cfg.Name, Queued: b.queue.len, After: after}
}
