package codec

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
	depth, kind := 0, byte('1')
	for _, c := range r.data[r.pos:] {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
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
	switch d := v.Data.(type) {
	case []float32:
		return AppendTensor(b, Tensor[float32]{v.Shape, d})
	case []float64:
		return AppendTensor(b, Tensor[float64]{v.Shape, d})
	case []int8:
		return AppendTensor(b, Tensor[int8]{v.Shape, d})
	case []int16:
		return AppendTensor(b, Tensor[int16]{v.Shape, d})
	case []int32:
		return AppendTensor(b, Tensor[int32]{v.Shape, d})
	case []int64:
		return AppendTensor(b, Tensor[int64]{v.Shape, d})
	case []uint8:
		return AppendTensor(b, Tensor[uint8]{v.Shape, d})
	case []uint16:
		return AppendTensor(b, Tensor[uint16]{v.Shape, d})
	case []uint32:
		return AppendTensor(b, Tensor[uint32]{v.Shape, d})
	case []uint64:
		return AppendTensor(b, Tensor[uint64]{v.Shape, d})
	case []bool:
		return AppendTensor(b, Tensor[bool]{v.Shape, d})
	case []string:
		return AppendTensor(b, Tensor[string]{v.Shape, d})
	}
	return append(b, "null"...)
}

// Len gives the number of elements of Data, -1 when it is no slice of elements.
func (t AnyTensor) Len() int {
	switch d := t.Data.(type) {
	case []float32:
		return len(d)
	case []float64:
		return len(d)
	case []int8:
		return len(d)
	case []int16:
		return len(d)
	case []int32:
		return len(d)
	case []int64:
		return len(d)
	case []uint8:
		return len(d)
	case []uint16:
		return len(d)
	case []uint32:
		return len(d)
	case []uint64:
		return len(d)
	case []bool:
		return len(d)
	case []string:
		return len(d)
	}
	return -1
}
