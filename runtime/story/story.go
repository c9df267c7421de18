// Package story keeps what happens to requests while it happens: how long each waited for
// its place, which nodes ran and when, which batches its items were part of. It is what
// slow requests are told of, and what the local socket shows of those that are there. It knows names and times, and no values of requests.
//
// A [Recorder] is on the context that all requests come from, where anybody wants to know;
// without one nothing is kept, and nothing is allocated.
package story

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	"bentoc.dev/runtime/logging"
)

// maxSpans is how many runs of nodes are kept of a request, and how many calls of each.
const maxSpans = 1000

// Phase is how far a request has come.
type Phase int

// The phases, in order.
const (
	Reading Phase = iota // its body comes in
	Waiting              // for its place
	Working
	Answered
)

// String gives the phase's name.
func (p Phase) String() string { return [...]string{"reading", "waiting", "working", "answered"}[p] }

// Request is the story of one request. A nil one is not kept, and its methods do nothing.
type Request struct {
	Service, Route string
	RequestID      string
	Trace          *logging.Trace
	Start          time.Time
	Root           *Span // the request itself

	mu     sync.Mutex // guards what follows
	phase  Phase
	queued time.Duration // it waited for its place
	spans  []*Span       // of nodes, as they began
	left   int           // spans and calls that are not kept
	status int           // of the answer, once there is one
	took   time.Duration
	reason string // why it was turned away; "" where it was not
}

// Span is the run of one node, or the request itself.
type Span struct {
	ID, Parent        [8]byte
	Graph, Node, Kind string
	Begin             time.Duration // from the start of the request
	Took              time.Duration // negative while it runs
	Failed            bool
	Calls             []Call // items that it gave to runners of batches

	request *Request
}

// Call is one item's part in a batch.
type Call struct {
	Batch
	ID     [8]byte       // of the batch
	Waited time.Duration // from when the item came to when the batch began
}

// newSpan makes the id of a span: not zero, which is none.
func newSpan() (id [8]byte) {
	binary.BigEndian.PutUint64(id[:], rand.Uint64()|1)
	return id
}

type spanKey struct{}

// Context gives a context whose work is told of as part of s.
func (s *Span) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, spanKey{}, s)
}

// Of gives the span that ctx belongs to, nil where nothing is kept.
func Of(ctx context.Context) *Span {
	s, _ := ctx.Value(spanKey{}).(*Span)
	return s
}

// Node begins the run of a node, which end ends. The node's own work comes from the
// context that it gives.
func Node(ctx context.Context, graph, node, kind string) (context.Context, *Span) {
	parent := Of(ctx)
	if parent == nil {
		return ctx, nil
	}
	r := parent.request
	s := &Span{ID: newSpan(), Parent: parent.ID, Graph: graph, Node: node, Kind: kind, Begin: time.Since(r.Start), Took: -1, request: r}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.spans) >= maxSpans || r.phase == Answered {
		r.left++
		return ctx, nil // its calls are told of as its parent's
	}
	r.spans = append(r.spans, s)
	return s.Context(ctx), s
}

// End ends the run of a node.
func (s *Span) End(err error) {
	if s == nil {
		return
	}
	took := time.Since(s.request.Start) - s.Begin
	s.request.mu.Lock()
	defer s.request.mu.Unlock()
	s.Took, s.Failed = took, err != nil
}

// call keeps an item's part in a batch.
func (s *Span) call(c Call) {
	s.request.mu.Lock()
	defer s.request.mu.Unlock()
	if len(s.Calls) >= maxSpans || s.request.phase == Answered {
		s.request.left++
		return
	}
	s.Calls = append(s.Calls, c)
}

// Reach says that the request has come to a phase.
func (r *Request) Reach(p Phase) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p > r.phase {
		r.phase = p
	}
}

// Queued says how long the request waited for its place.
func (r *Request) Queued(d time.Duration) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queued = d
}
