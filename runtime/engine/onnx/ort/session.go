//go:build linux && (amd64 || arm64)

package ort

import (
	"maps"
	"slices"
	"strconv"
	"unsafe"
)

// Options are the settings of a session.
type Options struct {
	// Threads is the number of threads that one run is spread over; 1 keeps it on
	// the thread of the caller, which is best where many run at a time.
	Threads int
	// Config has session configuration entries. The library takes unknown keys
	// without a word, so whoever fills it should know them.
	Config map[string]string
}

// Session is a loaded model. It may be run from many goroutines, each with a
// [Slot] of its own.
type Session struct {
	lib     *Library
	handle  uintptr
	inputs  []Info
	outputs []Info

	inNames, outNames []uintptr // addresses of C strings
	names             []*byte   // keeps them alive
}

// Load loads the model in the file at path. External weights lie beside it.
func (l *Library) Load(path string, o Options) (*Session, error) {
	options, err := l.options(o)
	if err != nil {
		return nil, err
	}
	defer l.release(fnReleaseSessionOptions, options)
	s := &Session{lib: l}
	if err := l.call(fnCreateSession, l.env, uintptr(unsafe.Pointer(cstring(path))), options, uintptr(unsafe.Pointer(&s.handle))); err != nil {
		return nil, err
	}
	if err := s.describe(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (l *Library) options(o Options) (handle uintptr, err error) {
	if err := l.call(fnCreateSessionOptions, uintptr(unsafe.Pointer(&handle))); err != nil {
		return 0, err
	}
	set := func(index int, value uintptr) {
		if err == nil {
			err = l.call(index, handle, value)
		}
	}
	set(fnSetIntraOpNumThreads, uintptr(max(o.Threads, 1)))
	set(fnSetInterOpNumThreads, 1)
	set(fnSetExecutionMode, executionSequential)
	set(fnSetGraphOptimization, optimizeAll)
	// Some warnings come with every run, such as that of an output whose shape is
	// not the one that the file says.
	set(fnSetSessionLogSeverity, logError)
	// Threads that spin for work take the CPU from the runs of others.
	config := map[string]string{"session.intra_op.allow_spinning": "0", "session.inter_op.allow_spinning": "0"}
	maps.Copy(config, o.Config)
	for _, key := range slices.Sorted(maps.Keys(config)) {
		if err == nil {
			err = l.call(fnAddSessionConfigEntry, handle, uintptr(unsafe.Pointer(cstring(key))), uintptr(unsafe.Pointer(cstring(config[key]))))
		}
	}
	if err != nil {
		l.release(fnReleaseSessionOptions, handle)
		return 0, err
	}
	return handle, nil
}

// describe reads names and types out of the model.
func (s *Session) describe() (err error) {
	if s.inputs, err = s.infos(fnSessionGetInputCount, fnSessionGetInputName, fnSessionGetInputTypeInfo); err != nil {
		return err
	}
	if s.outputs, err = s.infos(fnSessionGetOutputCount, fnSessionGetOutputName, fnSessionGetOutputType); err != nil {
		return err
	}
	s.inNames, s.outNames = s.cnames(s.inputs), s.cnames(s.outputs)
	return nil
}

func (s *Session) cnames(infos []Info) []uintptr {
	var out []uintptr
	for _, i := range infos {
		name := cstring(i.Name)
		s.names = append(s.names, name)
		out = append(out, address(name))
	}
	return out
}

// Inputs describes the inputs, in the order of the file.
func (s *Session) Inputs() []Info { return s.inputs }

// Outputs describes the outputs, in the order of the file.
func (s *Session) Outputs() []Info { return s.outputs }

// Close frees the model. No slot of it may be in use, nor be used later.
func (s *Session) Close() {
	s.lib.release(fnReleaseSession, s.handle)
	s.handle = 0
}

// free gives memory back to the default allocator.
func (l *Library) free(p uintptr) {
	if p != 0 {
		// Freeing cannot fail in a way that anybody could mend.
		_ = l.call(fnAllocatorFree, l.alloc, p)
	}
}

// dimension shows one dimension of a shape.
func dimension(size int, symbol string) string {
	switch {
	case size >= 0:
		return strconv.Itoa(size)
	case symbol != "":
		return symbol
	}
	return "?"
}
