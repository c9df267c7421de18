// Package assign decides whether the values of one IO type fit another: those of a
// producer a consumer's, over the IR alone. The checks ask it about edges and
// constants. It knows kinds of types by rows of one table, and nothing of diagnostics.
package assign

import "fmt"

// Verdict says how far the values of a producer fit a consumer.
type Verdict int

// The verdicts, the worst first.
const (
	No            Verdict = iota // some kind of value never fits: a mistake
	FitsAtRunTime                // values may or may not fit: the server looks
	Fits                         // every value fits
)

// Result is a verdict with, unless it is Fits, the reason and where inside the types
// it lies, such as "[].box".
type Result struct {
	Verdict Verdict
	Where   string
	Why     string
	// Unsaid tells that the producer does not say what it gives: a tensor without a
	// shape, any JSON value. That it may not fit is no news then.
	Unsaid bool
}

func sure() Result { return Result{Verdict: Fits} }

// Never is the result No, for a reason.
func Never(format string, args ...any) Result {
	return Result{Verdict: No, Why: fmt.Sprintf(format, args...)}
}

func maybe(format string, args ...any) Result {
	return Result{Verdict: FitsAtRunTime, Why: fmt.Sprintf(format, args...)}
}

// unknown is maybe where the producer does not say what it gives.
func unknown(format string, args ...any) Result {
	a := maybe(format, args...)
	a.Unsaid = true
	return a
}

// and is the result of a whole with two parts: the worse, and the first of equals.
func (a Result) and(b Result) Result {
	if b.Verdict < a.Verdict || b.Verdict == FitsAtRunTime && a.Verdict == FitsAtRunTime && a.Unsaid && !b.Unsaid {
		return b
	}
	return a
}

// in moves a result into a part of the whole.
func (a Result) in(part string) Result {
	a.Where = part + a.Where
	return a
}

// String writes the reason for people.
func (a Result) String() string {
	if a.Where == "" {
		return a.Why
	}
	return a.Where + ": " + a.Why
}
