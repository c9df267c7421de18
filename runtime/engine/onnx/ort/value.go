//go:build linux && (amd64 || arm64)

package ort

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"bentoc.dev/runtime/tensor"
)

// maxHeaders bounds how many shapes a buffer is kept ready for.
const maxHeaders = 64

// buffer is memory of C that tensors of changing shape lie in, one at a time. An
// OrtValue is a header over it; headers are kept by shape, since batches of a
// runner differ in size but seldom in anything else.
type buffer struct {
	data    uintptr
	size    int // bytes of data
	dtype   tensor.DType
	headers []header
}

type header struct {
	shape []int64
	bytes int
	value uintptr
}

// tensor gives the value and the bytes for a tensor of a shape. What the buffer
// held before is lost.
func (b *buffer) tensor(sl *Slot, shape []int64, bytes int) (value uintptr, data []byte, err error) {
	if bytes > b.size || b.data == 0 {
		if err := b.grow(sl, bytes); err != nil {
			return 0, nil, err
		}
	}
	for i := range b.headers {
		if h := &b.headers[i]; slices.Equal(h.shape, shape) {
			return h.value, bytesAt(b.data, bytes), nil
		}
	}
	if len(b.headers) >= maxHeaders {
		b.forget(sl)
	}
	h := header{shape: slices.Clone(shape), bytes: bytes}
	var dims uintptr
	if len(h.shape) > 0 {
		dims = address(&h.shape[0])
	}
	err = sl.call(fnCreateTensorWithData, sl.lib.memory, b.data, uintptr(bytes), dims, uintptr(len(shape)),
		elementOf(b.dtype), address(&sl.result))
	if err != nil {
		return 0, nil, err
	}
	h.value = sl.result
	b.headers = append(b.headers, h)
	return h.value, bytesAt(b.data, bytes), nil
}

// grow makes room for at least so many bytes.
func (b *buffer) grow(sl *Slot, bytes int) error {
	b.free(sl)
	size := max(bytes, 64)
	if err := sl.call(fnAllocatorAlloc, sl.lib.alloc, uintptr(size), address(&sl.result)); err != nil {
		return err
	}
	if sl.result == 0 {
		return &Error{Code: Fail, Message: fmt.Sprintf("Failed to allocate memory for a tensor of %d bytes", bytes)}
	}
	b.data, b.size = sl.result, size
	return nil
}

// forget gives the headers back, not the memory.
func (b *buffer) forget(sl *Slot) {
	for _, h := range b.headers {
		sl.release(fnReleaseValue, h.value)
	}
	b.headers = b.headers[:0]
}

func (b *buffer) free(sl *Slot) {
	b.forget(sl)
	sl.lib.free(b.data)
	b.data, b.size = 0, 0
}

// Value is what a run gave at one output. It is valid until the slot runs again
// or is reset.
type Value struct {
	sl     *Slot
	handle uintptr
	dtype  tensor.DType
	shape  []int64
	data   []byte // nil for strings
}

// DType is the type of the elements of a tensor.
func (v *Value) DType() tensor.DType { return v.dtype }

// Shape is the shape of a tensor. It must not be changed.
func (v *Value) Shape() []int64 { return v.shape }

// Bytes has the elements of a tensor that is not of strings, in memory of C: it
// must be copied to outlive the run.
func (v *Value) Bytes() []byte { return v.data }

// read fills in what a tensor is. Its shape goes to the storage of v.shape.
func (v *Value) read(sl *Slot, handle uintptr) error {
	v.sl, v.handle, v.data = sl, handle, nil
	if err := sl.call(fnGetTensorTypeAndShape, handle, address(&sl.result)); err != nil {
		return err
	}
	info := sl.result
	err := v.readInfo(info)
	sl.release(fnReleaseTensorInfo, info)
	if err != nil || v.dtype == tensor.String {
		return err
	}
	n := v.dtype.Size()
	for _, d := range v.shape {
		n *= int(d)
	}
	if err := sl.call(fnGetTensorMutableData, handle, address(&sl.result)); err != nil {
		return err
	}
	v.data = bytesAt(sl.result, n)
	return nil
}

func (v *Value) readInfo(info uintptr) error {
	sl := v.sl
	sl.result = 0
	if err := sl.call(fnGetTensorElementType, info, address(&sl.result)); err != nil {
		return err
	}
	if v.dtype = dtypeOf(int32(sl.result)); v.dtype == tensor.Invalid {
		return fmt.Errorf("elements of ONNX type %d are not supported", int32(sl.result))
	}
	if err := sl.call(fnGetDimensionsCount, info, address(&sl.result)); err != nil {
		return err
	}
	n := int(sl.result)
	v.shape = slices.Grow(v.shape[:0], n)[:n]
	if n == 0 {
		return nil
	}
	return sl.call(fnGetDimensions, info, address(&v.shape[0]), uintptr(n))
}

// Strings copies the elements of a tensor of strings.
func (v *Value) Strings() ([]string, error) {
	n := 1
	for _, d := range v.shape {
		n *= int(d)
	}
	out := make([]string, n)
	if n == 0 {
		return out, nil
	}
	l := v.sl.lib
	var size uintptr
	if err := l.call(fnGetStringTensorLength, v.handle, uintptr(unsafe.Pointer(&size))); err != nil {
		return nil, err
	}
	text, offsets := make([]byte, size+1), make([]uintptr, n+1)
	err := l.call(fnGetStringTensorContent, v.handle, uintptr(unsafe.Pointer(&text[0])), size,
		uintptr(unsafe.Pointer(&offsets[0])), uintptr(n))
	if err != nil {
		return nil, err
	}
	offsets[n] = size
	all := string(text[:size])
	for i := range out {
		out[i] = all[offsets[i]:offsets[i+1]]
	}
	return out, nil
}

// Decode copies a value of any kind to Go memory: a tensor, a map or a sequence.
func (v *Value) Decode(t Type) (tensor.Tensor, error) { return v.sl.decode(v.handle, t) }

func (sl *Slot) decode(handle uintptr, t Type) (tensor.Tensor, error) {
	switch t.Kind {
	case Tensor:
		return sl.decodeTensor(handle)
	case Map:
		keys, err := sl.decodeElem(handle, 0, Type{Kind: Tensor})
		if err != nil {
			return tensor.Tensor{}, err
		}
		values, err := sl.decodeElem(handle, 1, Type{Kind: Tensor})
		values.Keys = &keys
		return values, err
	case Sequence:
		return sl.decodeSequence(handle, *t.Elem)
	}
	return tensor.Tensor{}, fmt.Errorf("values of this kind are not supported")
}

func (sl *Slot) decodeTensor(handle uintptr) (tensor.Tensor, error) {
	var v Value
	if err := v.read(sl, handle); err != nil {
		return tensor.Tensor{}, err
	}
	shape := make([]int, len(v.shape))
	for i, d := range v.shape {
		shape[i] = int(d)
	}
	if v.dtype == tensor.String {
		text, err := v.Strings()
		return tensor.Tensor{DType: tensor.String, Shape: shape, Strings: text}, err
	}
	out, err := tensor.Make(v.dtype, shape)
	copy(out.Data, v.data)
	return out, err
}

// decodeElem decodes a member of a map (its keys and its values) or sequence.
func (sl *Slot) decodeElem(handle uintptr, index int, t Type) (tensor.Tensor, error) {
	var inner uintptr
	if err := sl.lib.call(fnGetValue, handle, uintptr(index), sl.lib.alloc, uintptr(unsafe.Pointer(&inner))); err != nil {
		return tensor.Tensor{}, err
	}
	defer sl.release(fnReleaseValue, inner)
	return sl.decode(inner, t)
}

func (sl *Slot) decodeSequence(handle uintptr, elem Type) (tensor.Tensor, error) {
	var n uintptr
	if err := sl.lib.call(fnGetValueCount, handle, uintptr(unsafe.Pointer(&n))); err != nil {
		return tensor.Tensor{}, err
	}
	out := tensor.Tensor{List: make([]tensor.Tensor, n), Shape: []int{int(n)}}
	for i := range out.List {
		var err error
		if out.List[i], err = sl.decodeElem(handle, i, elem); err != nil {
			return tensor.Tensor{}, err
		}
	}
	return out, nil
}

// stringTensor makes a value of strings.
func (sl *Slot) stringTensor(shape []int64, text []string) (uintptr, error) {
	l := sl.lib
	var value, dims uintptr
	if len(shape) > 0 {
		dims = address(&shape[0])
	}
	err := l.call(fnCreateTensor, l.alloc, dims, uintptr(len(shape)), elementOf(tensor.String), uintptr(unsafe.Pointer(&value)))
	if err != nil || len(text) == 0 {
		return value, err
	}
	size := len(text)
	for _, s := range text {
		if strings.IndexByte(s, 0) >= 0 {
			l.release(fnReleaseValue, value)
			return 0, &Error{Code: InvalidArgument, Message: "a string with a zero byte cannot be given to a model"}
		}
		size += len(s)
	}
	all, starts := make([]byte, 0, size), make([]uintptr, len(text))
	for i, s := range text {
		starts[i] = address(unsafe.SliceData(all)) + uintptr(len(all))
		all = append(append(all, s...), 0)
	}
	// The last argument is not the function's: it is there so that all lies on
	// the heap and lives as long as the call.
	err = l.call(fnFillStringTensor, value, uintptr(unsafe.Pointer(&starts[0])), uintptr(len(text)),
		uintptr(unsafe.Pointer(unsafe.SliceData(all))))
	if err != nil {
		l.release(fnReleaseValue, value)
		return 0, err
	}
	return value, nil
}
