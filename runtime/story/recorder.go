package story

import (
	"context"
	"sync"
	"time"

	"bentoc.dev/runtime/logging"
)

// Recorder keeps the stories of requests for those who want to know. It is set up before
// the first request.
type Recorder struct {
	// Slow is how long a request takes at least that Tell is told of; 0: none is.
	Slow time.Duration
	// Tell is told of slow requests, at most one a second; missed is how many there were
	// besides since the last one.
	Tell func(s *Snapshot, missed int)
	// All has requests kept that are not slow yet, for [Recorder.Live].
	All bool

	mu     sync.Mutex // guards what follows
	live   map[*Request]struct{}
	slow   []*Snapshot // the last ones, oldest first
	told   time.Time
	missed int
}

// Batch is what ran on one instance of a runner at once.
type Batch struct {
	Runner   string
	Instance int
	Took     time.Duration
	Items    int
	Failed   bool
}

// keptSlow is how many slow requests are kept.
const keptSlow = 32

type recorderKey struct{}

// With gives a context whose requests r keeps.
func (r *Recorder) With(ctx context.Context) context.Context {
	if r == nil {
		return ctx
	}
	return context.WithValue(ctx, recorderKey{}, r)
}

// RecorderOf gives the recorder of ctx, nil for none.
func RecorderOf(ctx context.Context) *Recorder {
	r, _ := ctx.Value(recorderKey{}).(*Recorder)
	return r
}

// Wants tells whether the stories of requests are kept; a nil Recorder keeps none.
func (r *Recorder) Wants() bool { return r != nil && (r.All || r.Slow > 0) }

// Begin begins the story of a request, which End ends.
func (r *Recorder) Begin(service, route, id string, trace *logging.Trace, start time.Time) *Request {
	q := &Request{Service: service, Route: route, RequestID: id, Trace: trace, Start: start}
	q.Root = &Span{ID: trace.SpanID, Parent: trace.ParentID, Took: -1, request: q}
	if r.All {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.live == nil {
			r.live = map[*Request]struct{}{}
		}
		r.live[q] = struct{}{}
	}
	return q
}

// End ends the story of a request. What its steps still do is not part of it.
func (r *Recorder) End(q *Request, status int, reason string, took time.Duration) {
	if q == nil {
		return
	}
	q.mu.Lock()
	q.phase, q.status, q.reason, q.took = Answered, status, reason, took
	q.Root.Took, q.Root.Failed = took, status >= 500
	q.mu.Unlock()
	slow := r.Slow > 0 && took >= r.Slow
	if !r.All && !slow {
		return
	}
	var s *Snapshot
	if slow {
		s = q.Snapshot()
	}
	if missed, tell := r.end(q, s); tell {
		r.Tell(s, missed)
	}
}

// end forgets a request that was there, and keeps its story where it was slow.
func (r *Recorder) end(q *Request, s *Snapshot) (missed int, tell bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.live, q)
	if s == nil {
		return 0, false
	}
	if r.slow = append(r.slow, s); len(r.slow) > keptSlow {
		r.slow = append(r.slow[:0], r.slow[1:]...)
	}
	now := time.Now()
	if now.Sub(r.told) < time.Second {
		r.missed++
		return 0, false
	}
	missed, r.missed, r.told = r.missed, 0, now
	return missed, true
}

// Live gives the requests that are there now, and the last slow ones.
func (r *Recorder) Live() (live, slow []*Snapshot) {
	if r == nil {
		return nil, nil
	}
	r.mu.Lock()
	all := make([]*Request, 0, len(r.live))
	for q := range r.live {
		all = append(all, q)
	}
	slow = append(slow, r.slow...)
	r.mu.Unlock()
	for _, q := range all {
		live = append(live, q.Snapshot())
	}
	return live, slow
}

// Ran tells each of the items of a batch what became of it. Of says under which context an
// item came and how long it waited.
func (b *Batch) Ran(of func(i int) (context.Context, time.Duration)) {
	var id [8]byte // the same for all of them
	for i := range b.Items {
		ctx, waited := of(i)
		s := Of(ctx)
		if s == nil {
			continue
		}
		if id == [8]byte{} {
			id = newSpan()
		}
		s.call(Call{Batch: *b, ID: id, Waited: waited})
	}
}
