package tensor

import "fmt"

// DType is the type of a tensor's elements.
type DType uint8

// The element types. Their names are those of numpy and of ONNX.
const (
	Invalid  DType = iota
	Float32        // Go's float32
	Float64        // Go's float64
	Float16        // IEEE 754 half precision, [F16]
	BFloat16       // the upper half of a float32, [BF16]
	Int8
	Int16
	Int32
	Int64
	Uint8
	Uint16
	Uint32
	Uint64
	Bool   // one byte, 0 or 1
	String // UTF-8 text of any length
)

var dtypes = [...]struct {
	name string
	size int // bytes of an element
}{
	Invalid:  {"invalid", 0},
	Float32:  {"float32", 4},
	Float64:  {"float64", 8},
	Float16:  {"float16", 2},
	BFloat16: {"bfloat16", 2},
	Int8:     {"int8", 1},
	Int16:    {"int16", 2},
	Int32:    {"int32", 4},
	Int64:    {"int64", 8},
	Uint8:    {"uint8", 1},
	Uint16:   {"uint16", 2},
	Uint32:   {"uint32", 4},
	Uint64:   {"uint64", 8},
	Bool:     {"bool", 1},
	String:   {"string", 0},
}

// String gives the name as users write it, such as float32.
func (d DType) String() string {
	if int(d) < len(dtypes) {
		return dtypes[d].name
	}
	return fmt.Sprintf("dtype(%d)", uint8(d))
}

// Size is the number of bytes of one element; 0 for String, which has no fixed
// size, and for Invalid.
func (d DType) Size() int {
	if int(d) < len(dtypes) {
		return dtypes[d].size
	}
	return 0
}

// ParseDType reads a name such as float32.
func ParseDType(name string) (DType, error) {
	for d, t := range dtypes {
		if t.name == name && DType(d) != Invalid {
			return DType(d), nil
		}
	}
	return Invalid, fmt.Errorf("unknown dtype %q", name)
}

// TypeOf is the element type whose Go type is T.
func TypeOf[T Element | string]() DType { return TypeOfValues([]T(nil)) }

// TypeOfValues is the element type of a slice; Invalid where it is none of them.
func TypeOfValues(data any) DType {
	switch data.(type) {
	case []float32:
		return Float32
	case []float64:
		return Float64
	case []F16:
		return Float16
	case []BF16:
		return BFloat16
	case []int8:
		return Int8
	case []int16:
		return Int16
	case []int32:
		return Int32
	case []int64:
		return Int64
	case []uint8:
		return Uint8
	case []uint16:
		return Uint16
	case []uint32:
		return Uint32
	case []uint64:
		return Uint64
	case []bool:
		return Bool
	case []string:
		return String
	}
	return Invalid
}
