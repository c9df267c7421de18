// Package gostep calls the Go functions that users write, and takes down what
// their errors say.
//
// Steps take and give typed values, so they are no engine.Engine: runner.Func runs
// them.
//
// A step may do what no other code of the server does: panic, end its goroutine,
// return a nil pointer as its error, or return an error whose methods do any of
// that. All of it stays inside [Call]: what Call returns holds nothing of the
// user's but the output, so that whatever looks at an error later, from whichever
// goroutine, runs no code of a user.
//
// # What a step may keep
//
// Input and output are not copied. The input belongs to the request, and other
// nodes of the same graph may read it at the same time: a step does not write to
// it. The output is read until the request is answered, and its lists and maps
// may be the input of other steps: a step that keeps them does not write to them
// after it returned. Nothing of it is used for another request.
package gostep

import (
	"context"

	"bentoc.dev/runtime/graph"
)

// Call runs step. Its error is an [*Error], or a [*graph.PanicError] where the step
// or a method of its error panicked. Where one of them ends the goroutine with
// runtime.Goexit, Call does not return: who runs nodes and requests sees to that.
func Call[I, O any](ctx context.Context, in I, step func(context.Context, I) (O, error)) (out O, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = graph.NewPanicError(v)
		}
	}()
	if out, err = step(ctx, in); err != nil {
		err = takeDown(err)
	}
	return out, err
}

// Func makes a function that calls step as [Call] does.
func Func[I, O any](step func(context.Context, I) (O, error)) func(context.Context, I) (O, error) {
	return func(ctx context.Context, in I) (O, error) { return Call(ctx, in, step) }
}

// Hook makes a function that opens or closes a runner one whose error is taken
// down as that of [Call] is.
func Hook(f func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := Call(ctx, struct{}{}, func(ctx context.Context, _ struct{}) (struct{}, error) { return struct{}{}, f(ctx) })
		return err
	}
}
