// Package serve is the life of a request, once for all protocols: who may begin,
// the deadline and what happens to a step that does not heed it, panics and ended
// goroutines, the status of whatever went wrong, and the accounts.
//
// # The life of a request
//
// A protocol makes an [Exchange] of what came in and hands it to [Endpoint.Serve]:
//
//	Meta     what the protocol knows before anything is read; it may refuse
//	         the gate: the server is ready and not stopping
//	         the rates: not too many have come lately
//	Read     the bytes, within the limits; they are taken of the server's memory
//	         the limiter: the service has a place
//	         the deadline begins to be watched; it counts from when the request came
//	Decode   the input, which takes of the memory too
//	         the work
//	Encode   the output
//	Send     it
//
// or Fail at any point, with a [Status]. Every request is counted and logged once,
// whatever becomes of it. Decode, the work and Encode may panic and may end their
// goroutine: that is a 500 of this request alone.
//
// # To add a protocol
//
// Implement [Exchange], with a [Call] as a field, and call [Endpoint.Serve] for each
// request; the text of package protocol says where that is mounted. An exchange reads
// and writes its wire and nothing else: it does not count, log, wait for a place, know
// of deadlines, or recover. What it refuses itself, as a method or a header, is
// Meta's Refused or the error of Read, a [*Status] with the [metrics.Reason] it is
// counted for. The smallest one is that of this package's tests.
//
// # One context
//
// The context that a step gets is the connection's. It ends with a cause when the
// client goes away, when the time is over ([ErrTimeout]) and when the server stops
// ([ErrStopping]). The time is the least of the endpoint's and what the client says.
// A request ends at its deadline also where the step does not heed its context: the
// answer is sent, the step's goroutine and its place under the service's maximum
// remain taken until it returns, and the metric bentoc_request_overdue counts it. What is worked out all the same when nobody waits
// for it any more is counted in bentoc_request_wasted_seconds_total.
//
// # Statuses
//
// A [Status] has a code of HTTP; a protocol with codes of its own translates it.
//
//	400  malformed or ill-typed input; a request that cannot be read
//	413  too much of it, or more memory than the server has for requests
//	415  an encoding that is not supported
//	422  well-formed input that cannot be processed, such as a value that an edge
//	     of the graph hands on, as it came, to a node that takes less; what a step
//	     or a model made and does not fit is a 500
//	429  the service, or the endpoint, has its maximum of requests in flight; where the
//	     bento declares a queue, that is full; more requests come than a declared rate
//	499  the client is gone: counted and logged, never sent
//	500  a step failed, panicked or ended its goroutine; the log says why, the answer does not
//	503  the request could not be done in its time, for all that wait before it;
//	     the server is stopping, its runners are not open, or other requests, or
//	     the process itself, hold the memory that this one takes: see [admit.Share.Take]
//	504  the time is over, even if the step still runs
//
// A step's error may choose another status from 400 to 599 by a method
// StatusCode() int; its message is then sent, and so is how long to wait before
// trying again if it has a method RetryAfter() time.Duration.
package serve

import (
	"context"
	"log/slog"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/story"
)

// Exchange is one request and its answer in some protocol. Its methods are called
// in the order of the package's documentation, by one goroutine at a time; Fail may
// be called by another one than the rest, while Decode, the work or Encode goes on.
// It is called at most once, and nothing is sent after it.
type Exchange interface {
	// Meta tells what is known of the request before it is read.
	Meta() Meta
	// Read takes the request in, within the endpoint's limits. Its error is a
	// [*Status], or [ErrGone].
	Read(ctx context.Context) error
	// Decode makes the input, of the type given, of what was read: the protocol
	// chooses the format.
	Decode(*spec.Type) (any, error)
	// Encode makes the bytes of an output of the type given. Nothing is sent yet: the
	// time may be over before they are ready.
	Encode(*spec.Type, any) (spec.Payload, error)
	// Send sends an encoded output, the only one unless Meta says Stream. It blocks
	// while who reads is slow.
	Send(spec.Payload) error
	// Fail sends an error.
	Fail(*Status)
	// Header gives what the request says under a header's name, or "".
	Header(name string) string
	// Describe fills in what the access log tells of this protocol's requests:
	// who asked, for what, and what was sent.
	Describe(*logging.Entry)
}

// Meta is what is known of a request before it is read.
type Meta struct {
	Path    string         // what was asked for, for the log
	Trace   *logging.Trace // which trace the request belongs to
	Refused *Status        // the protocol does not take it; nil: it does
	Timeout time.Duration  // how long the client waits, from when the request came; 0: it does not say
	Stream  bool           // more than one output can be sent, and Fail may come after one
}

// DefaultMaxBody is the limit, in bytes, of what is read of a request where the
// bento sets none.
const DefaultMaxBody = 32 << 20

// Options are what the endpoints of one service share.
type Options struct {
	Service  metrics.Service
	Gate     *admit.Gate    // counts requests; open while the server is ready
	Limiter  *admit.Limiter // the service's maximum of requests in flight
	Memory   *admit.Memory  // what all requests of the server may take; nil: no limit
	Registry *metrics.Registry
	Log      *slog.Logger
	Access   *logging.Access // nil: none
	Stories  *story.Recorder // what happens to requests; nil: nobody wants to know
}

// Endpoint serves the requests of one endpoint, in whichever protocol they come.
type Endpoint struct {
	spec    spec.Endpoint
	timeout time.Duration
	maxBody int64
	options Options
	metrics *metrics.Endpoint
	rates   rates
	queue   spec.Places        // of the service; nil: nobody waits
	waited  *metrics.Histogram // seconds in it
	own     *admit.Limiter     // the endpoint's own maximum; nil: none, or the queue has it
	bounded bool               // how long a place is held matters to who has none
	alarm   alarm
}

// New makes endpoint e of service s ready to be served.
func New(s *spec.Service, e *spec.Endpoint, o Options) *Endpoint {
	out := &Endpoint{spec: *e, timeout: e.Timeout, maxBody: e.MaxBody, options: o}
	if out.timeout == 0 {
		out.timeout = s.Timeout
	}
	if out.maxBody == 0 {
		out.maxBody = s.MaxBody
	}
	if out.maxBody == 0 {
		out.maxBody = DefaultMaxBody
	}
	out.rates = rates{s.Rates, e.Rates}
	if out.queue = s.Queue; out.queue != nil {
		out.waited = o.Registry.Waited(o.Service, e.Route)
	} else if e.MaxConcurrency > 0 {
		out.own = admit.NewLimiter(e.MaxConcurrency)
	}
	out.bounded = out.queue != nil || out.own != nil || !o.Limiter.Unlimited()
	out.metrics = o.Registry.Endpoint(o.Service, e.Route)
	return out
}

// Strict tells whether unknown fields are refused.
func (e *Endpoint) Strict() bool { return e.spec.Strict }

// Deprecated says until when the endpoint is promised, nil where it stays.
func (e *Endpoint) Deprecated() *spec.Deprecation { return e.spec.Deprecated }

// Route is the path that the bento gives the endpoint.
func (e *Endpoint) Route() string { return e.spec.Route }

// MaxBody is how many bytes of a request are read, without their compression.
func (e *Endpoint) MaxBody() int64 { return e.maxBody }

// Serve serves one request from its first byte to its last account. C is a zero
// [Call] that is not used for another request. It is false where the request got no
// answer, because its client is gone: the protocol then ends the connection, so that
// nobody takes silence for success.
//
// Where a step ends the goroutine Serve does not return; the request is answered all
// the same.
func (e *Endpoint) Serve(ctx context.Context, c *Call, x Exchange) (answered bool) {
	c.begin(ctx, e, x)
	defer c.end(&answered)
	c.admit()
	c.returned = true
	return true
}
