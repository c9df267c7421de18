package gostep

import (
	"fmt"
	"reflect"
	"runtime/debug"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/spec"
)

// Error is what the error of a step said when the step returned.
type Error struct {
	text       string
	message    string
	status     int
	retryAfter time.Duration
}

// Error gives all that the step's error said, for the log.
func (e *Error) Error() string { return e.text }

// Message gives what the part of the error said that chose the status: it is for
// the client. "" where none did.
func (e *Error) Message() string { return e.message }

// StatusCode gives the HTTP status that the error chose, 0 for none.
func (e *Error) StatusCode() int { return e.status }

// RetryAfter gives how long a client should wait, 0 where the error does not say.
func (e *Error) RetryAfter() time.Duration { return e.retryAfter }

// takeDown calls the methods of a step's error. They may panic.
func takeDown(err error) error {
	if isNil(err) {
		return &graph.PanicError{Text: fmt.Sprintf("the step returned a nil %T as its error: return nil, or declare the variable as error", err), Stack: debug.Stack()}
	}
	e := &Error{text: err.Error()}
	left := maxErrors
	find(err, &left, func(err error) bool {
		s, ok := err.(spec.StatusError)
		if ok {
			e.status, e.message = s.StatusCode(), err.Error()
		}
		return ok
	})
	left = maxErrors
	find(err, &left, func(err error) bool {
		r, ok := err.(interface{ RetryAfter() time.Duration })
		if ok {
			e.retryAfter = r.RetryAfter()
		}
		return ok
	})
	if left < 0 {
		return &Error{text: e.text + " (an error that wraps itself, or more than 1000 others)"}
	}
	return e
}

// isNil tells whether err holds a nil pointer, map, slice, function or channel.
func isNil(err error) bool {
	switch v := reflect.ValueOf(err); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return v.IsNil()
	default:
		return false
	}
}

// maxErrors bounds how many errors one may wrap: it may wrap itself.
const maxErrors = 1000

// find walks an error and what it wraps, in the order of [errors.As], until found
// says so.
func find(err error, left *int, found func(error) bool) bool {
	if *left--; *left < 0 || err == nil {
		return false
	}
	if found(err) {
		return true
	}
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		return find(u.Unwrap(), left, found)
	case interface{ Unwrap() []error }:
		for _, err := range u.Unwrap() {
			if find(err, left, found) {
				return true
			}
		}
	}
	return false
}
