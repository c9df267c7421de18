// Package fixed is the scheduler that waits until a batch is full, or has waited long
// enough.
package fixed

import (
	"time"

	"bentoc.dev/runtime/runner/batch"
)

// Config says how large batches are.
type Config struct {
	// Size is the number of items of a batch that runs at once; 0 means as many as may
	// run together.
	Size int
	// Wait is how long the first item of a smaller batch waits for others.
	Wait time.Duration
}

// Scheduler is made by [Config.New].
type Scheduler struct{ Config }

// New makes a scheduler.
func (c Config) New() batch.Scheduler { return &Scheduler{c} }

// Next gives a batch that is full, or due.
func (s *Scheduler) Next(now time.Time, q batch.Queue) (n int, again time.Duration) {
	size := q.Max
	if s.Size > 0 {
		size = min(size, s.Size)
	}
	if q.Alike >= size {
		return size, 0
	}
	if left := s.Wait - now.Sub(q.Since); left > 0 {
		return 0, left
	}
	return q.Alike, 0 // due
}

// Ran learns nothing.
func (*Scheduler) Ran(batch.Run) {}
