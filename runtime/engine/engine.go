// Package engine is the seam between runners and what executes models. Each engine
// is a package below this one; a generated server imports only those that its bento
// uses.
//
// # To add an engine
//
// An engine is one package here: a type that implements [Engine], made of what the
// bento says. It runs batches of items on one instance, and that is all: the queue,
// which items run together, the retry of items one by one, limits, metrics, the rest
// of memory and the proof that a batch gives each item its own answer are package
// runner's, once for all engines. What an engine can do beyond that it says by an
// optional interface, such as [Prover] or [Shrinker].
//
// To have bentos use it takes, beside that package:
//
//   - an arm of #Engine in schema/, which gives #Runner its #input and #output where
//     it runs a model, and a field of ir.Engine in compiler/ir;
//   - engine_KIND.go in compiler/load and compiler/check: how it is read, and what is
//     wrong with it;
//   - engine_KIND.go in compiler/need, compiler/plan and compiler/layer: what it needs
//     from outside, and what it brings into the image;
//   - engine_KIND.go in compiler/gen: the code that makes the engine and calls it. A
//     runner of tensors has its call written already.
//
// Each of these is one file that fills in its row of a table; a test of each package
// names the arm of ir.Engine that has none. The package is called as the arm is.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"bentoc.dev/runtime/tensor"
)

// Engine is one model as an engine runs it. Nothing happens before Open.
type Engine interface {
	// Open makes the model ready and holds it against what the bento says of it.
	// It may be called again after what it gave was closed.
	Open(ctx context.Context) (Loaded, error)
}

// Loaded is an opened model.
type Loaded interface {
	Signature() Signature
	// NewInstance makes one of the instances that run batches at the same time.
	NewInstance(ctx context.Context, p Placement) (Instance, error)
	// Close gives everything back. It is called after the instances were closed.
	Close(ctx context.Context) error
}

// Placement says which instance one is to be.
type Placement struct {
	Instance int // from 0
}

// Signature says what a model takes and gives.
type Signature struct {
	Inputs, Outputs []Tensor
	// Batches says that one run may be of several items, and that each is given what
	// is its own whatever the values are. Where an engine deals outputs out by their
	// size and cannot be sure that this follows the number of items, its Loaded is a
	// [Prover].
	Batches bool
}

// Tensor is an input or output of one item, without the batch axis.
type Tensor struct {
	Name  string
	DType tensor.DType
	Shape []int // -1 stands for any size; nil for any shape of Rank dimensions at least
	Rank  int
	// Shared says of an input that one value of it is for all items of a run: items for
	// which it differs do not run together.
	Shared bool
}

// Instance runs one batch at a time.
type Instance interface {
	// Run runs items: one where the signature does not say that it batches, else as
	// many as the runner's limit, all of the same shapes. Their inputs were held
	// against the signature. It sets Out or Err of each. Its error is that of the
	// batch as a whole, whose items are then run again, each alone.
	//
	// It ends soon after ctx, which is the same for all runs of an instance until
	// it ends. Neither the slice nor the items may be kept.
	//
	// An error may have a method StatusCode, the status of HTTP that a request
	// gets, 500 where it has none; OutOfMemory, which says that the batch was too
	// large rather than wrong; and Detail, for the log.
	Run(ctx context.Context, items []*Item) error
	Close(ctx context.Context) error
}

// Item is one item of a batch.
type Item struct {
	In  []tensor.Tensor // one for each input; not to be written to
	Out []tensor.Tensor // one for each output, which whoever called the runner owns
	Err error           // why this item alone has no answer
}

// Prover is a [Loaded] whose models may say that they batch and be wrong.
type Prover interface {
	// Prove tells from the model alone, without running it, whether each output has
	// a part for each item of a batch, however many there are. Its error says why
	// that is not sure. Items run alone until it has returned nil.
	Prove() error
	// Quick says that Prove takes so little time that the start may wait for it.
	Quick() bool
}

// Busy is a [Loaded] whose runs keep cores of this machine busy, which it shares with
// the other models of the process.
type Busy interface {
	Cores() int // of one run
}

// Shrinker is an [Instance] that keeps memory for its next run.
type Shrinker interface {
	// Shrink gives memory back that all instances of the model keep. It is not
	// called while this one runs; false says that it has none, so that another may
	// be asked.
	Shrink() (done bool, err error)
}

// CountError is why the outputs of a run could not be dealt out to its items: an
// output has another size along its batch axis than the run had items. The items
// of such a batch run again, each alone; an item that fails so alone has no answer.
type CountError struct {
	Output string // its name in the bento
	Axis   int    // the batch axis in the file; 0 for a sequence
	Values int    // the size along it
	Items  int
}

func (e *CountError) Error() string {
	return fmt.Sprintf("output %s: the model gave %s along batch axis %d for %s",
		e.Output, counted(e.Values, "value"), e.Axis, counted(e.Items, "item"))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// OutOfMemory says whether err says that memory ran out.
func OutOfMemory(err error) bool {
	e, ok := errors.AsType[interface {
		error
		OutOfMemory() bool
	}](err)
	return ok && e.OutOfMemory()
}

// Detail gives what err has for the log alone.
func Detail(err error) (slog.Attr, bool) {
	e, ok := errors.AsType[interface {
		error
		Detail() slog.Attr
	}](err)
	if !ok {
		return slog.Attr{}, false
	}
	return e.Detail(), true
}
