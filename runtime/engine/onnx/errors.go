//go:build linux && (amd64 || arm64)

package onnx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"bentoc.dev/runtime/batch"
	"bentoc.dev/runtime/engine/onnx/ort"
)

const statusUnavailable = http.StatusServiceUnavailable

// Error is why an item has no answer.
type Error struct {
	Runner string
	Status int // of HTTP: 422, 500 or 503
	Err    error
}

func (e *Error) Error() string { return fmt.Sprintf("runner %s: %s", e.Runner, e.Err) }

// Unwrap gives the cause, an [*ort.Error] where it comes from the library.
func (e *Error) Unwrap() error { return e.Err }

// StatusCode is the status of the request: 422 for what the model cannot take,
// 503 where memory ran out, 500 for what else goes wrong in the library.
func (e *Error) StatusCode() int { return e.Status }

func (l *loaded) badInput(format string, args ...any) error {
	return &Error{Runner: l.cfg.Name, Status: http.StatusUnprocessableEntity, Err: fmt.Errorf(format, args...)}
}

// failure gives an error of a run its status. Errors that have one, and those of
// the request's context, stay as they are.
func (l *loaded) failure(ctx context.Context, err error) error {
	var status interface{ StatusCode() int }
	if ctx.Err() != nil || errors.As(err, &status) {
		return err
	}
	var panicked *batch.PanicError
	if errors.As(err, &panicked) {
		slog.ErrorContext(ctx, "panic while a model ran", "runner", l.cfg.Name, "panic", panicked.Value, "stack", string(panicked.Stack))
	}
	e := &Error{Runner: l.cfg.Name, Status: http.StatusInternalServerError, Err: err}
	var lib *ort.Error
	if !errors.As(err, &lib) {
		return e
	}
	switch {
	case lib.OutOfMemory():
		e.Status = http.StatusServiceUnavailable
	case lib.Code == ort.InvalidArgument:
		e.Status = http.StatusUnprocessableEntity
	}
	return e
}

// stopped gives the cause for a run that was terminated because ctx ended.
func stopped(ctx context.Context, err error) error {
	var lib *ort.Error
	if errors.As(err, &lib) && lib.Terminated() && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
