// Package tensor holds the values that models take and give: dense arrays of one
// element type with a shape, as bytes in the machine's own order, together with
// typed views of those bytes that copy nothing.
//
// A [Tensor] is a small value made of slices. Passing it on shares its elements;
// whoever hands one to a runner must not change the elements until the call has
// returned, and whoever gets one owns it.
//
// Elements lie row by row (the last dimension varies fastest) and little-endian,
// which is the order of every platform that bentoc builds for.
package tensor

import (
	"fmt"
	"math"
	"slices"
	"unsafe"
)

// Tensor is a dense array, or one of the two composite values that an ONNX model
// may give: a map (Keys set) or a sequence (List set).
type Tensor struct {
	// DType is the type of the elements; Invalid for a sequence.
	DType DType
	// Shape has the size of each dimension; empty for a scalar.
	Shape []int
	// Data has the elements; nil where DType is String.
	Data []byte
	// Strings has the elements where DType is String.
	Strings []string

	// Keys makes the tensor a map: Keys is a vector of Int64 or String that
	// names the elements, which are a vector of the same length. A classifier's
	// probabilities by label come so.
	Keys *Tensor
	// List makes the tensor a sequence of values.
	List []Tensor
}

// Element is a Go type that tensor elements can be viewed as.
type Element interface {
	float32 | float64 | F16 | BF16 |
		int8 | int16 | int32 | int64 |
		uint8 | uint16 | uint32 | uint64 | bool
}

// Of makes a tensor of data without copying it. The shape is kept, not copied.
// It panics where the shape does not hold exactly len(data) elements, which is a
// mistake of the caller; shapes that come from outside go through [New] or
// [Tensor.Check].
func Of[T Element](data []T, shape ...int) Tensor {
	t := Tensor{DType: TypeOf[T](), Shape: shape, Data: bytesOf(data)}
	if err := t.Check(); err != nil {
		panic("tensor.Of: " + err.Error())
	}
	return t
}

// New makes a tensor of data without copying it, or says why the shape does not
// hold it.
func New[T Element](data []T, shape []int) (Tensor, error) {
	t := Tensor{DType: TypeOf[T](), Shape: shape, Data: bytesOf(data)}
	return t, t.Check()
}

// OfStrings makes a tensor of strings without copying them. It panics like [Of].
func OfStrings(data []string, shape ...int) Tensor {
	t := Tensor{DType: String, Shape: shape, Strings: data}
	if err := t.Check(); err != nil {
		panic("tensor.OfStrings: " + err.Error())
	}
	return t
}

// Make allocates a tensor of zeros (or empty strings). The shape is kept, not
// copied. An error says that the shape is negative or too large to address.
func Make(dtype DType, shape []int) (Tensor, error) {
	n, err := Count(shape)
	if err != nil {
		return Tensor{}, err
	}
	if dtype == String {
		return Tensor{DType: dtype, Shape: shape, Strings: make([]string, n)}, nil
	}
	size := dtype.Size()
	if size == 0 || n > math.MaxInt/size {
		return Tensor{}, fmt.Errorf("no tensor of dtype %s and shape %v", dtype, shape)
	}
	return Tensor{DType: dtype, Shape: shape, Data: aligned(n * size)}, nil
}

// aligned allocates n zero bytes that any element type can be viewed in.
func aligned(n int) []byte {
	words := make([]uint64, (n+7)/8)
	return bytesOf(words)[:n:n]
}

// View gives the elements as a slice of T, sharing memory with the tensor, or an
// error where T is not the tensor's element type. Bytes that do not lie on an
// address fit for T (a slice out of a network buffer) are copied instead.
func View[T Element](t Tensor) ([]T, error) {
	if want := TypeOf[T](); want != t.DType {
		return nil, fmt.Errorf("tensor of dtype %s viewed as %s", t.DType, want)
	}
	var zero T
	size := int(unsafe.Sizeof(zero))
	n := len(t.Data) / size
	if n == 0 {
		return nil, nil
	}
	p := unsafe.Pointer(unsafe.SliceData(t.Data))
	if uintptr(p)%unsafe.Alignof(zero) != 0 {
		out := make([]T, n)
		copy(bytesOf(out), t.Data)
		return out, nil
	}
	return unsafe.Slice((*T)(p), n), nil
}

// Map gives a map tensor as a Go map, or an error where the tensor is no map or
// has other types.
func Map[K int64 | string, V Element](t Tensor) (map[K]V, error) {
	if t.Keys == nil {
		return nil, fmt.Errorf("tensor of dtype %s is no map", t.DType)
	}
	values, err := View[V](t)
	if err != nil {
		return nil, err
	}
	var keys []K
	switch dst := any(&keys).(type) {
	case *[]string:
		*dst = t.Keys.Strings
	case *[]int64:
		if *dst, err = View[int64](*t.Keys); err != nil {
			return nil, err
		}
	}
	if len(keys) != len(values) {
		return nil, fmt.Errorf("map tensor has %d keys of the type asked for and %d values", len(keys), len(values))
	}
	m := make(map[K]V, len(keys))
	for i, k := range keys {
		m[k] = values[i]
	}
	return m, nil
}

// Len is the number of elements.
func (t Tensor) Len() int {
	if t.DType == String {
		return len(t.Strings)
	}
	if size := t.DType.Size(); size > 0 {
		return len(t.Data) / size
	}
	return 0
}

// Check says whether the shape holds exactly the elements that are there.
func (t Tensor) Check() error {
	n, err := Count(t.Shape)
	if err != nil {
		return err
	}
	if t.DType == String {
		if n != len(t.Strings) {
			return fmt.Errorf("shape %v holds %d strings, got %d", t.Shape, n, len(t.Strings))
		}
		return nil
	}
	size := t.DType.Size()
	if size == 0 {
		return fmt.Errorf("tensor has no dtype")
	}
	if n > math.MaxInt/size || n*size != len(t.Data) {
		return fmt.Errorf("shape %v holds %d elements of %s, got %d bytes", t.Shape, n, t.DType, len(t.Data))
	}
	return nil
}

// Clone copies the tensor and everything below it.
func (t Tensor) Clone() Tensor {
	c := t
	c.Shape = slices.Clone(t.Shape)
	if t.Data != nil {
		c.Data = aligned(len(t.Data))
		copy(c.Data, t.Data)
	}
	c.Strings = slices.Clone(t.Strings)
	if t.Keys != nil {
		keys := t.Keys.Clone()
		c.Keys = &keys
	}
	if t.List != nil {
		c.List = make([]Tensor, len(t.List))
		for i := range t.List {
			c.List[i] = t.List[i].Clone()
		}
	}
	return c
}

// Count multiplies the dimensions out. A negative dimension and a product that
// does not fit an int are errors.
func Count(shape []int) (int, error) {
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", shape)
		}
	}
	if slices.Contains(shape, 0) {
		return 0, nil
	}
	n := 1
	for _, d := range shape {
		if n > math.MaxInt/d {
			return 0, fmt.Errorf("shape %v is too large", shape)
		}
		n *= d
	}
	return n, nil
}

// Fits says whether a shape fits a declared one, in which -1 stands for any size.
func Fits(shape, declared []int) bool {
	if len(shape) != len(declared) {
		return false
	}
	for i, d := range declared {
		if d >= 0 && shape[i] != d {
			return false
		}
	}
	return true
}

// bytesOf views a slice as its bytes.
func bytesOf[T any](s []T) []byte {
	if len(s) == 0 {
		return []byte{}
	}
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}
