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

// Rates are how many requests may begin in a time. Its methods may be called from many
// goroutines at once.
type Rates interface {
	// Take counts a request that comes at now; what it says where the request is too many
	// has a Wait, and nothing is counted then.
	Take(now time.Time, from Headers) Excess
	// Give takes back what Take counted.
	Give(now time.Time, from Headers)
	// Tenants is how many tenants are remembered.
	Tenants() int
	// Continue gives was where it has the same limits, and so knows who came, and else
	// these.
	Continue(was Rates) Rates
}

// Headers is what a request says under a header's name, or "".
type Headers interface{ Header(name string) string }

// Excess says by how much a request came too early.
type Excess struct {
	Wait   time.Duration // until it may come again; 0: it did not
	Tenant bool          // for its tenant
}
