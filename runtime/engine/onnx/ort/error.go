//go:build linux && (amd64 || arm64)

package ort

import (
	"fmt"
	"strings"
)

// Code is the kind of an error, as OrtErrorCode numbers it.
type Code int32

// The codes that callers tell apart.
const (
	Fail             Code = 1
	InvalidArgument  Code = 2
	NoSuchFile       Code = 3
	RuntimeException Code = 6
	InvalidProtobuf  Code = 7
	NotImplemented   Code = 9
	InvalidGraph     Code = 10
)

// Error is an error of the library.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%s (onnxruntime code %d)", e.Message, e.Code) }

// OutOfMemory says whether an allocation failed. The library has no code for it.
func (e *Error) OutOfMemory() bool {
	return strings.Contains(e.Message, "Failed to allocate memory") ||
		strings.Contains(e.Message, "bad_alloc") || strings.Contains(e.Message, "bad allocation") ||
		strings.Contains(e.Message, "out of memory")
}

// Terminated says whether the run was stopped by [Slot.Terminate].
func (e *Error) Terminated() bool { return strings.Contains(e.Message, "terminate flag") }
