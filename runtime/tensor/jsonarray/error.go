package jsonarray

import (
	"errors"
	"fmt"
	"strings"
)

// Kind sorts errors.
type Kind int

// The kinds of errors.
const (
	Syntax Kind = iota // not JSON
	Type               // an element of another type, or out of its range
	Shape              // ragged, or not the shape that is wanted
)

// Error says what is wrong with an array and where.
type Error struct {
	Offset int   // bytes from the start of the buffer
	Index  []int // indexes of the element, as far as they are known
	Kind   Kind
	Msg    string // without the place
}

func (e *Error) Error() string {
	var b strings.Builder
	for _, i := range e.Index {
		fmt.Fprintf(&b, "[%d]", i)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%s (at byte %d)", e.Msg, e.Offset)
	return b.String()
}

// fail makes an error at pos, inside the arrays that are open.
func (r *nest) fail(pos int, kind Kind, format string, args ...any) error {
	return r.locate(&Error{Offset: pos, Kind: kind, Msg: fmt.Sprintf(format, args...)})
}

// locate adds the indexes of the open arrays to an error.
func (r *nest) locate(err error) error {
	var e *Error
	if errors.As(err, &e) {
		e.Index = append([]int(nil), r.count[:r.depth]...)
	}
	return err
}

func syntax(pos int, format string, args ...any) error {
	return &Error{Offset: pos, Kind: Syntax, Msg: fmt.Sprintf(format, args...)}
}

// quote shows a byte of the input.
func quote(c byte) string {
	if c < ' ' || c > '~' {
		return fmt.Sprintf("byte 0x%02x", c)
	}
	return fmt.Sprintf("%q", string(rune(c)))
}

func nested(rank int) string {
	switch rank {
	case 0:
		return "one element"
	case 1:
		return "an array"
	}
	return fmt.Sprintf("arrays nested %d deep", rank)
}
