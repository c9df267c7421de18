package graph

import (
	"fmt"
	"runtime/debug"

	"bentoc.dev/runtime/spec"
)

// NodeError says in which node of a graph an error arose. It is for logs: what
// a client is told is decided by the error inside.
type NodeError struct {
	Graph string
	Node  string
	Err   error
}

// Error gives graph/node: cause.
func (e *NodeError) Error() string { return e.Graph + "/" + e.Node + ": " + e.Err.Error() }

// Unwrap gives the node's own error.
func (e *NodeError) Unwrap() error { return e.Err }

func (g *Graph) wrap(node *spec.Node, err error) error {
	if err == nil {
		return nil
	}
	return &NodeError{Graph: g.spec.Name, Node: node.Name, Err: err}
}

// ItemError says for which item of a [Map] an error arose.
type ItemError struct {
	Map   string
	Index int
	Err   error
}

// Error gives map[index]: cause.
func (e *ItemError) Error() string { return fmt.Sprintf("%s[%d]: %v", e.Map, e.Index, e.Err) }

// Unwrap gives the item's own error.
func (e *ItemError) Unwrap() error { return e.Err }

// UnmatchedError says that a switch has no arm for a value: one that is not of the type
// that the value's giver declares, or NaN. It is a fault of the server's own.
type UnmatchedError struct {
	Node  string
	Value string
}

// Unmatched makes the error of the switch at a path.
func Unmatched(node string, value any) error {
	text := fmt.Sprintf("%#v", value)
	switch v := value.(type) {
	case *string:
		text = quoted(v)
	case *bool:
		text = quoted(v)
	case *int64:
		text = quoted(v)
	case *float64:
		text = quoted(v)
	}
	return &UnmatchedError{node, text}
}

func quoted[T any](v *T) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprintf("%#v", *v)
}

// Error names the switch and the value.
func (e *UnmatchedError) Error() string {
	return fmt.Sprintf("no arm of the switch %s matches %.200s", e.Node, e.Value)
}

// PanicError is what a step did that no code should: it panicked, or ended its
// goroutine. It is the server's fault whatever the panic's value is, so it does not
// unwrap to that, and the value's text is taken when the error is made.
type PanicError struct {
	Text  string
	Stack []byte // of the goroutine, as in a crash
}

// NewPanicError makes an error of what recover returned; it must be called by
// the deferred function, so that the stack still shows where the panic was.
func NewPanicError(value any) *PanicError {
	return &PanicError{Text: fmt.Sprintf("panic: %v", value), Stack: debug.Stack()}
}

// NewGoexitError makes an error of a step that ended its goroutine; it must be
// called by a deferred function of that goroutine, as NewPanicError is.
func NewGoexitError() *PanicError {
	return &PanicError{Text: "the step ended its goroutine with runtime.Goexit", Stack: debug.Stack()}
}

// Error gives the text; the stack is apart, in Stack.
func (e *PanicError) Error() string { return e.Text }

// untilReturn calls f; should f end the goroutine instead of returning, fail is
// told, so that what is missing does not count as done.
func untilReturn(f func(), fail func(error)) {
	returned := false
	defer func() {
		if !returned {
			fail(NewGoexitError())
		}
	}()
	f()
	returned = true
}
