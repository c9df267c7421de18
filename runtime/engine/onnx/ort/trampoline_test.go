//go:build linux && (amd64 || arm64)

package ort

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/ebitengine/purego"
)

// libc gives the address of a function of the C library.
func libc(t testing.TB, name string) uintptr {
	t.Helper()
	handle, err := purego.Dlopen("libc.so.6", purego.RTLD_NOW)
	if err != nil {
		t.Fatal(err)
	}
	fn, err := purego.Dlsym(handle, name)
	if err != nil {
		t.Fatal(err)
	}
	return fn
}

// TestEightArguments has C print five of them into a buffer, which two more give.
func TestEightArguments(t *testing.T) {
	t.Parallel()
	buffer, format := make([]byte, 100), cstring("%ld %ld %ld %ld %lx")
	a := &arguments{fn: libc(t, "snprintf"), a: [8]uintptr{
		uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), uintptr(unsafe.Pointer(format)),
		1, 22, 333, 4444, 1<<64 - 1}}
	want := "1 22 333 4444 ffffffffffffffff"
	if n := a.call(); int(n) != len(want) || string(bytes.TrimRight(buffer, "\x00")) != want {
		t.Errorf("C printed %d bytes: %q", n, buffer)
	}
}

// BenchmarkCall is the price of calling a C function that does next to nothing.
func BenchmarkCall(b *testing.B) {
	fn := libc(b, "labs")
	b.Run("trampoline", func(b *testing.B) {
		a := &arguments{fn: fn}
		b.ReportAllocs()
		for b.Loop() {
			a.a[0] = 7
			if a.call() != 7 {
				b.Fatal("wrong result")
			}
		}
	})
	b.Run("SyscallN", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if r, _, _ := purego.SyscallN(fn, 7); r != 7 {
				b.Fatal("wrong result")
			}
		}
	})
}
