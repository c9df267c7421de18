package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
)

// refusal is an error answer.
type refusal struct {
	status         int
	message        string
	problems       []spec.Problem
	reason         metrics.Reason
	retryAfter     time.Duration // 0: not said
	allow          string        // header Allow; "" for none
	acceptEncoding bool          // say which encodings are supported
	close          bool          // the connection cannot be used again
	silent         bool          // nobody is there to be answered
}

// Error gives the message; a refusal is also the error of what reads requests.
func (f *refusal) Error() string { return f.message }

var (
	stopping = &refusal{status: http.StatusServiceUnavailable, reason: metrics.Stopping,
		message: "the server is stopping", retryAfter: time.Second, close: true}
	notReady = &refusal{status: http.StatusServiceUnavailable, reason: metrics.NotReady,
		message: "the server is not ready: see /readyz", retryAfter: time.Second}
	tooMany = &refusal{status: http.StatusTooManyRequests, reason: metrics.Concurrency,
		message: "too many requests", retryAfter: time.Second}
)

// internalMessage is all that a client is told of a fault of the server.
const internalMessage = "An unexpected error has occurred, please check the server log."

// maxProblems bounds an answer, however many values of an input are wrong.
const maxProblems = 100

// ErrorBody gives the JSON object of an error answer.
func ErrorBody(message string, detail []spec.Problem) []byte {
	if len(detail) > maxProblems {
		detail = detail[:maxProblems]
	}
	b, err := json.Marshal(struct {
		Error  string         `json:"error"`
		Detail []spec.Problem `json:"detail,omitempty"`
	}{message, detail})
	if err != nil { // a Loc that is neither a name nor an index
		return ErrorBody(message, nil)
	}
	return append(b, '\n')
}

func (f *refusal) body() []byte { return ErrorBody(f.message, f.problems) }

// fail answers a call that ended in err, and logs what is the server's fault.
func (c *call) fail(err error) {
	f := c.refusalOf(err)
	if f.silent {
		return // end counts it
	}
	log := c.options().Log
	if p, ok := errors.AsType[*graph.PanicError](err); ok {
		log.ErrorContext(c.ctx, "step panicked", "path", c.r.URL.Path, "err", err, "stack", string(p.Stack))
	} else if f.status >= http.StatusInternalServerError && c.ctx.Err() == nil {
		log.ErrorContext(c.ctx, "request failed", "path", c.r.URL.Path, "status", f.status, "err", err)
	} else {
		log.DebugContext(c.ctx, "request refused", "path", c.r.URL.Path, "status", f.status, "err", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered {
		return
	}
	if f.reason != noReason {
		c.h.metrics.Reject(f.reason)
	}
	c.sendRefusal(f)
}

// noReason is for an answer that is an outcome of the work, not a refusal of it.
const noReason = metrics.Reason(-1)

// refusalOf finds the answer to a call that ended in err. Whatever a step's err
// is, a call whose context has ended gets the answer of that.
func (c *call) refusalOf(err error) *refusal {
	if _, ok := errors.AsType[*graph.PanicError](err); ok {
		return internal()
	}
	if f, ok := errors.AsType[*refusal](err); ok {
		return f
	}
	if c.ctx.Err() != nil {
		switch cause := context.Cause(c.ctx); {
		case errors.Is(cause, ErrTimeout):
			return c.timedOut()
		case errors.Is(cause, ErrStopping):
			return stopping
		default:
			return &refusal{silent: true}
		}
	}
	if e, ok := errors.AsType[*spec.InputError](err); ok && known(e.Status) {
		return &refusal{status: e.Status, message: e.Message, problems: e.Problems, reason: inputReason(e.Status)}
	}
	if e, ok := errors.AsType[statusError](err); ok && known(e.StatusCode()) {
		f := &refusal{status: e.StatusCode(), message: e.Error(), reason: noReason}
		if r, ok := errors.AsType[retryError](err); ok {
			f.retryAfter = r.RetryAfter()
		}
		return f
	}
	return internal()
}

func (c *call) timedOut() *refusal {
	return &refusal{status: http.StatusGatewayTimeout, reason: metrics.Timeout,
		message: fmt.Sprintf("not able to process the request in %v seconds", c.h.timeout.Seconds())}
}

func internal() *refusal {
	return &refusal{status: http.StatusInternalServerError, message: internalMessage, reason: noReason}
}

// statusError is an error that chooses its HTTP status.
type statusError interface {
	error
	StatusCode() int
}

// retryError is an error that knows when it may pay to try again.
type retryError interface {
	error
	RetryAfter() time.Duration
}

// known reports whether a step may choose the status. BentoML's client fails on
// codes that are not registered.
func known(status int) bool {
	return status >= 400 && status <= 599 && http.StatusText(status) != ""
}

func inputReason(status int) metrics.Reason {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return metrics.BodyTooLarge
	case http.StatusUnsupportedMediaType:
		return metrics.MediaType
	default:
		return metrics.BadInput
	}
}
