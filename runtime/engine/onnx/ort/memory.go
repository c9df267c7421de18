//go:build linux && (amd64 || arm64)

package ort

import (
	"unsafe"

	"bentoc.dev/runtime/tensor"
)

// pointer makes a pointer of an address of C memory, which Go's collector does
// not know and does not move.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// word reads the word at an address of C memory.
func word(p uintptr) uintptr { return *(*uintptr)(pointer(p)) }

// bytesAt views C memory.
func bytesAt(p uintptr, n int) []byte {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(p)), n)
}

// stringAt copies a C string.
func stringAt(p uintptr) string {
	if p == 0 {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(pointer(p), n)) != 0 {
		n++
	}
	return string(bytesAt(p, n))
}

// cstring is s with a zero byte at its end, for C.
func cstring(s string) *byte {
	b := make([]byte, len(s)+1)
	copy(b, s)
	return &b[0]
}

// address is where a Go value lies. The value must be on the heap and be kept
// alive by something else while C may use the address.
func address[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// elementTypes maps ONNXTensorElementDataType to tensor.DType.
var elementTypes = [...]tensor.DType{
	1: tensor.Float32, 2: tensor.Uint8, 3: tensor.Int8, 4: tensor.Uint16, 5: tensor.Int16,
	6: tensor.Int32, 7: tensor.Int64, 8: tensor.String, 9: tensor.Bool, 10: tensor.Float16,
	11: tensor.Float64, 12: tensor.Uint32, 13: tensor.Uint64, 16: tensor.BFloat16,
}

// dtypeOf gives the DType of an element type of ONNX; Invalid where there is
// none, such as for complex numbers and those of 4 and 8 bits.
func dtypeOf(element int32) tensor.DType {
	if element >= 0 && int(element) < len(elementTypes) {
		return elementTypes[element]
	}
	return tensor.Invalid
}

// elementOf is the reverse of dtypeOf; 0 (undefined) where there is none.
func elementOf(d tensor.DType) uintptr {
	for e, t := range elementTypes {
		if t == d && t != tensor.Invalid {
			return uintptr(e)
		}
	}
	return 0
}
