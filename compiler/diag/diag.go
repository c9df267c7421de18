// Package diag holds what bentoc says about a user's sources: a diagnostic is
// a value with a stable code, a position, a cause and a cure. The rest of the
// compiler collects diagnostics in a [List]; only the command line prints them.
//
// To add a code, add one value to a file rules_*.go: see [Rule]. A phase that finds that
// the sources are wrong returns the list, which is an error ([List.Err]); an error of
// another kind that knows its cure is a [Hinter] ([WithHint]), one that knows its place
// is [Located] ([At]).
//
// What the user can fix is a Diagnostic. What the user cannot fix (a full
// disk, a network that is down) is an ordinary Go error.
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Pos is a place in a source file. Line and Col count from 1, in bytes; the
// zero Pos means "no place". EndLine and EndCol are 0 when the end is unknown.
type Pos struct {
	// File is slash-separated and relative to the root of the CUE module;
	// files of the embedded schema begin with "bentoc.dev/schema@v0/".
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	EndLine int    `json:"endLine,omitempty"`
	EndCol  int    `json:"endCol,omitempty"`
}

// IsValid reports whether p names a place.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String gives file:line:col.
func (p Pos) String() string {
	if !p.IsValid() {
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Severity tells how bad a diagnostic is.
type Severity string

// The severities. An error stops the build; a warning does not.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Related is a second place that helps to understand a diagnostic, such as the
// other end of an edge.
type Related struct {
	Pos     Pos    `json:"pos"`
	Message string `json:"message"`
}

// Diagnostic is one thing that is wrong in the user's sources.
//
// Message and Hint are lower case, without a full stop. Message is the cause,
// Hint the cure.
type Diagnostic struct {
	Code     Code      `json:"code"`
	Severity Severity  `json:"severity"`
	Pos      Pos       `json:"pos"`
	Path     string    `json:"path,omitempty"` // data path, such as bento.graphs.read.nodes.det
	Message  string    `json:"message"`
	Hint     string    `json:"hint,omitempty"`
	Related  []Related `json:"related,omitempty"`

	// Format and Args are what Message was made of; "" where it was not.
	Format string `json:"-"`
	Args   []any  `json:"-"`
	// Cause is the error that it was made of, if any.
	Cause error `json:"-"`
}

// List is a collection of diagnostics.
type List []Diagnostic

// Errorf appends an error at pos.
func (l *List) Errorf(code Code, pos Pos, path, format string, args ...any) *Diagnostic {
	*l = append(*l, Diagnostic{Code: code, Severity: Error, Pos: pos, Path: path})
	return (&(*l)[len(*l)-1]).Messagef(format, args...)
}

// Warnf appends a warning at pos.
func (l *List) Warnf(code Code, pos Pos, path, format string, args ...any) *Diagnostic {
	d := l.Errorf(code, pos, path, format, args...)
	d.Severity = Warning
	return d
}

// Messagef sets the message of d and returns d.
func (d *Diagnostic) Messagef(format string, args ...any) *Diagnostic {
	d.Message, d.Format, d.Args = fmt.Sprintf(format, args...), format, args
	return d
}

// By notes the error that d was made of and returns d.
func (d *Diagnostic) By(cause error) *Diagnostic {
	d.Cause = cause
	return d
}

// Hintf sets the hint of d and returns d.
func (d *Diagnostic) Hintf(format string, args ...any) *Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// Also adds a related place to d and returns d.
func (d *Diagnostic) Also(pos Pos, format string, args ...any) *Diagnostic {
	d.Related = append(d.Related, Related{Pos: pos, Message: fmt.Sprintf(format, args...)})
	return d
}

// HasErrors reports whether l holds an error, not warnings alone.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sorted returns l by file, line, column and code, without doubles.
func (l List) Sorted() List {
	s := slices.Clone(l)
	slices.SortStableFunc(s, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(s, func(a, b Diagnostic) bool {
		return a.Code == b.Code && a.Pos == b.Pos && a.Path == b.Path && a.Message == b.Message
	})
}
