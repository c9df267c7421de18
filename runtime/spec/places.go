package spec

import (
	"context"
	"time"
)

// Places are those of a service, for requests that wait for them. Its methods may be
// called from many goroutines at once.
type Places interface {
	// Acquire waits for a place, no longer than ctx lasts. The time is that after which
	// it may pay to try again where there is none.
	Acquire(ctx context.Context, t *Ticket) (Verdict, time.Duration)
	// Release gives the place of a ticket back, which was held for so long.
	Release(t *Ticket, took time.Duration)
	// Full reports whether a request would be turned away, whoever it is of.
	Full() bool
	RetryAfter() time.Duration
	Waiting() int
}

// Ticket is a request that asks for a place.
type Ticket struct {
	Endpoint string
	Max      int                      // of the endpoint's requests in flight; 0: no limit
	Bytes    int64                    // of memory that the request holds
	Header   func(name string) string // what the request says under a header's name
	Held     any                      // of who gave the place
}

// Verdict is what becomes of a request that asks for a place.
type Verdict int

// The verdicts.
const (
	Admitted Verdict = iota
	Full             // too many wait
	Late             // it would not be done in its time
	Ended            // its context has ended
)
