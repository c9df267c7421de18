package codec

import (
	"fmt"
	"reflect"

	"bentoc.dev/runtime/tensor"
	"bentoc.dev/runtime/tensor/jsonarray"
)

// AnyTensor is a tensor whose element type is known at run time only.
type AnyTensor struct {
	DType string // such as float32
	Shape []int
	Data  any // a slice of the element type, such as []float32
}

// AnyTensor reads nested lists of one sort of element: integers become int64,
// numbers among which one is no integer float64, texts string, truths bool.
func (r *Reader) AnyTensor(v *AnyTensor) bool {
	if r.err != nil {
		return false
	}
	switch r.elementKind() {
	case '"':
		return readAs[string](r, v, "string")
	case 't':
		return readAs[bool](r, v, "bool")
	case '1':
		return readAs[int64](r, v, "int64")
	}
	return readAs[float64](r, v, "float64")
}

func readAs[T Element](r *Reader, v *AnyTensor, dtype string) bool {
	var t Tensor[T]
	if !ReadTensor(r, &t) {
		return false
	}
	*v = AnyTensor{DType: dtype, Shape: t.Shape, Data: t.Data}
	return true
}

// elementKind looks ahead through nested lists: '"' for texts, 't' for truths,
// '1' for integers, '.' for other numbers.
func (r *Reader) elementKind() byte {
	if r.raw {
		return '"'
	}
	r.peek()
	depth, kind := 0, byte('1')
	for _, c := range r.data[r.pos:] {
		switch c {
		case '[':
			depth++
		case ']':
			if depth--; depth < 0 { // of a list that the tensor is an item of
				return kind
			}
		case '"':
			return '"'
		case 't', 'f':
			return 't'
		case '.', 'e', 'E', 'N', 'I', 'n':
			return '.'
		case ',', '}':
			if depth == 0 {
				return kind
			}
		}
		if depth == 0 && c == ']' {
			return kind
		}
	}
	return kind
}

// AppendAnyTensor writes nested lists of whatever the tensor holds.
func AppendAnyTensor(b []byte, v AnyTensor) []byte {
	n := v.Len()
	if n < 0 {
		return unwritable(b, fmt.Sprintf("is a tensor of %T, which is no element type", v.Data))
	}
	if msg := misfit(n, v.Shape); msg != "" {
		return unwritable(b, msg)
	}
	return jsonarray.AppendValues(b, v.Data, v.Shape)
}

// Len gives the number of elements of Data, -1 when it is no slice of elements.
func (t AnyTensor) Len() int {
	switch tensor.TypeOfValues(t.Data) {
	case tensor.Invalid, tensor.Float16, tensor.BFloat16: // half floats are float32 here
		return -1
	}
	return reflect.ValueOf(t.Data).Len()
}
