package main

import (
	"fmt"
	"io"
)

// stdout keeps the first error of writing to standard output: whoever reads the result
// must not take a part of it, or nothing, for the whole, whatever command wrote it.
type stdout struct {
	io.Writer
	err error
}

// Write implements io.Writer.
func (w *stdout) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

// failed reports what could not be written and gives the exit code.
func (w *stdout) failed(s streams, code int) int {
	if w.err == nil || code == exitInterrupted {
		return code
	}
	if code != exitFailure { // else it is told already
		fmt.Fprintf(s.err, "bentoc: error: writing the result: %v\n", w.err)
	}
	return exitFailure
}

// direct gives what standard output really is, for a program that is to write to it
// itself.
func direct(w io.Writer) io.Writer {
	if out, ok := w.(*stdout); ok {
		return out.Writer
	}
	return w
}
