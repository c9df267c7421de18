//go:build linux && (amd64 || arm64)

package onnx

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"bentoc.dev/runtime/engine/onnx/ort"
)

// fault is an error of a run with what a request is told of it.
type fault struct{ lib *ort.Error }

func (e *fault) Error() string { return e.lib.Error() }

// Unwrap gives the error of the library.
func (e *fault) Unwrap() error { return e.lib }

// StatusCode is 422 for what the model cannot take, be it that an operation of it
// refuses values or shapes while it runs; 503 where memory ran out, 500 for what
// else goes wrong.
func (e *fault) StatusCode() int {
	switch {
	case e.lib.OutOfMemory():
		return http.StatusServiceUnavailable
	case e.lib.Code == ort.InvalidArgument, e.lib.OfNode() && (e.lib.Code == ort.Fail || e.lib.Code == ort.RuntimeException):
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

// Detail is all that the library said. The client's message has no places in the
// library's sources.
func (e *fault) Detail() slog.Attr { return slog.String("onnxruntime", e.lib.Message) }

// failed gives what a request is told of an error of a run: the cause where it was
// stopped because ctx ended.
func failed(ctx context.Context, err error) error {
	lib, ok := errors.AsType[*ort.Error](err)
	switch {
	case !ok:
		return err
	case lib.Terminated() && ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return &fault{lib}
}
