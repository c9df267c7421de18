// Package jsonarray reads and writes tensors as JSON: numbers nested in arrays,
// one level for each dimension, as numpy's tolist gives them.
//
// It exists because a general JSON decoder spends almost all the time of a small
// model on float arrays. The reader goes once over the bytes, learns or checks
// the shape on the way and puts elements straight into a flat slice; into a slice
// that is large enough it allocates nothing. The writer's numbers are those of
// Python's json module.
//
// Beyond JSON, both know the tokens NaN, Infinity and -Infinity, as that module
// does; the reader takes null too for a number that is not one. Which of them an
// endpoint lets through is its codec's business.
package jsonarray

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"unsafe"

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
	return ReadWithin(buf, pos, want, dst, shape, nil)
}

// Room is where the bytes come from that are allocated for elements.
type Room interface {
	Take(n int64) bool // n bytes; false: there are not as many
	Give(n int64)
}

// ErrRoom is the error of [ReadWithin] where there is too little room.
var ErrRoom = errors.New("there is no room for the array")

// ReadWithin is [Read] with room for what it allocates; nil is as much as it takes.
func ReadWithin[T Element](buf []byte, pos int, want []int, dst []T, shape []int, room Room) (data []T, dims []int, next int, err error) {
	if len(want) > MaxRank {
		return dst, shape, pos, &Error{Offset: pos, Kind: Shape, Msg: fmt.Sprintf("more than %d dimensions are not supported", MaxRank)}
	}
	r := nest{buf: buf, want: want, rank: -1, room: room}
	data, next, err = readNested(&r, pos, dst)
	if err != nil {
		if room != nil {
			room.Give(r.taken)
		}
		return dst, shape, next, err
	}
	return data, append(shape, r.dims[:r.rank]...), next, nil
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
	room  Room
	taken int64 // of room, for the elements
	want  []int
	rank  int          // -1 until the first innermost array is met
	depth int          // arrays that are open
	dims  [MaxRank]int // -1 where not yet known
	count [MaxRank]int // elements seen in the open array of each depth
}

// expect gives how many elements to make room for: the row that begins at pos, or all
// where it is the first and the shape is known.
func (r *nest) expect(pos, limit int, first bool) int {
	rest := len(r.buf) - pos
	if first {
		if n := capacity(r.want, rest); n > 0 {
			return n
		}
	}
	if rest == 0 || r.buf[pos] == ']' {
		return 0
	}
	if limit < math.MaxInt {
		return min(limit, rest/2+1)
	}
	row := r.buf[pos:]
	if end := bytes.IndexByte(row, ']'); end >= 0 {
		row = row[:end]
	}
	return bytes.Count(row, []byte(",")) + 1
}

// grow gives dst place for n elements more, and for as many as it has, so that many
// rows cost few copies.
func grow[T Element](r *nest, dst []T, n int) ([]T, error) {
	if cap(dst)-len(dst) >= n {
		return dst, nil
	}
	n = max(n, len(dst)) + len(dst)
	if r.room != nil {
		size := int64(n) * int64(unsafe.Sizeof(*new(T)))
		if !r.room.Take(size) {
			return dst, ErrRoom
		}
		r.room.Give(r.taken)
		r.taken = size
	}
	return append(make([]T, 0, n), dst...), nil
}

// readNested walks the arrays; the innermost ones are read by [readRow].
func readNested[T Element](r *nest, pos int, dst []T) ([]T, int, error) {
	r.start()
	elem := formOf[T]().read
	read, texts := any(&elem).(*elemFunc[string])
	if texts && r.room != nil {
		*read = within(r.room, *read)
	}
	pos = space(r.buf, pos)
	if pos >= len(r.buf) || r.buf[pos] != '[' {
		return readScalar(r, pos, dst, elem)
	}
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
		if !texts { // whose number is not seen from afar
			if dst, err = grow(r, dst, r.expect(pos, limit, len(dst) == 0)); err != nil {
				return dst, pos, err
			}
		}
		var n int
		dst, n, pos, err = readRow(r, pos, dst, elem, limit)
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
func readRow[T Element](r *nest, pos int, dst []T, elem elemFunc[T], limit int) ([]T, int, int, error) {
	if pos < len(r.buf) && r.buf[pos] == ']' {
		return dst, 0, pos, nil
	}
	before := len(dst)
	var next int
	var err error
	if floats, ok := any(&dst).(*[]float32); ok { // where the time goes
		*floats, next, err = rowFloat32(r.buf, pos, *floats, limit)
	} else {
		dst, next, err = row(r, pos, dst, elem, limit)
	}
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
