package gostep_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bentoc.dev/runtime/engine/gostep"
	"bentoc.dev/runtime/graph"
)

// tea is an error with all that one may say.
type tea struct{ wait time.Duration }

func (tea) Error() string                 { return "tea only" }
func (tea) StatusCode() int               { return 418 }
func (e tea) RetryAfter() time.Duration   { return e.wait }
func (tea) Is(error) bool                 { panic("Is was called") }
func (tea) As(any) bool                   { panic("As was called") }
func (tea) Format(s fmt.State, verb rune) { panic("Format was called") }

// broken is an error whose methods panic, one of them.
type broken struct{ method string }

func (e *broken) is(method string) {
	if e.method == method {
		panic("the bomb in " + method)
	}
}
func (e *broken) Error() string             { e.is("Error"); return "broken" }
func (e *broken) StatusCode() int           { e.is("StatusCode"); return 400 }
func (e *broken) RetryAfter() time.Duration { e.is("RetryAfter"); return 0 }
func (e *broken) Unwrap() error             { e.is("Unwrap"); return nil }

// plain has no method but Error, which heeds no nil.
type plain struct{}

func (*plain) Error() string { return "plain" }

type several []error

func (several) Error() string     { return "several" }
func (s several) Unwrap() []error { return s }

// endless wraps itself.
type endless struct{}

func (endless) Error() string   { return "endless" }
func (e endless) Unwrap() error { return e }

func call(err error) error {
	_, err = gostep.Call(context.Background(), 7, func(_ context.Context, n int) (int, error) { return n, err })
	return err
}

func TestErrorsAreTakenDown(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err           error
		text, message string
		status        int
		wait          time.Duration
	}{
		{errors.New("no"), "no", "", 0, 0},
		{tea{time.Second}, "tea only", "tea only", 418, time.Second},
		{&wrapped{tea{}}, "pot: tea only", "tea only", 418, 0},
		{several{errors.New("a"), &wrapped{tea{2}}, &broken{"StatusCode"}}, "several", "tea only", 418, 2},
		{several{}, "several", "", 0, 0},
		{endless{}, "endless (an error that wraps itself, or more than 1000 others)", "", 0, 0},
		{several{endless{}, endless{}}, "several (an error that wraps itself, or more than 1000 others)", "", 0, 0},
	} {
		e, ok := errors.AsType[*gostep.Error](call(tc.err))
		if !ok || e.Error() != tc.text || e.Message() != tc.message || e.StatusCode() != tc.status || e.RetryAfter() != tc.wait {
			t.Errorf("%T: got %+v", tc.err, e)
		}
		if errors.Is(e, tc.err) || errors.Unwrap(e) != nil {
			t.Errorf("%T: the user's error is still there", tc.err)
		}
	}
	if err := call(nil); err != nil {
		t.Error(err)
	}
}

type wrapped struct{ err error }

func (e *wrapped) Error() string { return "pot: " + e.err.Error() }
func (e *wrapped) Unwrap() error { return e.err }

func TestErrorsThatPanic(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err         error
		text, stack string
	}{
		{&broken{"Error"}, "panic: the bomb in Error", "(*broken).Error"},
		{&broken{"StatusCode"}, "panic: the bomb in StatusCode", "(*broken).StatusCode"},
		{&broken{"RetryAfter"}, "panic: the bomb in RetryAfter", "(*broken).RetryAfter"},
		{&wrapped{&broken{"StatusCode"}}, "panic: the bomb in StatusCode", "(*broken).StatusCode"},
		{&wrapped{nil}, "panic: runtime error: invalid memory address or nil pointer dereference", "(*wrapped).Error"},
		{(*broken)(nil), "the step returned a nil *gostep_test.broken as its error: return nil, or declare the variable as error", "gostep.Call"},
		{(*plain)(nil), "the step returned a nil *gostep_test.plain as its error: return nil, or declare the variable as error", "gostep.Call"},
		{several(nil), "the step returned a nil gostep_test.several as its error: return nil, or declare the variable as error", "gostep.Call"},
		{fmt.Errorf("loading: %w", (*broken)(nil)), "panic: runtime error: invalid memory address or nil pointer dereference", "(*broken).StatusCode"},
	} {
		p, ok := errors.AsType[*graph.PanicError](call(tc.err))
		if !ok || p.Error() != tc.text || !strings.Contains(string(p.Stack), tc.stack) {
			t.Errorf("%T: got %v", tc.err, p)
		}
	}
}

func TestPanicsOfSteps(t *testing.T) {
	t.Parallel()
	for _, v := range []any{"boom", errors.New("boom"), tea{}, &broken{"Error"}, nil} {
		_, err := gostep.Call(t.Context(), 7, func(context.Context, int) (int, error) { panic(v) })
		p, ok := errors.AsType[*graph.PanicError](err)
		if !ok || !strings.HasPrefix(p.Error(), "panic: ") || !strings.Contains(string(p.Stack), "TestPanicsOfSteps") {
			t.Errorf("%v: got %v", v, err)
		}
	}
}

func TestHook(t *testing.T) {
	t.Parallel()
	if err := gostep.Hook(func(context.Context) error { return nil })(t.Context()); err != nil {
		t.Error(err)
	}
	_, ok := errors.AsType[*graph.PanicError](gostep.Hook(func(context.Context) error { return (*plain)(nil) })(t.Context()))
	if !ok {
		t.Error("a typed nil is no error of Open")
	}
}
