package rest

import (
	"context"
	"errors"
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
	ErrTimeout  = errors.New("the endpoint's time is over")
	ErrStopping = errors.New("the server is stopping")
)

// call is one request. Its answer is given once, by the goroutine that serves
// it or, when the context ends first, by the one that watches the context.
type call struct {
	h     *Handler
	r     *http.Request
	start time.Time
	trace logging.Trace
	ctx   context.Context

	mu       sync.Mutex // guards what follows
	w        http.ResponseWriter
	answered bool
	overdue  time.Time // when it was answered before its step returned
	values   [4]string // the answer's header values, to allocate them with the call
}

func newCall(h *Handler, w http.ResponseWriter, r *http.Request) *call {
	c := &call{h: h, w: w, r: r, start: time.Now(), trace: logging.NewTrace(r.Header.Get("Traceparent"))}
	h.metrics.Begin(c.start)
	return c
}

// serve reads the request, runs the endpoint and answers.
func (c *call) serve() {
	ctx := logging.WithTrace(c.r.Context(), &c.trace)
	if c.h.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.h.timeout, ErrTimeout)
		defer cancel()
	}
	c.ctx = ctx

	body, err := c.readBody()
	if err != nil {
		c.fail(err)
		return
	}
	stop := context.AfterFunc(ctx, c.expire)
	defer stop()
	payload, err := c.work(body)
	if err != nil {
		c.fail(err)
		return
	}
	c.succeed(payload)
}

// work runs the three functions of the endpoint. A panic in one of them is an
// error.
func (c *call) work(b *body) (p spec.Payload, err error) {
	defer func() {
		if v := recover(); v != nil {
			p, err = spec.Payload{}, graph.NewPanicError(v)
		}
	}()
	in, err := c.decode(b)
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

func (c *call) decode(b *body) (any, error) {
	defer b.release()
	req, err := b.request(c.h.endpoint.Strict)
	if err != nil {
		return nil, err
	}
	return c.h.endpoint.Decode(req)
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

// expire answers a call whose context ended while its endpoint was at work.
func (c *call) expire() {
	f := c.refusalOf(context.Cause(c.ctx))
	if f.silent {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered {
		return
	}
	c.overdue = time.Now()
	c.h.metrics.Overdue(1)
	c.h.metrics.Reject(f.reason)
	c.options().Log.WarnContext(c.ctx, "request ended before its step", "path", c.r.URL.Path, "cause", context.Cause(c.ctx))
	// The connection serves nothing else until the step returns, so the client
	// must not keep it.
	c.w.Header().Set("Connection", "close")
	c.sendRefusal(f)
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
	c.values = [4]string{contentType, strconv.Itoa(len(body)), c.trace.Span(), ""}
	h := c.w.Header()
	h["Content-Type"] = c.values[0:1:1]
	h["Content-Length"] = c.values[1:2:2]
	h["X-BentoML-Request-ID"] = c.values[2:3:3]
	h["Server"] = c.h.server
	c.extendWriteDeadline(len(body))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // the client may have gone away
	c.record(status, contentType, int64(len(body)))
}

// Times that a client has to take an answer: http.Server.WriteTimeout counts
// from the request, so a long step or a long answer needs a deadline of its own.
const (
	writeTime  = 30 * time.Second
	writeSpeed = 32 << 10 // bytes a second
)

func (c *call) extendWriteDeadline(n int) {
	if n < 32<<10 && time.Since(c.start) < time.Second {
		return
	}
	deadline := time.Now().Add(writeTime + time.Duration(n/writeSpeed)*time.Second)
	_ = http.NewResponseController(c.w).SetWriteDeadline(deadline) // not in tests without a connection
}

// record counts and logs the answer.
func (c *call) record(status int, contentType string, n int64) {
	took := time.Since(c.start)
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
	if !c.answered {
		c.h.metrics.Reject(metrics.ClientGone)
		c.record(statusClientGone, "", 0)
		c.answered = true
	}
	if !c.overdue.IsZero() {
		c.h.metrics.Overdue(-1)
		c.options().Log.WarnContext(c.ctx, "step returned after its request had ended", "path", c.r.URL.Path, "late", time.Since(c.overdue))
	}
}
