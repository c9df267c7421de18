package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/engine/gostep"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
)

// Status is an error answer.
type Status struct {
	Code       int // of HTTP
	Message    string
	Problems   []spec.Problem
	Reason     metrics.Reason // why the request was turned away, or [NoReason]
	RetryAfter time.Duration  // 0: not said
	Close      bool           // the connection cannot be used again
	Flush      bool           // it must go out at once: the request's goroutine may not come back
}

// Error gives the message; a status is also the error of what reads requests.
func (s *Status) Error() string { return s.Message }

// NoReason is for an answer that is an outcome of the work, not a refusal of it.
const NoReason = metrics.Reason(-1)

// ErrGone is the error of an [Exchange] that knows for certain that its client is
// gone: there is nobody to be answered.
var ErrGone = errors.New("the client is gone")

var (
	stopping = &Status{Code: http.StatusServiceUnavailable, Reason: metrics.Stopping,
		Message: "the server is stopping", RetryAfter: time.Second, Close: true}
	notReady = &Status{Code: http.StatusServiceUnavailable, Reason: metrics.NotReady,
		Message: "the server is not ready: see /readyz", RetryAfter: time.Second}
)

// internalMessage is all that a client is told of a fault of the server.
const internalMessage = "An unexpected error has occurred, please check the server log."

func internal() *Status {
	return &Status{Code: http.StatusInternalServerError, Message: internalMessage, Reason: NoReason}
}

func (c *Call) timedOut() *Status {
	return &Status{Code: http.StatusGatewayTimeout, Reason: metrics.Timeout,
		Message: fmt.Sprintf("not able to process the request in %v seconds", c.timeout.Seconds())}
}

// judge finds the answer to a call that ended in err, nil where nobody is there to
// be answered. Should a method of err panic, that is what the call ended in.
func (c *Call) judge(err error) (s *Status, cause error) {
	defer func() {
		if v := recover(); v != nil {
			s, cause = internal(), graph.NewPanicError(v)
		}
	}()
	return c.statusOf(err), err
}

// statusOf finds the answer to a call that ended in err. Whatever a step's err is, a
// call whose context has ended gets the answer of that.
func (c *Call) statusOf(err error) *Status {
	if _, ok := errors.AsType[*graph.PanicError](err); ok {
		return internal()
	}
	if s, ok := errors.AsType[*Status](err); ok {
		return s
	}
	if errors.Is(err, ErrGone) {
		return nil
	}
	if c.ctx.Err() != nil {
		switch cause := context.Cause(c.ctx); {
		case errors.Is(cause, ErrTimeout):
			return c.timedOut()
		case errors.Is(cause, ErrStopping):
			return stopping
		default:
			return nil
		}
	}
	if e, ok := errors.AsType[*admit.MemoryError](err); ok {
		return NoMemory(e)
	}
	if e, ok := errors.AsType[*spec.InputError](err); ok && known(e.Status) {
		return &Status{Code: e.Status, Message: e.Message, Problems: e.Problems, Reason: inputReason(e.Status)}
	}
	if e, ok := errors.AsType[*gostep.Error](err); ok {
		if !known(e.StatusCode()) {
			return internal()
		}
		return &Status{Code: e.StatusCode(), Message: e.Message(), Reason: NoReason, RetryAfter: e.RetryAfter()}
	}
	if e, ok := errors.AsType[spec.StatusError](err); ok && known(e.StatusCode()) {
		s := &Status{Code: e.StatusCode(), Message: e.Error(), Reason: NoReason}
		if r, ok := errors.AsType[retryError](err); ok {
			s.RetryAfter = r.RetryAfter()
		}
		return s
	}
	return internal()
}

// NoMemory is the status of a request that did not get the memory that it takes.
func NoMemory(e *admit.MemoryError) *Status {
	s := &Status{Code: e.StatusCode(), Message: e.Error(), Reason: metrics.MemoryFull, RetryAfter: e.RetryAfter()}
	switch {
	case e.Never:
		s.Reason = metrics.MemoryLimit
	case e.Short:
		s.Reason = metrics.MemoryShort
	}
	return s
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
