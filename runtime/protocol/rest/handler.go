// Package rest serves endpoints over HTTP and JSON as BentoML's clients expect
// them, and bare curl too.
//
// An endpoint answers POST alone. Its body is JSON whatever its content type
// says, unless the type is a form's, multipart/form-data or
// application/x-www-form-urlencoded. It may be compressed with gzip. Every
// answer has a length, so that a client can tell a whole one from a cut one.
// Every error is one JSON object:
//
//	{"error": "1 problem in the input", "detail": [{"type": "missing", "loc": ["name"], "msg": "field required"}]}
//
// # Status codes
//
//	400  malformed or ill-typed input; a body that cannot be read
//	405  a method other than POST, with Allow
//	408  a body that came too slowly
//	413  a body, or a form's number of parts, over the limit
//	415  a content type or encoding that is not supported
//	422  well-formed input that cannot be processed
//	429  the service has its maximum of requests in flight; with Retry-After
//	500  a step failed or panicked; the log says why, the answer does not
//	503  the server is stopping, or its runners are not open; with Retry-After
//	504  the endpoint's time is over, even if the step still runs
//
// A step's error may choose another status from 400 to 599 by a method
// StatusCode() int; its message is then sent, and so is how long to wait before
// trying again if it has a method RetryAfter() time.Duration.
//
// # One context
//
// The context that a step gets is the connection's. It ends with a cause when
// the client goes away, when the time is over ([ErrTimeout]) and when the server
// stops ([ErrStopping]). A request ends at its deadline also where the step does
// not heed its context: the answer is sent, the step's goroutine and its place
// under the service's maximum remain taken until it returns, and the metric
// bentoc_request_overdue counts it.
package rest

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
)

// Limits that hold where the bento sets none, and for all.
const (
	DefaultMaxBody = 32 << 20 // bytes of a body
	MaxParts       = 1000     // parts of a form
)

// Options are what the endpoints of one service share.
type Options struct {
	Server   string // value of the header Server
	Service  metrics.Service
	Gate     *admit.Gate    // counts requests; open while the server is ready
	Limiter  *admit.Limiter // the service's maximum of requests in flight
	Registry *metrics.Registry
	Log      *slog.Logger
	Access   *logging.Access // nil: none
}

// Handler serves one endpoint.
type Handler struct {
	endpoint spec.Endpoint
	timeout  time.Duration // 0: none
	maxBody  int64
	options  Options
	server   []string // the header Server, shared by all answers
	metrics  *metrics.Endpoint
	bodies   sync.Pool // *[]byte
}

var _ http.Handler = (*Handler)(nil)

// New makes the handler of endpoint e of service s.
func New(s *spec.Service, e *spec.Endpoint, o Options) *Handler {
	h := &Handler{endpoint: *e, timeout: e.Timeout, maxBody: e.MaxBody, options: o}
	if h.timeout == 0 {
		h.timeout = s.Timeout
	}
	if h.maxBody == 0 {
		h.maxBody = s.MaxBody
	}
	if h.maxBody == 0 {
		h.maxBody = DefaultMaxBody
	}
	h.server = []string{o.Server}
	h.metrics = o.Registry.Endpoint(o.Service, e.Route)
	h.bodies.New = func() any { b := make([]byte, 0, 4<<10); return &b }
	return h
}

// ServeHTTP serves one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(h, w, r)
	defer c.end()
	if r.Method != http.MethodPost {
		c.refuse(&refusal{status: http.StatusMethodNotAllowed, reason: metrics.Method,
			message: "method " + r.Method + " is not allowed: call the endpoint with POST", allow: http.MethodPost})
		return
	}
	if !h.options.Gate.Enter() {
		if h.options.Gate.Closed() {
			c.refuse(stopping)
		} else {
			c.refuse(notReady)
		}
		return
	}
	defer h.options.Gate.Leave()
	if !h.options.Limiter.TryAcquire() {
		c.refuse(tooMany)
		return
	}
	defer h.options.Limiter.Release()
	c.serve()
}
