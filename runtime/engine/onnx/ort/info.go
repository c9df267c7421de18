//go:build linux && (amd64 || arm64)

package ort

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"

	"bentoc.dev/runtime/tensor"
)

// Kind sorts the values that a model takes and gives.
type Kind int

// The kinds.
const (
	Tensor   Kind = iota
	Sequence      // of Elem
	Map           // Keys to Elem
	Other         // optional, sparse and opaque values, which are not supported
)

// Info describes an input or output.
type Info struct {
	Name string
	Type Type
}

// Type describes a value.
type Type struct {
	Kind    Kind
	DType   tensor.DType // of a Tensor; Invalid where Go has no such type
	Shape   []int        // of a Tensor; -1 for a size that is not fixed; nil where not even the rank is
	Symbols []string     // of a Tensor: names of the sizes that are not fixed, or ""
	Keys    tensor.DType // of a Map
	Elem    *Type        // of a Sequence or Map
}

// String shows the type as users read it, such as float32 [N 3 48 W].
func (t Type) String() string {
	switch t.Kind {
	case Tensor:
		if t.Shape == nil {
			return fmt.Sprintf("%s of any shape", t.DType)
		}
		dims := make([]string, len(t.Shape))
		for i, d := range t.Shape {
			dims[i] = dimension(d, t.Symbols[i])
		}
		return fmt.Sprintf("%s [%s]", t.DType, strings.Join(dims, " "))
	case Sequence:
		return fmt.Sprintf("sequence of %s", t.Elem)
	case Map:
		return fmt.Sprintf("map of %s to %s", t.Keys, t.Elem)
	}
	return "a type that is not supported"
}

func (s *Session) infos(count, name, typeInfo int) ([]Info, error) {
	l := s.lib
	var n uintptr
	if err := l.call(count, s.handle, uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, err
	}
	out := make([]Info, n)
	for i := range n {
		var text, info uintptr
		if err := l.call(name, s.handle, i, l.alloc, uintptr(unsafe.Pointer(&text))); err != nil {
			return nil, err
		}
		out[i].Name = stringAt(text)
		l.free(text)
		if err := l.call(typeInfo, s.handle, i, uintptr(unsafe.Pointer(&info))); err != nil {
			return nil, err
		}
		t, err := l.typeOf(info)
		l.release(fnReleaseTypeInfo, info)
		if err != nil {
			return nil, err
		}
		out[i].Type = t
	}
	return out, nil
}

// typeOf reads an OrtTypeInfo.
func (l *Library) typeOf(info uintptr) (Type, error) {
	var kind int32
	if err := l.call(fnGetOnnxType, info, uintptr(unsafe.Pointer(&kind))); err != nil {
		return Type{}, err
	}
	var inner uintptr
	switch kind {
	case typeTensor:
		if err := l.call(fnCastTypeInfoToTensor, info, uintptr(unsafe.Pointer(&inner))); err != nil {
			return Type{}, err
		}
		return l.tensorType(inner)
	case typeSequence:
		if err := l.call(fnCastTypeInfoToSequence, info, uintptr(unsafe.Pointer(&inner))); err != nil {
			return Type{}, err
		}
		return l.elemType(Type{Kind: Sequence}, fnGetSequenceElementType, inner)
	case typeMap:
		if err := l.call(fnCastTypeInfoToMap, info, uintptr(unsafe.Pointer(&inner))); err != nil {
			return Type{}, err
		}
		var key int32
		if err := l.call(fnGetMapKeyType, inner, uintptr(unsafe.Pointer(&key))); err != nil {
			return Type{}, err
		}
		return l.elemType(Type{Kind: Map, Keys: dtypeOf(key)}, fnGetMapValueType, inner)
	}
	return Type{Kind: Other}, nil
}

// elemType adds the type of what a sequence or map holds.
func (l *Library) elemType(t Type, index int, info uintptr) (Type, error) {
	var inner uintptr
	if err := l.call(index, info, uintptr(unsafe.Pointer(&inner))); err != nil {
		return Type{}, err
	}
	defer l.release(fnReleaseTypeInfo, inner)
	elem, err := l.typeOf(inner)
	t.Elem = &elem
	return t, err
}

func (l *Library) tensorType(info uintptr) (Type, error) {
	var element int32
	if err := l.call(fnGetTensorElementType, info, uintptr(unsafe.Pointer(&element))); err != nil {
		return Type{}, err
	}
	if has, _, _ := purego.SyscallN(l.fn(fnHasShape), info); has&0xff == 0 {
		return Type{DType: dtypeOf(element)}, nil
	}
	dims, err := l.dimensions(info)
	if err != nil {
		return Type{}, err
	}
	t := Type{DType: dtypeOf(element), Symbols: make([]string, len(dims))}
	if len(dims) > 0 {
		symbols := make([]uintptr, len(dims))
		if err := l.call(fnGetSymbolicDimensions, info, uintptr(unsafe.Pointer(&symbols[0])), uintptr(len(dims))); err != nil {
			return Type{}, err
		}
		for i, p := range symbols {
			t.Symbols[i] = stringAt(p)
		}
	}
	t.Shape = make([]int, len(dims))
	for i, d := range dims {
		t.Shape[i] = int(d)
	}
	return t, nil
}

// dimensions reads the shape of an OrtTensorTypeAndShapeInfo.
func (l *Library) dimensions(info uintptr) ([]int64, error) {
	var n uintptr
	if err := l.call(fnGetDimensionsCount, info, uintptr(unsafe.Pointer(&n))); err != nil || n == 0 {
		return nil, err
	}
	dims := make([]int64, n)
	err := l.call(fnGetDimensions, info, uintptr(unsafe.Pointer(&dims[0])), n)
	return dims, err
}
