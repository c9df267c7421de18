// Package collect readies the heap for a program that mostly ends soon.
//
// It puts the first garbage collection off until the heap has 64 MB. Most commands
// end before that; Go's own first mark is 4 MB, and a heap that grows from there is
// collected a dozen times for nothing. From then on, and where GOGC is set, all is as
// usual.
//
// It is imported for that alone. Packages are initialized in the order of their
// paths as soon as what they import is, and this one imports next to nothing: it
// comes before what libraries make in their own initialization, which is nearly 4 MB.
package collect

import (
	"os"
	"runtime"
	"runtime/debug"
)

func init() {
	if os.Getenv("GOGC") != "" {
		return
	}
	const first = 64 << 20
	usual := debug.SetGCPercent(first / (4 << 20) * 100)
	useHugePages(first * 3 / 4)
	runtime.SetFinalizer(new([64]byte), func(*[64]byte) { debug.SetGCPercent(usual) })
}
