package diag

import (
	"errors"
	"fmt"
)

// Error makes a diagnostic an error: its place and its message.
func (d Diagnostic) Error() string {
	if !d.Pos.IsValid() {
		return d.Message
	}
	return d.Pos.String() + ": " + d.Message
}

// Unwrap gives the error that the diagnostic was made of, if any.
func (d Diagnostic) Unwrap() error { return d.Cause }

// Error makes a list an error, which phases return where they find that the user's
// sources are wrong. It gives the first mistake; errors.As finds the list.
func (l List) Error() string {
	for _, d := range l {
		if d.Severity == Error {
			return d.Error()
		}
	}
	if len(l) == 0 {
		return "no mistake"
	}
	return l[0].Error()
}

// Unwrap gives the diagnostics.
func (l List) Unwrap() []error {
	all := make([]error, len(l))
	for i, d := range l {
		all[i] = d
	}
	return all
}

// Err gives l as an error, nil where it holds none.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return l
}

// Hinter is an error that knows its cure. Hint may have several lines.
type Hinter interface {
	error
	Hint() string
}

// HintOf gives the cure that err, or an error in it, knows, else "".
func HintOf(err error) string {
	var h Hinter
	if errors.As(err, &h) {
		return h.Hint()
	}
	var d Diagnostic
	if errors.As(err, &d) {
		return d.Hint
	}
	return ""
}

// WithHint adds a cure to err.
func WithHint(err error, format string, args ...any) error {
	return &hinted{err, fmt.Sprintf(format, args...)}
}

type hinted struct {
	error
	hint string
}

func (e *hinted) Unwrap() error { return e.error }
func (e *hinted) Hint() string  { return e.hint }

// Located is an error that comes from a place in the user's sources which is not to
// blame for it: a file that cannot be packed, a model that cannot be fetched.
type Located struct {
	Pos Pos
	Err error
}

// At says where err comes from.
func At(pos Pos, err error) error { return &Located{pos, err} }

func (e *Located) Error() string { return fmt.Sprintf("%s: %v", e.Pos, e.Err) }

// Unwrap gives the error.
func (e *Located) Unwrap() error { return e.Err }
