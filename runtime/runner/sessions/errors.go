package sessions

import (
	"fmt"
	"net/http"
	"time"
)

const (
	statusUnprocessable = http.StatusUnprocessableEntity
	statusUnavailable   = http.StatusServiceUnavailable
)

// StepError says that a call is not the next step of its session.
type StepError struct {
	Runner string
	Step   int64 // of the call
	At     int64 // of the session: that of its last call; 0 where it is not known
}

func (e *StepError) Error() string {
	if e.At == 0 {
		return fmt.Sprintf("runner %s: step %d of a session that is not known: it has ended, or was on another server; step 1 begins it anew", e.Runner, e.Step)
	}
	return fmt.Sprintf("runner %s: step %d of a session that is at step %d", e.Runner, e.Step, e.At)
}

// StatusCode is 409: the request is right, and the state is not there for it.
func (e *StepError) StatusCode() int { return http.StatusConflict }

// FullError says that no session can end for the sake of another: calls use all of them.
type FullError struct {
	Runner string
	Bytes  bool // it is their states for which there is no room, not their number
}

func (e *FullError) Error() string {
	if e.Bytes {
		return fmt.Sprintf("runner %s: there is no room for the states of more sessions", e.Runner)
	}
	return fmt.Sprintf("runner %s: there are as many sessions as may be, and all are in use", e.Runner)
}

// StatusCode is 503: later there may be room.
func (e *FullError) StatusCode() int { return statusUnavailable }

// RetryAfter is when it may pay to try again.
func (e *FullError) RetryAfter() time.Duration { return time.Second }
