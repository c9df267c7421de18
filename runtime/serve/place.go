package serve

import (
	"context"
	"net/http"
	"time"

	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
)

// full reports whether a request would be turned away for want of a place.
func (e *Endpoint) full() bool {
	if e.queue != nil {
		return e.queue.Full()
	}
	return e.options.Limiter.Full() || e.own != nil && e.own.Full()
}

// enter takes a place; false where the request was answered, or is to be left, because
// there is none.
func (c *Call) enter() bool {
	if c.e.queue != nil {
		return c.wait()
	}
	if !c.e.options.Limiter.TryAcquire() {
		c.refuse(c.e.tooMany())
		return false
	}
	if c.e.own != nil && !c.e.own.TryAcquire() {
		c.e.options.Limiter.Release(0)
		c.refuse(c.e.tooMany())
		return false
	}
	c.began, c.placed = c.now(), true
	return true
}

// wait waits for a place in the service's queue.
func (c *Call) wait() bool {
	c.ticket = &spec.Ticket{Endpoint: c.e.spec.Name, Max: c.e.spec.MaxConcurrency, Bytes: c.memory.Held(), Header: c.x.Header}
	came := c.now()
	verdict, retry := c.e.queue.Acquire(c.ctx, c.ticket)
	c.began = c.now()
	c.e.waited.Observe((c.began - came).Seconds())
	c.story.Queued(c.began - came)
	switch verdict {
	case spec.Admitted:
		c.placed = true
	case spec.Full:
		c.refuse(queueFull(retry))
	case spec.Late:
		c.refuse(&Status{Code: http.StatusServiceUnavailable, Reason: metrics.Shed,
			Message: "the request cannot be done in its time: too many are before it", RetryAfter: retry})
	case spec.Ended:
		c.fail(context.Cause(c.ctx), false)
	}
	return c.placed
}

// leave gives the place back.
func (c *Call) leave() {
	if !c.placed {
		return
	}
	c.placed = false
	took := time.Duration(0)
	if c.e.bounded {
		took = c.now() - c.began
	}
	if c.e.queue != nil {
		c.e.queue.Release(c.ticket, took)
		return
	}
	if c.e.own != nil {
		c.e.own.Release(took)
	}
	c.e.options.Limiter.Release(took)
}

func queueFull(retry time.Duration) *Status {
	return &Status{Code: http.StatusTooManyRequests, Reason: metrics.QueueFull, Message: "too many requests are waiting", RetryAfter: retry}
}

func (e *Endpoint) tooMany() *Status {
	var retry time.Duration
	switch {
	case e.queue != nil:
		return queueFull(e.queue.RetryAfter())
	case e.own != nil && e.own.Full():
		retry = e.own.RetryAfter()
	default:
		retry = e.options.Limiter.RetryAfter()
	}
	return &Status{Code: http.StatusTooManyRequests, Reason: metrics.Concurrency, Message: "too many requests", RetryAfter: retry}
}
