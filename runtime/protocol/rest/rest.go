// Package rest serves endpoints over HTTP and JSON as BentoML's clients expect
// them, and bare curl too.
//
// An endpoint answers POST alone. Its body is JSON whatever its content type
// says, unless the type is a form's, multipart/form-data or
// application/x-www-form-urlencoded, or one of Arrow's, which an endpoint has to
// declare: it then answers in it too where Accept prefers that to JSON. It may be
// compressed with gzip. Every
// answer has a length, so that a client can tell a whole one from a cut one.
// Every error is one JSON object:
//
//	{"error": "1 problem in the input", "detail": [{"type": "missing", "loc": ["name"], "msg": "field required"}]}
//
// # Headers
//
// A client that says how long it waits, in X-Request-Timeout in seconds or, as Envoy
// does, in X-Envoy-Expected-Rq-Timeout-Ms, gets its 504 then, where the endpoint's
// timeout is not over before, and nothing works for it any longer.
//
// Every answer has an X-Request-Id: the client's own, where that is a short word, or that of
// X-BentoML-Request-ID, the span of the log's lines about the request.
//
// # Status codes
//
// They are those of package serve, and
//
//	405  a method other than POST, with Allow
//	408  a body that came too slowly
//
// A body that cannot be read to its end is a 400, one over the limit, and a form of
// too many parts, a 413; a 429 and a 503 come with Retry-After.
//
// A request whose client is gone is not answered: the connection is closed, so that
// a client that closed only its own side cannot take silence for success. One that
// was cut short, in its length, its chunks or its form, is a 400.
package rest

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/protocol"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// MaxParts is how many parts a form may have.
const MaxParts = 1000

// Timeouts for the http.Server that the handlers run in. A handler lifts the
// first when it has read the body and gives long answers more than the second;
// they hold for what never comes so far.
const (
	ReadTimeout  = 30 * time.Second
	WriteTimeout = 60 * time.Second
)

// Handler serves one endpoint.
type Handler struct {
	endpoint *serve.Endpoint
	sunset   []string // the headers of a deprecated endpoint, nil where it stays
	outdated []string
	bodies   sync.Pool // *[]byte
}

var _ http.Handler = (*Handler)(nil)

// Routes serves e at its route.
func Routes(e *serve.Endpoint) []protocol.Route {
	return []protocol.Route{{Method: http.MethodPost, Path: e.Route(), Handler: New(e)}}
}

var _ protocol.Protocol = Routes

// New makes the handler of e.
func New(e *serve.Endpoint) *Handler {
	h := &Handler{endpoint: e}
	h.deprecate(e.Deprecated())
	h.bodies.New = func() any { b := make([]byte, 0, 4<<10); return &b }
	return h
}

// deprecate prepares what every answer of a deprecated endpoint says: Sunset (RFC 8594)
// and, where it is known, since when it is deprecated (RFC 9745).
func (h *Handler) deprecate(d *spec.Deprecation) {
	if d == nil {
		return
	}
	h.sunset = []string{d.Until.UTC().Format(http.TimeFormat)}
	if !d.Since.IsZero() {
		h.outdated = []string{"@" + strconv.FormatInt(d.Since.Unix(), 10)}
	}
}

// ServeHTTP serves one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, w: w, r: r, trace: logging.NewTrace(header(r, "Traceparent"))}
	if !h.endpoint.Serve(r.Context(), &x.call, x) {
		// net/http would answer 200 for a handler that returns without an answer,
		// and a client that closed only its own side would read it.
		panic(http.ErrAbortHandler)
	}
}

// header gives the first value of a header whose name is written as net/http does.
func header(r *http.Request, name string) string {
	if v := r.Header[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// exchange is one request over HTTP. What a request needs is part of the struct,
// to be allocated together.
type exchange struct {
	call  serve.Call
	h     *Handler
	w     http.ResponseWriter
	r     *http.Request
	trace logging.Trace
	body  body
	answer
}

var _ serve.Exchange = (*exchange)(nil)

// Meta refuses every method but POST.
func (x *exchange) Meta() serve.Meta {
	m := serve.Meta{Path: x.r.URL.Path, Trace: &x.trace}
	m.Timeout, m.Refused = timeoutOf(x.r.Header)
	if x.r.Method != http.MethodPost {
		x.allow = http.MethodPost
		m.Refused = &serve.Status{Code: http.StatusMethodNotAllowed, Reason: metrics.Method,
			Message: "method " + x.r.Method + " is not allowed: call the endpoint with POST"}
	}
	return m
}

// Header gives a header of the request.
func (x *exchange) Header(name string) string { return x.r.Header.Get(name) }

// Read reads the body.
func (x *exchange) Read(ctx context.Context) error { return x.readBody(ctx) }

// Decode makes the input of the body.
func (x *exchange) Decode(t *spec.Type) (any, error) {
	defer x.body.release()
	src := sources.Get().(*spec.Source)
	defer func() { *src = spec.Source{}; sources.Put(src) }() // only the input holds what it needs
	src.Strict, src.Memory = x.h.endpoint.Strict(), x.call.Memory()
	f, err := x.body.fill(src, t)
	if err != nil {
		return nil, err
	}
	return f.Decode(src)
}

// sources are kept between requests.
var sources = sync.Pool{New: func() any { return new(spec.Source) }}

// Encode makes the body of the answer: the value's own bytes, or else JSON, or a stream
// of Arrow where the endpoint has that and the client prefers it.
func (x *exchange) Encode(t *spec.Type, v any) (spec.Payload, error) {
	switch {
	case t.Raw.Encode != nil:
		return t.Raw.Encode(v)
	case t.Arrow.Encode != nil:
		x.w.Header().Set("Vary", "Accept")
		if prefers(x.r.Header["Accept"], spec.ArrowStream, "application/json") {
			return t.Arrow.Encode(v)
		}
	}
	return t.JSON.Encode(v)
}

// Describe tells of the request and of the answer's body.
func (x *exchange) Describe(e *logging.Entry) {
	e.Remote, e.Method, e.Path = x.r.RemoteAddr, x.r.Method, x.r.URL.Path
	e.RequestType, e.RequestLength = header(x.r, "Content-Type"), x.r.ContentLength
	e.ResponseType, e.ResponseLength = x.contentType[0], x.length
	e.RequestID = protocol.RequestID(x.r)
}
