package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/spec"
)

const statusUnavailable = http.StatusServiceUnavailable

// Error is why an item has no answer.
type Error struct {
	Runner string
	Status int // of HTTP: 422, 500 or 503
	Err    error
}

func (e *Error) Error() string { return fmt.Sprintf("runner %s: %s", e.Runner, e.Err) }

// Unwrap gives the cause, which may be an error of the engine.
func (e *Error) Unwrap() error { return e.Err }

// StatusCode is the status of the request: 422 for what the model cannot take, 503
// where memory ran out, 500 for what else goes wrong.
func (e *Error) StatusCode() int { return e.Status }

func (o *opened) badInput(format string, args ...any) error {
	return &Error{Runner: o.cfg.Name, Status: http.StatusUnprocessableEntity, Err: fmt.Errorf(format, args...)}
}

// dropped is an error of an item that did not run.
type dropped interface {
	error
	DropReason() string
}

// failure gives an error of a run its status. Those of items that did not run, and
// those of the request's context, stay as they are.
func (o *opened) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if _, ok := errors.AsType[dropped](err); ok {
		return err
	}
	e := &Error{Runner: o.cfg.Name, Status: http.StatusInternalServerError, Err: err}
	if s, ok := errors.AsType[spec.StatusError](err); ok {
		e.Status = s.StatusCode()
	}
	if detail, ok := engine.Detail(err); ok && !logging.Private(ctx) { // libraries quote what they are given
		slog.LogAttrs(ctx, slog.LevelInfo, "a run failed", slog.String("runner", o.cfg.Name), slog.Int("status", e.Status), detail)
	}
	return e
}
