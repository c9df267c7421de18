package rest

import (
	"context"
	"mime"
	"net/http"
	"strconv"
	"sync"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
)

// Why a request's context ended, besides that its client went away, for which
// net/http gives context.Canceled.
var (
	ErrTimeout  error = &endError{"the endpoint's time is over", metrics.DropTimeout}
	ErrStopping error = &endError{"the server is stopping", metrics.DropStopping}
)

// endError is why a context ended, and what the items of a runner that waited
// under it are dropped for.
type endError struct{ text, reason string }

func (e *endError) Error() string { return e.text }

// DropReason is the reason's name in the metrics of runners.
func (e *endError) DropReason() string { return e.reason }

// call is one request. Its answer is given once, by the goroutine that serves
// it or, when the time is over first, by that of the timer.
//
// What a request needs is part of the struct, to be allocated together.
type call struct {
	h     *Handler
	r     *http.Request
	start time.Time
	trace logging.Trace
	body  body
	req   spec.Request

	// The step's context is ctx. It is made of these, inside out.
	traced   logging.Context
	deadline deadline
	ctx      context.Context
	cancel   context.CancelCauseFunc

	mu       sync.Mutex // guards what follows
	w        http.ResponseWriter
	answered bool
	ended    bool        // the handler has returned
	late     *time.Timer // when a call that is over its time is abandoned
	overdue  time.Time   // when it was answered before its step returned
	values   [3]string   // the answer's header values
}

// deadline is a context that says when it will end. What ends it is the timer
// of the call, which has the answer to give as well.
type deadline struct {
	context.Context
	at time.Time
}

// Deadline gives when the context ends.
func (d *deadline) Deadline() (time.Time, bool) { return d.at, true }

func newCall(h *Handler, w http.ResponseWriter, r *http.Request) *call {
	c := &call{h: h, w: w, r: r, start: time.Now(), trace: logging.NewTrace(r.Header.Get("Traceparent"))}
	c.traced = logging.Context{Context: r.Context(), Trace: &c.trace}
	c.ctx = &c.traced
	h.metrics.Begin(c.start)
	return c
}

// serve reads the request, runs the endpoint and answers.
func (c *call) serve() {
	if err := c.readBody(); err != nil {
		c.fail(err)
		return
	}
	if c.h.timeout > 0 {
		ctx, cancel := context.WithCancelCause(&c.traced)
		defer cancel(nil)
		c.deadline = deadline{ctx, c.start.Add(c.h.timeout)}
		c.ctx, c.cancel = &c.deadline, cancel
		defer time.AfterFunc(time.Until(c.deadline.at), c.expire).Stop()
	}
	payload, err := c.work()
	if err != nil {
		c.fail(err)
		return
	}
	c.succeed(payload)
}

// work runs the three functions of the endpoint. A panic in one of them is an
// error.
func (c *call) work() (p spec.Payload, err error) {
	defer func() {
		if v := recover(); v != nil {
			p, err = spec.Payload{}, graph.NewPanicError(v)
		}
	}()
	in, err := c.decode()
	if err != nil {
		return spec.Payload{}, err
	}
	out, err := c.h.endpoint.Run(c.ctx, in)
	if err != nil {
		return spec.Payload{}, err
	}
	if c.ctx.Err() != nil {
		return spec.Payload{}, context.Cause(c.ctx) // too late, or nobody is there
	}
	return c.h.endpoint.Encode(out)
}

func (c *call) decode() (any, error) {
	defer c.body.release()
	c.req.Strict = c.h.endpoint.Strict
	if err := c.body.fill(&c.req); err != nil {
		return nil, err
	}
	return c.h.endpoint.Decode(&c.req)
}

// succeed sends p.
func (c *call) succeed(p spec.Payload) {
	if p.Release != nil {
		defer p.Release()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered {
		return
	}
	if p.FileName != "" {
		if v := mime.FormatMediaType("attachment", map[string]string{"filename": p.FileName}); v != "" {
			c.w.Header().Set("Content-Disposition", v)
		}
	}
	c.send(http.StatusOK, p.ContentType, p.Body)
}

// refuse sends an error answer.
func (c *call) refuse(f *refusal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered {
		return
	}
	c.h.metrics.Reject(f.reason)
	c.sendRefusal(f)
}

// heedTime is how long a step has to heed that its time is over. One that does
// answers as usual, and its connection can be used again.
const heedTime = 20 * time.Millisecond

// expire ends the context of a call whose time is over, and soon its request.
func (c *call) expire() {
	c.cancel(ErrTimeout)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.late = time.AfterFunc(heedTime, c.abandon)
	}
}

// abandon ends the request of a call whose step does not heed its context.
func (c *call) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.answered || c.r.Context().Err() != nil {
		return
	}
	c.overdue = time.Now()
	c.h.metrics.Overdue(1)
	c.h.metrics.Reject(metrics.Timeout)
	c.options().Log.WarnContext(c.ctx, "step does not heed that its time is over", "path", c.r.URL.Path, "timeout", c.h.timeout)
	// The connection serves nothing else until the step returns, so the client
	// must not keep it.
	c.w.Header().Set("Connection", "close")
	c.sendRefusal(c.timedOut())
	_ = http.NewResponseController(c.w).Flush() // the client may have gone away
}

func (c *call) options() *Options { return &c.h.options }

func (c *call) sendRefusal(f *refusal) {
	h := c.w.Header()
	if f.allow != "" {
		h.Set("Allow", f.allow)
	}
	if f.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((f.retryAfter+time.Second-1)/time.Second)))
	}
	if f.acceptEncoding {
		h.Set("Accept-Encoding", "gzip")
	}
	if f.close {
		h.Set("Connection", "close")
	}
	c.send(f.status, "application/json", f.body())
}

// send writes the answer; c.mu is held.
func (c *call) send(status int, contentType string, body []byte) {
	c.answered = true
	c.values = [3]string{contentType, strconv.Itoa(len(body)), c.trace.Span()}
	h := c.w.Header()
	h["Content-Type"] = c.values[0:1:1]
	h["Content-Length"] = c.values[1:2:2]
	h["X-BentoML-Request-ID"] = c.values[2:3:3]
	h["Server"] = c.h.server
	took := time.Since(c.start)
	if len(body) > buffered || took > time.Second {
		c.extendWriteDeadline(len(body))
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // the client may have gone away
	if len(body) > buffered {
		took = time.Since(c.start)
	}
	c.record(status, contentType, int64(len(body)), took)
}

const (
	buffered   = 2 << 10 // bytes of an answer that net/http takes without writing
	writeTime  = 30 * time.Second
	writeSpeed = 32 << 10 // bytes a second
)

// extendWriteDeadline gives a client its time to take an answer of n bytes:
// [WriteTimeout] counts from the request, which is not enough for a long step or
// a long answer.
func (c *call) extendWriteDeadline(n int) {
	deadline := time.Now().Add(writeTime + time.Duration(n/writeSpeed)*time.Second)
	_ = http.NewResponseController(c.w).SetWriteDeadline(deadline) // not in tests without a connection
}

// record counts and logs the answer.
func (c *call) record(status int, contentType string, n int64, took time.Duration) {
	c.h.metrics.End(status, took)
	if c.options().Access == nil {
		return
	}
	c.options().Access.Log(&logging.Entry{
		Time: c.start, Duration: took, Service: c.options().Service.Name, Remote: c.r.RemoteAddr,
		Method: c.r.Method, Path: c.r.URL.Path, RequestType: c.r.Header.Get("Content-Type"), RequestLength: c.r.ContentLength,
		Status: status, ResponseType: contentType, ResponseLength: n, Trace: &c.trace,
	})
}

// statusClientGone is what is counted and logged, never sent, for a request
// whose client went away before its answer.
const statusClientGone = 499

// end closes the accounts of a call that nobody answered or that was answered
// before its time.
func (c *call) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.late != nil {
		c.late.Stop()
	}
	if !c.answered {
		c.h.metrics.Reject(metrics.ClientGone)
		c.record(statusClientGone, "", 0, time.Since(c.start))
		c.answered = true
	}
	if !c.overdue.IsZero() {
		c.h.metrics.Overdue(-1)
		c.options().Log.WarnContext(c.ctx, "step returned after its request had ended", "path", c.r.URL.Path, "late", time.Since(c.overdue))
	}
}
