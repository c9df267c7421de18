package fair

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
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
	rest    *tenant // those for which there is no room; nil: there is
	swept   float64 // the clock when it was last looked for room
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
	name, weight := "", 1
	if q.cfg.Tenant != "" {
		name = t.Header(q.cfg.Tenant)
		weight = max(q.cfg.Weights[name], 1)
		name = short(name)
	}
	if e.t = q.tenants[name]; e.t == nil && q.cfg.Weights[name] == 0 && !q.room() {
		e.t = q.rest
	}
	if e.t == nil {
		e.t = q.tenant(name, weight)
		q.tenants[name] = e.t
	}
	if e.t.idle() {
		e.t.had = max(e.t.had, q.clock)
	}
	return e
}

const (
	// maxTenants is how many tenants are remembered, besides those with a weight.
	maxTenants = 4096
	// maxName is how long names are that are remembered as they are.
	maxName = 64
)

// short gives a name that takes little memory, and none of its request's.
func short(name string) string {
	if len(name) > maxName {
		sum := sha256.Sum256([]byte(name))
		return string(sum[:])
	}
	return strings.Clone(name)
}

func (q *Queue) tenant(name string, weight int) *tenant {
	return &tenant{name: name, weight: float64(weight), had: q.clock, queues: make([][]*entry, max(len(q.cfg.Levels), 1))}
}

// room tells whether one more tenant can be remembered. Those that had no more than
// others need not be; where all have had more, or have requests, the further ones are one
// tenant together: else who makes up names would have them forget what others had.
func (q *Queue) room() bool {
	if len(q.tenants) < maxTenants {
		return true
	}
	if q.swept == q.clock {
		return false
	}
	q.swept = q.clock
	for name, t := range q.tenants {
		if t != q.rest && t.idle() && t.had <= q.clock {
			delete(q.tenants, name)
		}
	}
	if len(q.tenants) < maxTenants {
		return true
	}
	if q.rest == nil {
		q.rest = q.tenant(rest, 1)
		q.tenants[rest] = q.rest
	}
	return false
}

// rest is the name of the tenants for which there is no room; no header has it.
const rest = "\x00"

func (t *tenant) idle() bool { return t.len == 0 && t.inside == 0 }

// forget forgets a tenant that has no requests and had no more than others.
func (q *Queue) forget(t *tenant) {
	if t != q.rest && t.idle() && t.had <= q.clock {
		delete(q.tenants, t.name)
	}
	if q.waiting == 0 && q.free == q.cfg.Places { // nobody has had less than another
		clear(q.tenants)
		q.clock, q.rest, q.swept = 0, nil, 0
	}
}
