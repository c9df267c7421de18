//go:build linux && (amd64 || arm64)

package ort

import (
	"unsafe"

	_ "github.com/ebitengine/purego" // sets up the C side of threads where cgo is off
)

// arguments is a call of a C function with up to eight arguments, all integers
// or pointers. It must lie on the heap, since a log callback during the call may
// move the stack. Trampolines read and write it by these offsets.
type arguments struct {
	fn     uintptr
	a      [8]uintptr
	result uintptr
}

// cgocall calls a C function with one argument on the system stack, as code made
// by cgo does.
//
//go:linkname cgocall runtime.cgocall
//go:noescape
func cgocall(fn uintptr, arg unsafe.Pointer) int32

// trampoline is the address of the code that spreads arguments over registers.
var trampoline uintptr

// call calls a.fn. It costs 30 to 40 ns and allocates nothing, where
// purego.SyscallN costs 100 to 200 ns and an allocation.
//
//go:nosplit
func (a *arguments) call() uintptr {
	cgocall(trampoline, unsafe.Pointer(a))
	return a.result
}
