package serve

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/story"
)

// Call is what one request needs while it lives. It is a struct to be part of a
// protocol's exchange, so that both are allocated together.
//
// The answer is given once, by the goroutine that serves the request or, when the
// time is over first, by that of the timer.
type Call struct {
	e     *Endpoint
	x     Exchange
	meta  Meta
	start time.Time
	// timeout is how long the request may take, from its start; 0 is no limit.
	timeout time.Duration
	began   time.Duration // from the start, when the work did

	// The step's context is ctx. It is made of these, inside out.
	traced   logging.Context
	deadline deadline
	ctx      context.Context
	place    int // among the calls that the alarm watches, under its lock; -1 when it does not any more

	story  *story.Request // nil where nobody wants to know
	memory admit.Share    // what the request holds of the server's memory
	ticket *spec.Ticket   // for which it waited for its place; nil where it did not
	placed bool           // it holds a place of the service
	// returned is set when the request was served as it should: no step ended its
	// goroutine.
	returned bool

	cached spec.CacheUse // how the output came about

	mu       sync.Mutex    // guards what follows
	sent     bool          // an output
	answered bool          // to its end
	ended    bool          // Serve has returned
	overdue  time.Duration // from the start, when it was answered before its step returned; 0: it was not
	late     *time.Timer   // when a call that is over its time is abandoned
}

func (c *Call) begin(ctx context.Context, e *Endpoint, x Exchange) {
	c.e, c.x, c.start, c.meta = e, x, time.Now(), x.Meta()
	if c.timeout = e.timeout; c.meta.Timeout > 0 && (c.timeout == 0 || c.meta.Timeout < c.timeout) {
		c.timeout = c.meta.Timeout
	}
	if e.spec.Sensitive {
		c.meta.Trace.Private = true
	}
	if e.options.Stories.Wants() {
		ctx = c.beginStory(ctx)
	}
	c.traced = logging.Context{Context: ctx, Trace: c.meta.Trace}
	c.ctx = &c.traced
	c.memory = e.options.Memory.Share(c.ctx)
	e.metrics.Begin(c.start)
}

// beginStory has what happens to the request kept.
func (c *Call) beginStory(ctx context.Context) context.Context {
	var entry logging.Entry
	c.x.Describe(&entry)
	o := &c.e.options
	c.story = o.Stories.Begin(o.Service.Name, c.e.spec.Route, entry.RequestID, c.meta.Trace, c.start)
	return c.story.Root.Context(ctx)
}

// Start is when the request came.
func (c *Call) Start() time.Time { return c.start }

// now is how long the request has taken. It reads one clock; time.Now reads two.
func (c *Call) now() time.Duration { return time.Since(c.start) }

// Timeout is how long the request may take, from when it came; 0 is no limit.
func (c *Call) Timeout() time.Duration { return c.timeout }

// Memory is what the request may take of the server's memory. What Read and Decode
// allocate, they take of it before; it is given back when the request has ended.
func (c *Call) Memory() *admit.Share { return &c.memory }

// admit serves the request if it may begin.
func (c *Call) admit() {
	o := &c.e.options
	if c.meta.Refused != nil {
		c.refuse(c.meta.Refused)
		return
	}
	if !o.Gate.Enter() {
		if o.Gate.Closed() {
			c.refuse(stopping)
		} else {
			c.refuse(notReady)
		}
		return
	}
	defer o.Gate.Leave()
	if err := o.Memory.Refused(c.start); err != nil {
		c.refuse(NoMemory(err))
		return
	}
	if c.e.full() { // why read it
		c.refuse(c.e.tooMany())
		return
	}
	if s := c.tooEarly(); s != nil {
		c.refuse(s)
		return
	}
	defer c.memory.Release()
	c.serve()
}

// serve reads the request, runs the endpoint and answers. The service's place is taken
// only when all of the request is there, and given back when the output is encoded: a
// client that sends or reads slowly takes memory, as much as it has sent or not yet
// read, and keeps nobody else out.
func (c *Call) serve() {
	if err := c.x.Read(c.ctx); err != nil {
		c.fail(err, false)
		return
	}
	c.story.Reach(story.Waiting)
	if c.timeout > 0 && c.e.queue != nil { // else the time is watched from when the work begins
		c.watch()
		defer c.unwatch()
	}
	if !c.enter() {
		return
	}
	defer c.leave()
	c.story.Reach(story.Working)
	if c.timeout > 0 && c.e.queue == nil {
		if c.began >= c.timeout { // nobody waits any more
			c.refuse(c.timedOut())
			return
		}
		c.watch()
		defer c.unwatch()
	}
	if err := c.work(); err != nil {
		c.leave()
		c.fail(err, false)
	}
}

// work makes the input, runs the endpoint on it and sends the output. A panic in
// one of them is an error.
func (c *Call) work() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = graph.NewPanicError(v)
		}
	}()
	in, err := c.x.Decode(&c.e.spec.In)
	if err != nil {
		return err
	}
	if err := c.e.spec.Handle(c.ctx, in, (*sender)(c)); err != nil {
		return err
	}
	return c.close()
}

// sender is the call as the work sees it.
type sender Call

var _ spec.Sender = (*sender)(nil)

// Send sends an output.
func (s *sender) Send(v any) error { return (*Call)(s).send(v) }

var _ spec.Headers = (*sender)(nil)

// Header gives a header of the request.
func (s *sender) Header(name string) string { return s.x.Header(name) }

var _ spec.Cached = (*sender)(nil)

// Cached notes for the access log how an output came about.
func (s *sender) Cached(how spec.CacheUse) { s.cached = how }

// send sends an output, unless it is too late or nobody is there.
func (c *Call) send(out any) error {
	if c.ctx.Err() != nil {
		c.e.metrics.Wasted(c.now() - c.began)
		return context.Cause(c.ctx)
	}
	p, err := c.x.Encode(&c.e.spec.Out, out)
	if err != nil {
		return err
	}
	if p.Release != nil {
		defer p.Release()
	}
	if !c.meta.Stream { // the work has ended
		c.leave()
		c.memory.Settle(int64(len(p.Body)))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered {
		return errAnswered
	}
	c.sent, c.answered = true, !c.meta.Stream
	err = c.x.Send(p)
	if c.answered {
		c.record(http.StatusOK, nil)
	}
	return err
}

// close ends an answer of any number of outputs.
func (c *Call) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered {
		return nil
	}
	if !c.sent && !c.meta.Stream {
		return errNothing
	}
	c.answered = true
	c.record(http.StatusOK, nil)
	return nil
}

var (
	errAnswered = errors.New("the request was answered before")
	errNothing  = errors.New("the endpoint sent no output")
)

// refuse sends an error answer.
func (c *Call) refuse(s *Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.answered {
		c.answerWith(s)
	}
}

// answerWith sends an error answer; c.mu is held.
func (c *Call) answerWith(s *Status) {
	c.answered = true
	if s.Reason != NoReason {
		c.e.metrics.Reject(s.Reason)
	}
	c.x.Fail(s)
	c.record(s.Code, s)
}

// fail answers a call that ended in err, and logs what is the server's fault. Now is
// for an answer that must go out at once, because Serve will not return.
func (c *Call) fail(err error, now bool) {
	s, err := c.judge(err)
	if s == nil {
		return // the client is gone: end counts it
	}
	log := c.e.options.Log
	if p, ok := errors.AsType[*graph.PanicError](err); ok {
		log.ErrorContext(c.ctx, "step panicked", "path", c.meta.Path, "err", logging.Said(c.ctx, err), "stack", string(p.Stack))
	} else if s.Code >= http.StatusInternalServerError && s.Reason == NoReason && c.ctx.Err() == nil {
		log.ErrorContext(c.ctx, "request failed", "path", c.meta.Path, "status", s.Code, "err", logging.Said(c.ctx, err))
	}
	if now {
		last := *s
		last.Close, last.Flush = true, true
		s = &last
	}
	c.refuse(s)
}

// end closes the accounts of a call that nobody answered or that was answered
// before its time. It is deferred: a step may have ended the goroutine.
func (c *Call) end(answered *bool) {
	var fault *graph.PanicError
	if v := recover(); v != nil {
		fault = graph.NewPanicError(v)
	} else if !c.returned {
		fault = graph.NewGoexitError()
	}
	gone := c.finish(fault != nil)
	if fault != nil {
		// Where the goroutine ends, what the connection holds would not be written.
		c.fail(fault, true)
	}
	*answered = !gone
}

// finish ends what was begun for the call, and tells whether its client is gone.
func (c *Call) finish(faulty bool) (gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.late != nil {
		c.late.Stop()
	}
	if c.overdue > 0 {
		c.e.metrics.Overdue(-1)
		c.e.options.Log.WarnContext(c.ctx, "step returned after its request had ended", "path", c.meta.Path, "late", c.now()-c.overdue)
	}
	if faulty || c.answered {
		return false
	}
	c.e.metrics.Reject(metrics.ClientGone)
	c.record(statusClientGone, gone499)
	return true
}

// statusClientGone is what is counted and logged, never sent, for a request
// whose client went away before its answer.
const statusClientGone = 499

var gone499 = &Status{Code: statusClientGone, Reason: metrics.ClientGone}

// record counts and logs the answer; refused is nil where it is none of an error.
func (c *Call) record(status int, refused *Status) {
	took := c.now()
	c.e.metrics.End(status, took)
	reason := ""
	if refused != nil && refused.Reason != NoReason {
		reason = refused.Reason.String()
	}
	c.e.options.Stories.End(c.story, status, reason, took)
	if !c.e.options.Access.Wants(status, took, c.meta.Trace) {
		return
	}
	entry := entries.Get().(*logging.Entry)
	*entry = logging.Entry{Time: c.start, Duration: took, Service: c.e.options.Service.Name, Status: status, Trace: c.meta.Trace, Reason: reason}
	if status == http.StatusOK { // else another goroutine may be at it
		entry.Cache = c.cached.String()
	}
	if refused != nil && len(refused.Problems) > 0 && !c.e.spec.Sensitive {
		entry.Problems = problemNames(refused.Problems)
	}
	c.x.Describe(entry)
	c.e.options.Access.Log(entry)
	*entry = logging.Entry{}
	entries.Put(entry)
}

// entries keeps what is logged between requests: it is handed to the protocol.
var entries = sync.Pool{New: func() any { return new(logging.Entry) }}
