package batch

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ErrClosed is the error of items that come after Close, or that Close could not
// wait for.
var ErrClosed error = &closedError{errors.New("the runner is shutting down")}

// closedError gives ErrClosed its status.
type closedError struct{ error }

// StatusCode is 503.
func (*closedError) StatusCode() int { return http.StatusServiceUnavailable }

// DropReason is its name in metrics.
func (*closedError) DropReason() string { return "stopping" }

// FullError says that too many items wait already.
type FullError struct {
	Name   string        // of the runner
	Queued int           // items that wait
	After  time.Duration // how long the present queue takes, by recent runs
}

func (e *FullError) Error() string {
	return fmt.Sprintf("runner %s is overloaded: %d items are waiting", e.Name, e.Queued)
}

// StatusCode is 503, which clients take for a reason to come back later.
func (e *FullError) StatusCode() int { return http.StatusServiceUnavailable }

// DropReason is its name in metrics.
func (e *FullError) DropReason() string { return "queue_full" }

// RetryAfter is how long a client should wait, in whole seconds, at least one.
func (e *FullError) RetryAfter() time.Duration {
	return max(time.Second, (e.After + time.Second - 1).Truncate(time.Second))
}
