// Package jsonarray reads and writes tensors as JSON: numbers nested in arrays,
// one level for each dimension, as numpy's tolist gives them.
//
// It exists because a general JSON decoder spends almost all the time of a small
// model on float arrays. The reader goes once over the bytes, learns or checks
// the shape on the way and puts elements straight into a flat slice; into a slice
// that is large enough it allocates nothing. The writer's numbers are those of
// encoding/json, byte for byte.
//
// Beyond JSON, the reader takes the tokens NaN, Infinity and -Infinity, which
// Python's json module writes, and null for a number that is not one. The writer
// gives null for all three, which every JSON parser can read.
package jsonarray

import (
	"fmt"
	"math"
	"slices"

	"bentoc.dev/runtime/tensor"
)

// MaxRank is the deepest nesting that is read.
const MaxRank = 32

// Element is a Go type that elements can be read into.
type Element interface{ tensor.Element | string }

// Read reads the array (or the scalar) that begins at buf[pos], after white space.
//
// want gives the dimensions that the array must have, -1 for any size; nil takes
// any rank. Elements are appended to dst and the dimensions found to shape; with
// capacity enough in both, nothing is allocated. Read returns both and the
// position after the array. An empty array where more dimensions are wanted has
// size 0 in those that are not fixed.
//
// An error is an [*Error] and says where.
func Read[T Element](buf []byte, pos int, want []int, dst []T, shape []int) (data []T, dims []int, next int, err error) {
	if len(want) > MaxRank {
		return dst, shape, pos, &Error{Offset: pos, Kind: Shape, Msg: fmt.Sprintf("more than %d dimensions are not supported", MaxRank)}
	}
	r := nest{buf: buf, want: want, rank: -1}
	data, next, err = readNested(&r, pos, dst)
	if err != nil {
		return dst, shape, next, err
	}
	return data, append(shape, r.dims[:r.rank]...), next, nil
}

// ReadTensor reads like [Read] into a new tensor of a type known at run time.
func ReadTensor(buf []byte, pos int, dtype tensor.DType, want []int) (t tensor.Tensor, next int, err error) {
	switch dtype {
	case tensor.Float32:
		return readNew[float32](buf, pos, want)
	case tensor.Float64:
		return readNew[float64](buf, pos, want)
	case tensor.Float16:
		return readNew[tensor.F16](buf, pos, want)
	case tensor.BFloat16:
		return readNew[tensor.BF16](buf, pos, want)
	case tensor.Int8:
		return readNew[int8](buf, pos, want)
	case tensor.Int16:
		return readNew[int16](buf, pos, want)
	case tensor.Int32:
		return readNew[int32](buf, pos, want)
	case tensor.Int64:
		return readNew[int64](buf, pos, want)
	case tensor.Uint8:
		return readNew[uint8](buf, pos, want)
	case tensor.Uint16:
		return readNew[uint16](buf, pos, want)
	case tensor.Uint32:
		return readNew[uint32](buf, pos, want)
	case tensor.Uint64:
		return readNew[uint64](buf, pos, want)
	case tensor.Bool:
		return readNew[bool](buf, pos, want)
	case tensor.String:
		data, dims, next, err := Read[string](buf, pos, want, nil, nil)
		return tensor.Tensor{DType: tensor.String, Shape: dims, Strings: data}, next, err
	}
	return tensor.Tensor{}, pos, &Error{Offset: pos, Kind: Type, Msg: fmt.Sprintf("arrays of dtype %s are not supported", dtype)}
}

func readNew[T tensor.Element](buf []byte, pos int, want []int) (tensor.Tensor, int, error) {
	data, dims, next, err := Read[T](buf, pos, want, make([]T, 0, capacity(want, len(buf)-pos)), nil)
	if err != nil {
		return tensor.Tensor{}, next, err
	}
	t, err := tensor.New(data, dims)
	return t, next, err
}

// capacity is the number of elements to expect: what want says, as far as the
// bytes at hand could hold it at two bytes an element.
func capacity(want []int, bytes int) int {
	if want == nil {
		return 0
	}
	n := 1
	for _, d := range want {
		if d < 0 || d > 0 && n > bytes/d {
			return 0
		}
		n *= d
	}
	return min(n, bytes/2+1)
}

// nest keeps the shape while an array is read.
type nest struct {
	buf   []byte
	want  []int
	rank  int          // -1 until the first innermost array is met
	depth int          // arrays that are open
	dims  [MaxRank]int // -1 where not yet known
	count [MaxRank]int // elements seen in the open array of each depth
}

// readNested walks the arrays; the innermost ones are read by a rowFunc.
func readNested[T Element](r *nest, pos int, dst []T) ([]T, int, error) {
	r.start()
	elem := elemOf[T]()
	pos = space(r.buf, pos)
	if pos >= len(r.buf) || r.buf[pos] != '[' {
		return readScalar(r, pos, dst, elem)
	}
	row := rowOf(elem)
	for {
		// buf[pos] is the bracket that opens the next array.
		if err := r.open(pos); err != nil {
			return dst, pos, err
		}
		pos = space(r.buf, pos+1)
		if pos < len(r.buf) && r.buf[pos] == '[' {
			continue
		}
		limit, err := r.leaf(pos)
		if err != nil {
			return dst, pos, err
		}
		if limit < math.MaxInt && cap(dst)-len(dst) < limit && len(dst) > 0 {
			// append would grow a large slice by a quarter at a time.
			dst = slices.Grow(dst, max(limit, len(dst)))
		}
		var n int
		dst, n, pos, err = readRow(r, pos, dst, row, limit)
		if err != nil {
			return dst, pos, err
		}
		r.count[r.depth-1] = n
		done, next, err := r.close(pos)
		if err != nil || done {
			return dst, next, err
		}
		pos = next
	}
}

// readRow reads the elements of one innermost array; pos is after its bracket
// and white space.
func readRow[T Element](r *nest, pos int, dst []T, row rowFunc[T], limit int) ([]T, int, int, error) {
	if pos < len(r.buf) && r.buf[pos] == ']' {
		return dst, 0, pos, nil
	}
	before := len(dst)
	dst, next, err := row(r.buf, pos, dst, limit)
	n := len(dst) - before
	if err != nil {
		r.count[r.depth-1] = n
		return dst, n, next, r.locate(err)
	}
	return dst, n, next, nil
}

func readScalar[T Element](r *nest, pos int, dst []T, elem elemFunc[T]) ([]T, int, error) {
	if len(r.want) != 0 {
		return dst, pos, r.fail(pos, Shape, "expected %s", nested(len(r.want)))
	}
	r.rank = 0
	v, next, err := elem(r.buf, pos)
	if err != nil {
		return dst, next, err
	}
	return append(dst, v), next, nil
}

func (r *nest) start() {
	for i := range r.dims {
		r.dims[i] = -1
	}
	copy(r.dims[:], r.want)
}

// open enters an array.
func (r *nest) open(pos int) error {
	if r.depth >= MaxRank {
		return r.fail(pos, Shape, "arrays nested more than %d deep are not supported", MaxRank)
	}
	if r.want != nil && r.depth >= len(r.want) {
		return r.fail(pos, Shape, "expected %s, found a deeper array", nested(len(r.want)))
	}
	if r.rank >= 0 && r.depth >= r.rank {
		return r.fail(pos, Shape, "found an array among elements of an array of %s", nested(r.rank))
	}
	r.count[r.depth] = 0
	r.depth++
	return nil
}

// leaf says that the array just opened holds elements, not arrays, and gives how
// many it may hold at most.
func (r *nest) leaf(pos int) (limit int, err error) {
	empty := pos < len(r.buf) && r.buf[pos] == ']'
	full := len(r.want)
	if r.want == nil {
		full = r.rank
	}
	switch {
	case full < 0: // the first leaf decides
		r.rank = r.depth
	case r.depth == full:
		r.rank = full
	case empty && r.want != nil && r.rank < 0 && r.depth == 1:
		r.rank = full // no elements at all: the inner sizes are those wanted, or 0
		for i := 1; i < full; i++ {
			r.dims[i] = max(r.dims[i], 0)
		}
	default:
		return 0, r.fail(pos, Shape, "expected an array nested %d deep, found an element at depth %d", full, r.depth)
	}
	if d := r.dims[r.depth-1]; d >= 0 {
		return d, nil
	}
	return math.MaxInt, nil
}

// close leaves the array whose closing bracket is at pos and all that end right
// after it. It gives the position of the next array to open, or the end.
func (r *nest) close(pos int) (done bool, next int, err error) {
	for {
		if err := r.size(pos); err != nil {
			return false, pos, err
		}
		pos++
		r.depth--
		if r.depth == 0 {
			return true, pos, nil
		}
		r.count[r.depth-1]++
		pos = space(r.buf, pos)
		if pos >= len(r.buf) {
			return false, pos, r.fail(pos, Syntax, "the array does not end")
		}
		switch r.buf[pos] {
		case ']':
			continue
		case ',':
			next, err := r.another(pos)
			return false, next, err
		}
		return false, pos, r.fail(pos, Syntax, "expected a comma or ], found %s", quote(r.buf[pos]))
	}
}

// another steps over the comma between two arrays.
func (r *nest) another(pos int) (int, error) {
	if d := r.dims[r.depth-1]; d >= 0 && r.count[r.depth-1] >= d {
		return pos, r.fail(pos, Shape, "more than %d elements in dimension %d", d, r.depth-1)
	}
	pos = space(r.buf, pos+1)
	if pos >= len(r.buf) {
		return pos, r.fail(pos, Syntax, "the array does not end")
	}
	if r.buf[pos] != '[' {
		return pos, r.fail(pos, Shape, "expected an array like those before it, found %s", quote(r.buf[pos]))
	}
	return pos, nil
}

// size compares the size of the array that ends at pos with those before it.
func (r *nest) size(pos int) error {
	i := r.depth - 1
	switch d := r.dims[i]; {
	case d < 0:
		r.dims[i] = r.count[i]
	case d != r.count[i]:
		return r.fail(pos, Shape, "%d elements in dimension %d, expected %d", r.count[i], i, d)
	}
	return nil
}

func space(buf []byte, pos int) int {
	for pos < len(buf) && isSpace(buf[pos]) {
		pos++
	}
	return pos
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
