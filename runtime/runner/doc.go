// Package runner is what stands between the code that calls a runner and what
// executes it.
//
// A [Runner] runs a model by an engine: its items wait in a queue with a bound, are
// gathered into batches, and run on instances of the engine. A [Func] runs a Go
// step, whose calls are bounded the same way. Both count what they do under the same
// names.
//
// # Batches that are right
//
// That an engine takes several items in one run does not say that it gives each what
// it gets alone. So the first batches of each shape are compared with single runs of
// their items, and an engine that can tell from a model alone whether it batches is
// asked first: see trust.
//
// A [Set] is the runners of one generation of a bento: generated code adds each to
// it, and the server opens and closes them together. Two sets of one process have
// nothing in common but [Hooks].
package runner
