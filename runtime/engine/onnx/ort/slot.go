//go:build linux && (amd64 || arm64)

package ort

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"unsafe"

	"bentoc.dev/runtime/tensor"
)

// Slot is what one run at a time of a session needs: its arguments, its inputs
// in memory of C, and its outputs. All but [Slot.Terminate] is for one goroutine
// at a time.
type Slot struct {
	lib *Library
	s   *Session

	args    arguments // of the call that is being made
	result  uintptr   // where calls put a handle or number
	options uintptr   // OrtRunOptions
	shrink  uintptr   // the same, of a run that only gives memory back; 0 until used

	// What Run wants: addresses of names (kept alive by the session) and values.
	inNames, outNames []uintptr
	in, out           []uintptr

	inputs []input
	types  []Type  // of the outputs
	values []Value // outputs that were read
	dims   []int64

	stop struct {
		sync.Mutex
		args arguments
	}
}

// input is the state of one input.
type input struct {
	buffer
	text uintptr // a value of strings, made anew for each run
}

// NewSlot makes a slot that takes the inputs and gives the outputs with these
// indexes in the file, in this order. Outputs that are left out are not computed
// where that can be spared. It must be closed before the session.
func (s *Session) NewSlot(inputs, outputs []int) (*Slot, error) {
	sl := &Slot{
		lib: s.lib, s: s,
		in: make([]uintptr, len(inputs)), inputs: make([]input, len(inputs)),
		out: make([]uintptr, len(outputs)), values: make([]Value, len(outputs)),
	}
	for _, i := range inputs {
		sl.inNames = append(sl.inNames, s.inNames[i])
	}
	for _, i := range outputs {
		sl.outNames = append(sl.outNames, s.outNames[i])
		sl.types = append(sl.types, s.outputs[i].Type)
	}
	if err := sl.call(fnCreateRunOptions, address(&sl.options)); err != nil {
		return nil, err
	}
	// What goes wrong in a run comes back as an error; in the log too, clients
	// could flood it.
	return sl, sl.call(fnRunOptionsSetSeverity, sl.options, logFatal)
}

// Close frees what the slot holds.
func (sl *Slot) Close() {
	sl.Reset()
	for i := range sl.inputs {
		in := &sl.inputs[i]
		in.free(sl)
		sl.release(fnReleaseValue, in.text)
		in.text = 0
	}
	sl.stop.Lock()
	defer sl.stop.Unlock()
	sl.release(fnReleaseRunOptions, sl.options)
	sl.release(fnReleaseRunOptions, sl.shrink)
	sl.options, sl.shrink = 0, 0
}

// Input gives input i the shape and returns its bytes, to be written before Run.
// What they hold is of no meaning.
func (sl *Slot) Input(i int, dtype tensor.DType, shape []int) ([]byte, error) {
	in := &sl.inputs[i]
	bytes, err := sl.setDims(dtype, shape)
	if err != nil {
		return nil, err
	}
	if in.dtype != dtype {
		in.free(sl)
		in.dtype = dtype
	}
	value, data, err := in.tensor(sl, sl.dims, bytes)
	sl.in[i] = value
	return data, err
}

// Strings gives input i the shape and the elements.
func (sl *Slot) Strings(i int, shape []int, text []string) error {
	if _, err := sl.setDims(tensor.Uint8, shape); err != nil {
		return err
	}
	in := &sl.inputs[i]
	sl.release(fnReleaseValue, in.text)
	var err error
	in.text, err = sl.stringTensor(sl.dims, text)
	sl.in[i] = in.text
	return err
}

// setDims puts the shape into sl.dims and multiplies it out.
func (sl *Slot) setDims(dtype tensor.DType, shape []int) (bytes int, err error) {
	sl.dims = sl.dims[:0]
	for _, d := range shape {
		sl.dims = append(sl.dims, int64(d))
	}
	n, err := tensor.Count(shape)
	if err != nil {
		return 0, err
	}
	if n > math.MaxInt/8 {
		return 0, fmt.Errorf("shape %v is too large", shape)
	}
	return n * dtype.Size(), nil
}

// Run runs the model on the inputs that were set. The outputs of the run before
// must have been given back by Reset.
//
// The library makes the outputs. Memory that it is given for them it does not
// write where an output is an input, a constant, or asked for twice.
func (sl *Slot) Run() error { return sl.run(sl.options) }

// Shrink has the library give the memory back that runs have used and that it
// keeps for later ones. It does so at the end of a run only, even of one that was
// stopped before it began, as this one is: what takes a large model a third of a
// second to compute is given back in a few milliseconds. The inputs must be those
// of a run before.
func (sl *Slot) Shrink() error {
	if sl.shrink == 0 {
		if err := sl.shrinkOptions(); err != nil {
			return err
		}
	}
	err := sl.run(sl.shrink)
	var lib *Error
	if errors.As(err, &lib) && lib.Terminated() {
		return nil
	}
	return err
}

func (sl *Slot) shrinkOptions() error {
	var options uintptr
	err := sl.lib.call(fnCreateRunOptions, uintptr(unsafe.Pointer(&options)))
	if err != nil {
		return err
	}
	key, value := cstring("memory.enable_memory_arena_shrinkage"), cstring("cpu:0")
	err = sl.lib.call(fnAddRunConfigEntry, options, uintptr(unsafe.Pointer(key)), uintptr(unsafe.Pointer(value)))
	if err == nil {
		err = sl.lib.call(fnRunOptionsSetTerminate, options)
	}
	if err == nil {
		err = sl.lib.call(fnRunOptionsSetSeverity, options, logFatal) // it ends with an error
	}
	if err != nil {
		sl.release(fnReleaseRunOptions, options)
		return err
	}
	sl.shrink = options
	return nil
}

func (sl *Slot) run(options uintptr) error {
	return sl.call(fnRun, sl.s.handle, options, first(sl.inNames), first(sl.in), uintptr(len(sl.in)),
		first(sl.outNames), uintptr(len(sl.out)), first(sl.out))
}

// first is the address of the first of some words on the heap.
func first(words []uintptr) uintptr { return address(unsafe.SliceData(words)) }

// Output describes output i of the last run, which must be a tensor.
func (sl *Slot) Output(i int) (*Value, error) {
	v := &sl.values[i]
	return v, v.read(sl, sl.out[i])
}

// Decode copies output i of the last run, of any kind, to Go memory.
func (sl *Slot) Decode(i int) (tensor.Tensor, error) {
	return sl.decode(sl.out[i], sl.types[i])
}

// Reset gives the outputs of a run back. It must be called between runs, after
// one that failed too.
func (sl *Slot) Reset() {
	for i, value := range sl.out {
		sl.release(fnReleaseValue, value)
		sl.out[i] = 0
	}
}

// Terminate makes the run that is in progress, and every one after it, fail soon
// with an error that says so. It may be called from any goroutine at any time
// before Close.
func (sl *Slot) Terminate() { sl.flag(fnRunOptionsSetTerminate) }

// Resume takes Terminate back.
func (sl *Slot) Resume() { sl.flag(fnRunOptionsUnset) }

func (sl *Slot) flag(index int) {
	sl.stop.Lock()
	defer sl.stop.Unlock()
	if sl.options == 0 {
		return
	}
	a := &sl.stop.args
	a.fn, a.a[0] = sl.lib.fn(index), sl.options
	// The call only sets a flag; its one error is a null pointer.
	_ = sl.lib.failure(a.call())
}

// call calls a function that returns an OrtStatus, without allocating. Addresses
// of Go memory among the arguments must be of what lies on the heap.
func (sl *Slot) call(index int, args ...uintptr) error {
	a := &sl.args
	a.fn = sl.lib.fn(index)
	copy(a.a[:], args)
	if status := a.call(); status != 0 {
		return sl.lib.failure(status)
	}
	return nil
}

// release calls a function that takes a handle and returns nothing.
func (sl *Slot) release(index int, handle uintptr) {
	if handle == 0 {
		return
	}
	a := &sl.args
	a.fn, a.a[0] = sl.lib.fn(index), handle
	a.call()
}
