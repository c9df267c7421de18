//go:build linux && (amd64 || arm64)

package ort

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Library is an opened libonnxruntime with its environment. It stays open as
// long as the process, since neither can be given back safely.
type Library struct {
	path    string
	version string
	api     uintptr // OrtApi, a table of functions
	env     uintptr
	alloc   uintptr // the default allocator
	memory  uintptr // describes plain CPU memory
}

// opened has the libraries of this process by path. That is the state of the
// process's dynamic linker, of which there is one too: opening a library twice
// would give the same one, with the same environment.
var opened struct {
	sync.Mutex
	libraries map[string]*Library
}

// Open opens the library at path, or gives the one that was opened before.
func Open(path string) (*Library, error) {
	opened.Lock()
	defer opened.Unlock()
	if l := opened.libraries[path]; l != nil {
		return l, nil
	}
	l, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the ONNX runtime library %s: %w", path, err)
	}
	if opened.libraries == nil {
		opened.libraries = make(map[string]*Library)
	}
	opened.libraries[path] = l
	return l, nil
}

func open(path string) (*Library, error) {
	// The library reads this once, when it is first called; it reaches C's
	// environment too.
	if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil {
		return nil, err
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, err
	}
	getBase, err := purego.Dlsym(handle, "OrtGetApiBase")
	if err != nil {
		return nil, err
	}
	base, _, _ := purego.SyscallN(getBase) // struct { GetApi, GetVersionString }
	version, _, _ := purego.SyscallN(word(base + 8))
	l := &Library{path: path, version: stringAt(version)}
	if l.api, _, _ = purego.SyscallN(word(base), apiVersion); l.api == 0 {
		return nil, fmt.Errorf("version %s is too old: at least 1.%d is needed", l.version, apiVersion)
	}
	return l, l.start()
}

// start makes the environment and what describes memory.
func (l *Library) start() error {
	id := cstring("bentoc")
	if err := l.call(fnCreateEnvWithLogger, logCallback(), 0, logWarning, uintptr(unsafe.Pointer(id)), uintptr(unsafe.Pointer(&l.env))); err != nil {
		return err
	}
	if err := l.call(fnGetAllocator, uintptr(unsafe.Pointer(&l.alloc))); err != nil {
		return err
	}
	return l.call(fnCreateCPUMemoryInfo, allocatorArena, memTypeDefault, uintptr(unsafe.Pointer(&l.memory)))
}

// Version is the library's own version, such as 1.32.0.
func (l *Library) Version() string { return l.version }

// fn is the address of a function of OrtApi.
func (l *Library) fn(index int) uintptr { return word(l.api + uintptr(index)*8) }

// call calls a function that returns an OrtStatus. Addresses of Go memory among
// the arguments must be made in the very expression of the call; the directive
// moves what they point to to the heap and keeps it alive.
//
//go:uintptrescapes
func (l *Library) call(index int, args ...uintptr) error {
	status, _, _ := purego.SyscallN(l.fn(index), args...)
	return l.failure(status)
}

// release calls a function that takes a handle and returns nothing.
func (l *Library) release(index int, handle uintptr) {
	if handle != 0 {
		purego.SyscallN(l.fn(index), handle)
	}
}

// failure makes an error of an OrtStatus, which it frees; nil for success.
func (l *Library) failure(status uintptr) error {
	if status == 0 {
		return nil
	}
	code, _, _ := purego.SyscallN(l.fn(fnGetErrorCode), status)
	message, _, _ := purego.SyscallN(l.fn(fnGetErrorMessage), status)
	err := &Error{Code: Code(int32(code)), Message: stringAt(message)}
	l.release(fnReleaseStatus, status)
	return err
}

// logCallback is the address of a C function that passes the library's messages
// on to slog's default logger. It is made once: callbacks are never freed.
var logCallback = sync.OnceValue(func() uintptr {
	return purego.NewCallback(func(_, severity, category, _, location, message uintptr) {
		levels := [...]slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError, slog.LevelError}
		level := levels[min(max(int(int32(severity)), 0), len(levels)-1)]
		slog.Default().LogAttrs(context.Background(), level, "onnxruntime: "+stringAt(message),
			slog.String("category", stringAt(category)), slog.String("location", stringAt(location)))
	})
})
