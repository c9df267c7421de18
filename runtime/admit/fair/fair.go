package fair

import (
	"context"
	"slices"
	"sync"
	"time"

	"bentoc.dev/runtime/spec"
)

// Config is what a bento declares of a service's queue.
type Config struct {
	Places      int            // requests that are worked on at the same time
	MaxRequests int            // that wait
	MaxBytes    int64          // of memory that they hold together; 0: no limit
	Tenant      string         // header that names the tenant; "": all are one
	Weights     map[string]int // of tenants, 1 where not given
	Priority    string         // header that names the level; "": all are of one
	Levels      []string       // from the highest; what is none of them is of the last
}

// Queue gives the places of a service to the requests that wait for them.
type Queue struct {
	cfg Config

	mu      sync.Mutex // guards what follows
	free    int
	inside  map[string]int // requests of endpoints that have a maximum
	waiting int
	bytes   int64
	tenants map[string]*tenant
	clock   float64 // the virtual time: what the tenant had that was served last
	hold    float64 // seconds for which a place was held lately, on average
	least   float64 // and by the fastest
	arrived uint64
}

var _ spec.Places = (*Queue)(nil)

// tenant is who shares in the places while it has requests, or has had more than others.
type tenant struct {
	name   string
	weight float64
	had    float64    // seconds of places, over the weight
	hold   float64    // seconds for which its requests held places lately
	queues [][]*entry // by level
	len    int
	inside int
}

// entry is a request.
type entry struct {
	t       *tenant
	level   int
	bytes   int64
	number  uint64 // in the order of arrival
	ticket  *spec.Ticket
	ctx     context.Context
	charged float64
	verdict chan spec.Verdict // of a request that waits; has room for one
}

// New makes the queue of a service.
func New(c Config) *Queue {
	return &Queue{cfg: c, free: c.Places, inside: map[string]int{}, tenants: map[string]*tenant{}}
}

// Acquire gives the request a place, at once or when it is its turn.
func (q *Queue) Acquire(ctx context.Context, t *spec.Ticket) (spec.Verdict, time.Duration) {
	q.mu.Lock()
	e := q.entry(ctx, t)
	if q.fits(e) { // nobody waits who may begin: they would have
		q.start(e)
		q.mu.Unlock()
		return spec.Admitted, 0
	}
	if v := q.enqueue(e); v != spec.Admitted {
		retry := q.retryAfter()
		q.forget(e.t)
		q.mu.Unlock()
		return v, retry
	}
	q.mu.Unlock()
	select {
	case v := <-e.verdict:
		return v, q.RetryAfter()
	case <-ctx.Done():
		return q.leave(e), q.RetryAfter()
	}
}

// leave takes a request back whose context has ended, unless it was just told.
func (q *Queue) leave(e *entry) spec.Verdict {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case v := <-e.verdict:
		return v
	default:
	}
	q.remove(e)
	q.forget(e.t)
	return spec.Ended
}

// Release gives the place of a request back that was held for so long.
func (q *Queue) Release(t *spec.Ticket, took time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := t.Held.(*entry)
	t.Held = nil
	q.free++
	if t.Max > 0 {
		if q.inside[t.Endpoint]--; q.inside[t.Endpoint] == 0 {
			delete(q.inside, t.Endpoint)
		}
	}
	s := max(took.Seconds(), 0)
	e.t.had += s/e.t.weight - e.charged
	e.t.inside--
	q.learn(s)
	if e.t.hold == 0 {
		e.t.hold = s
	}
	e.t.hold += (s - e.t.hold) / 8
	q.dispatch()
	q.forget(e.t)
}

// learn takes note of how long a place was held.
func (q *Queue) learn(s float64) {
	if q.hold == 0 {
		q.hold, q.least = s, s
		return
	}
	q.hold += (s - q.hold) / 8
	if s < q.least {
		q.least += (s - q.least) / 2
	} else {
		q.least += (s - q.least) / 64
	}
}

// Full reports whether a request would be turned away, whoever it is of.
func (q *Queue) Full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	// With tenants or levels it depends on whose it is.
	return q.free == 0 && q.waiting >= q.cfg.MaxRequests && q.cfg.Tenant == "" && q.cfg.Priority == ""
}

// RetryAfter is when the requests that wait now will have begun, by how long places were
// held lately; not before a second has passed.
func (q *Queue) RetryAfter() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.retryAfter()
}

func (q *Queue) retryAfter() time.Duration {
	s := float64(q.waiting+1) * q.hold / float64(q.cfg.Places)
	return time.Duration(min(max(s, 1), maxRetry.Seconds()) * float64(time.Second))
}

// maxRetry is how long nobody is sent away for.
const maxRetry = time.Minute

// Waiting is how many requests wait.
func (q *Queue) Waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

// InFlight is how many requests have places.
func (q *Queue) InFlight() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.cfg.Places - q.free
}

// entry makes what stands for a request.
func (q *Queue) entry(ctx context.Context, t *spec.Ticket) *entry {
	e := &entry{ctx: ctx, ticket: t, bytes: t.Bytes, number: q.arrived}
	q.arrived++
	if q.cfg.Priority != "" {
		if e.level = slices.Index(q.cfg.Levels, t.Header(q.cfg.Priority)); e.level < 0 {
			e.level = len(q.cfg.Levels) - 1
		}
	}
	name := ""
	if q.cfg.Tenant != "" {
		name = t.Header(q.cfg.Tenant)
	}
	if e.t = q.tenants[name]; e.t == nil {
		if len(q.tenants) >= maxTenants {
			q.forgetIdle()
		}
		e.t = &tenant{name: name, weight: float64(max(q.cfg.Weights[name], 1)), had: q.clock, queues: make([][]*entry, max(len(q.cfg.Levels), 1))}
		q.tenants[name] = e.t
	}
	if e.t.len == 0 && e.t.inside == 0 {
		e.t.had = max(e.t.had, q.clock)
	}
	return e
}

// maxTenants is how many are remembered that have no requests.
const maxTenants = 4096

// forget forgets a tenant that has no requests and had no more than others.
func (q *Queue) forget(t *tenant) {
	if t.len == 0 && t.inside == 0 && t.had <= q.clock {
		delete(q.tenants, t.name)
	}
	if q.waiting == 0 && q.free == q.cfg.Places { // nobody has had less than another
		clear(q.tenants)
		q.clock = 0
	}
}

func (q *Queue) forgetIdle() {
	for name, t := range q.tenants {
		if t.len == 0 && t.inside == 0 {
			delete(q.tenants, name)
		}
	}
}
