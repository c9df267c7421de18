// Package engine has the seam between the server and what executes models. Each
// engine is a package below this one; a generated server imports only those that
// its bento uses.
package engine

import (
	"context"

	"bentoc.dev/runtime/tensor"
)

// Engine runs one model for many requests at a time.
//
// Open makes it ready and returns an error that names the runner where it cannot
// be. Infer runs one item: one tensor for each input in the order declared, one
// for each output back, which the caller owns. It may be called from many
// goroutines and gathers their items into batches where the model takes batches.
// Its error may have a StatusCode method, which is the HTTP status of the
// request. Infer returns when ctx ends, and what it computed in vain is stopped.
// Close waits for the calls in flight, no longer than ctx, and gives everything
// back. Close without Open, and a second Close, do nothing.
type Engine interface {
	Open(ctx context.Context) error
	Infer(ctx context.Context, inputs []tensor.Tensor) ([]tensor.Tensor, error)
	Close(ctx context.Context) error
}
