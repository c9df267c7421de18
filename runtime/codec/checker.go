package codec

import (
	"fmt"
	"strconv"
	"strings"

	"bentoc.dev/runtime/spec"
)

// MaxProblems is how many problems of one value are collected; the ones after
// that are not looked for.
const MaxProblems = 50

// A frame is one level of nesting: where in an object or a list we are.
type frame struct {
	name  string // of a field, when known from the type
	key   []byte // of a field, when read from the text
	index int    // of an item; -1 in objects
	count int    // members begun so far
	form  bool   // the fields are the parts of a form
	edge  string // of a graph, by which the value came
}

// Checker collects the problems of one value, each with its place. The zero
// Checker is ready for use.
type Checker struct {
	frames   []frame
	problems []spec.Problem
	status   int // of all the problems; 400 where they differ
}

// In steps into the field called name; [Checker.Out] steps out again.
func (c *Checker) In(name string) {
	c.frames = append(c.frames, frame{name: name, index: -1})
}

// InEdge is In for a field of a node's input that comes by an edge of a graph, such
// as #input.weight: problems in there name it.
func (c *Checker) InEdge(name, edge string) {
	c.frames = append(c.frames, frame{name: name, index: -1, edge: edge})
}

// InItem steps into item i of a list.
func (c *Checker) InItem(i int) {
	c.frames = append(c.frames, frame{index: i})
}

// InKey steps into an entry of a map.
func (c *Checker) InKey(key string) { c.In(key) }

// Out steps out of a field, an item or an entry.
func (c *Checker) Out() { c.frames = c.frames[:len(c.frames)-1] }

// Problem reports that the value here does not fit. The kind is one of pydantic's
// error types, which clients of BentoML know.
func (c *Checker) Problem(kind, format string, args ...any) {
	c.problem(400, kind, format, args...)
}

// ProblemStatus is Problem for a mistake that has an HTTP status of its own.
func (c *Checker) ProblemStatus(status int, kind, format string, args ...any) {
	c.problem(status, kind, format, args...)
}

func (c *Checker) problem(status int, kind, format string, args ...any) {
	if len(c.problems) >= MaxProblems {
		return
	}
	switch {
	case len(c.problems) == 0:
		c.status = status
	case c.status != status:
		c.status = 400
	}
	msg := fmt.Sprintf(format, args...)
	for i := range c.frames {
		if edge := c.frames[i].edge; edge != "" {
			msg += " (it comes from " + edge + ")"
		}
	}
	c.problems = append(c.problems, spec.Problem{Type: kind, Loc: c.loc(), Msg: msg})
}

// missing reports that the field called name is not there.
func (c *Checker) missing(name string) {
	c.In(name)
	c.Missing()
	c.Out()
}

// loc copies the path from the root to here.
func (c *Checker) loc() []any {
	loc := make([]any, 0, len(c.frames))
	for _, f := range c.frames {
		switch {
		case f.index >= 0:
			loc = append(loc, f.index)
		case f.key != nil:
			loc = append(loc, string(f.key))
		default:
			loc = append(loc, f.name)
		}
	}
	return loc
}

// CheckError says that a value inside a graph does not fit its declared type.
// It is the server's fault, not the client's: it has no StatusCode, so clients
// see a 500 and the log has the text.
type CheckError struct {
	Where    string // such as "the output of runner spell"
	Problems []spec.Problem
}

func (e *CheckError) Error() string {
	return fmt.Sprintf("%s does not fit its type: %s", e.Where, summary(e.Problems))
}

// Err gives a [*CheckError] that begins with where when there was a problem.
func (c *Checker) Err(where string) error {
	if len(c.problems) == 0 {
		return nil
	}
	return &CheckError{Where: where, Problems: c.problems}
}

// summary says in one line what the problems are.
func summary(ps []spec.Problem) string {
	s := describe(ps[0])
	if n := len(ps) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

func describe(p spec.Problem) string {
	if len(p.Loc) == 0 {
		return p.Msg
	}
	return Path(p.Loc) + ": " + p.Msg
}

// Path writes a problem's place as people read it: lines[2].score.
func Path(loc []any) string {
	var b strings.Builder
	for _, s := range loc {
		switch s := s.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(s) + "]")
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s)
		}
	}
	return b.String()
}

// InputErr is like Err for a value that came with the request: the client is told,
// with status 422, since by its type the request was well-formed.
func (c *Checker) InputErr(where string) error {
	if len(c.problems) == 0 {
		return nil
	}
	return &spec.InputError{Status: 422, Problems: c.problems,
		Message: fmt.Sprintf("%s does not fit: %s", where, summary(c.problems))}
}

// Missing reports that the value here is not there.
func (c *Checker) Missing() { c.Problem("missing", "a value is required") }
