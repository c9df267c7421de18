package codec

import (
	"math"
	"slices"
	"strconv"
)

// Tensor is a tensor of elements of one type, row by row. The type of the same
// name in package bentogen has the same fields, so that one converts to the other.
// float16 and bfloat16 tensors hold float32.
type Tensor[T any] struct {
	Shape []int // one size a dimension; empty for a scalar
	Data  []T   // as many as the product of Shape
}

// AnyTensor is a tensor whose element type is known at run time only.
type AnyTensor struct {
	DType string // such as float32
	Shape []int
	Data  any // a slice of the element type, such as []float32
}

// Element is what a tensor may hold.
type Element interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | bool | string
}

// ReadTensor reads nested lists, all of one length at each level.
func ReadTensor[T Element](r *Reader, v *Tensor[T]) bool {
	if r.err != nil {
		return false
	}
	t := tensorReader[T]{r: r, read: elementReader[T](), problems: len(r.problems)}
	if !r.raw && r.peek() == '[' {
		t.list(0)
	} else {
		t.element()
	}
	if r.err != nil || len(r.problems) > t.problems || t.full {
		return false
	}
	if t.shape == nil {
		t.shape = []int{}
	}
	*v = Tensor[T]{Shape: t.shape, Data: t.data}
	return true
}

// tensorReader learns the shape from the first list of each level.
type tensorReader[T Element] struct {
	r        *Reader
	read     func(*Reader) (T, bool)
	data     []T
	shape    []int // of the levels seen; -1 while the first list of a level is open
	leaf     int   // the level of the elements; 0 while unknown
	at       []int // where we are
	problems int   // how many there were before
	full     bool  // something went wrong: only skip
}

// list reads the list at level, whose bracket is next.
func (t *tensorReader[T]) list(level int) {
	r := t.r
	if level >= 32 {
		r.syntax("a tensor has too many dimensions")
		return
	}
	r.pos++
	if level == len(t.shape) {
		t.shape = append(t.shape, -1)
	}
	t.at = append(t.at, 0)
	f := frame{}
	r.frames = append(r.frames, frame{}) // next steps out of it
	for r.next(&f, ']') {
		t.at[level] = f.count - 1
		t.member(level)
		if r.err != nil {
			return
		}
	}
	t.at = t.at[:level]
	if r.err != nil {
		return
	}
	if t.shape[level] < 0 {
		t.shape[level] = f.count
		if f.count == 0 && t.leaf == 0 {
			t.leaf = level + 1
		}
	} else if t.shape[level] != f.count {
		t.problem("has %s where the lists before have %d", count(f.count, "item"), t.shape[level])
	}
}

// member reads one member of the list at level: a list or an element.
func (t *tensorReader[T]) member(level int) {
	nested := t.r.peek() == '['
	switch {
	case nested && (t.leaf == 0 || level+1 < t.leaf):
		t.list(level + 1)
	case nested:
		t.r.Skip()
		t.problem("is a list where the lists before have elements")
	case t.leaf == 0 && t.shape[level] < 0 && level == len(t.shape)-1:
		t.leaf = level + 1
		t.element()
	case level+1 == t.leaf:
		t.element()
	default:
		t.r.Skip()
		t.problem("is an element where the lists before have lists")
	}
}

func (t *tensorReader[T]) element() {
	n := len(t.r.problems)
	if n >= MaxProblems {
		t.full = true
	}
	e, ok := t.read(t.r)
	switch {
	case ok:
		t.data = append(t.data, e)
	case t.r.err == nil:
		t.place(n)
	}
}

// problem reports that a member does not go with the ones before it.
func (t *tensorReader[T]) problem(format string, args ...any) {
	n := len(t.r.problems)
	t.r.Problem("tensor_shape", format, args...)
	t.place(n)
	t.full = true
}

// place corrects where problem n is: the levels of the tensor have frames that
// do not count.
func (t *tensorReader[T]) place(n int) {
	r := t.r
	if n >= len(r.problems) {
		return
	}
	loc := r.loc()[:len(r.frames)-len(t.at)]
	for _, i := range t.at {
		loc = append(loc, i)
	}
	r.problems[n].Loc = loc
}

// elementReader gives the function that reads a T.
func elementReader[T Element]() func(*Reader) (T, bool) {
	var f any
	switch any(*new(T)).(type) {
	case float32:
		f = readFloat32
	case float64:
		f = readFloat64
	case int8:
		f = integerReader[int8](math.MinInt8, math.MaxInt8)
	case int16:
		f = integerReader[int16](math.MinInt16, math.MaxInt16)
	case int32:
		f = integerReader[int32](math.MinInt32, math.MaxInt32)
	case int64:
		f = integerReader[int64](math.MinInt64, math.MaxInt64)
	case uint8:
		f = integerReader[uint8](0, math.MaxUint8)
	case uint16:
		f = integerReader[uint16](0, math.MaxUint16)
	case uint32:
		f = integerReader[uint32](0, math.MaxUint32)
	case uint64:
		f = readUint64
	case bool:
		f = func(r *Reader) (v bool, ok bool) { ok = r.Bool(&v); return }
	case string:
		f = func(r *Reader) (v string, ok bool) { ok = r.String(&v); return }
	}
	return f.(func(*Reader) (T, bool))
}

func integerReader[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](low, high int64) func(*Reader) (T, bool) {
	return func(r *Reader) (T, bool) {
		var n int64
		if !r.Int(&n) {
			return 0, false
		}
		if n < low || n > high {
			r.Problem("int_parsing_size", "must be between %d and %d", low, high)
			return 0, false
		}
		return T(n), true
	}
}

func readUint64(r *Reader) (uint64, bool) {
	c := r.peek()
	if r.raw || c < '0' || c > '9' {
		r.wrong("int_type", "an integer that is not negative")
		return 0, false
	}
	tok, ok := r.number()
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(string(tok), 10, 64)
	if err != nil {
		r.Problem("int_parsing", "must be an integer of 64 bits")
	}
	return n, err == nil
}

func readFloat64(r *Reader) (float64, bool) {
	if r.Null() {
		return math.NaN(), true
	}
	var f float64
	ok := r.Float(&f)
	return f, ok
}

func readFloat32(r *Reader) (float32, bool) {
	start := r.pos
	f, ok := readFloat64(r)
	if !ok {
		return 0, false
	}
	// Rounding twice goes wrong only where the double lies half-way between two
	// float32, and among the subnormal ones: ask strconv there.
	if bits := math.Float64bits(f); bits&(1<<29-1) == 1<<28 || f != 0 && math.Abs(f) < 1.2e-38 {
		if g, err := strconv.ParseFloat(string(r.data[start:r.pos]), 32); err == nil {
			return float32(g), true
		}
	}
	return float32(f), true
}

// Shape wants a tensor of the given sizes, -1 for any, and as many elements as
// they say.
func (c *Checker) Shape(shape []int, elements int, want ...int) {
	fits := len(shape) == len(want)
	for i := 0; fits && i < len(want); i++ {
		fits = want[i] < 0 || want[i] == shape[i]
	}
	if !fits {
		c.Problem("tensor_shape", "must have the shape %s, not %s", shapeText(want), shapeText(shape))
		return
	}
	c.Elements(shape, elements)
}

// Elements wants as many elements as the shape says.
func (c *Checker) Elements(shape []int, elements int) {
	if n, ok := product(shape); !ok || n != elements {
		c.Problem("tensor_shape", "has %s, which is not what the shape %s holds", count(elements, "element"), shapeText(shape))
	}
}

// product gives the number of elements of a shape.
func product(shape []int) (int, bool) {
	n := 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > math.MaxInt/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

func shapeText(shape []int) string {
	b := []byte{'['}
	for i, d := range shape {
		if i > 0 {
			b = append(b, ", "...)
		}
		if d < 0 {
			b = append(b, '*')
		} else {
			b = strconv.AppendInt(b, int64(d), 10)
		}
	}
	return string(append(b, ']'))
}

// A Size is one dimension of a named tensor, for [Checker.SameSize].
type Size struct {
	Field string
	Shape []int
	Axis  int
}

// SameSize wants dimensions that the type gives one symbol to be equal.
func (c *Checker) SameSize(symbol string, sizes ...Size) {
	first := slices.IndexFunc(sizes, func(s Size) bool { return s.Axis < len(s.Shape) })
	if first < 0 {
		return
	}
	want := sizes[first]
	for _, s := range sizes[first+1:] {
		if s.Axis < len(s.Shape) && s.Shape[s.Axis] != want.Shape[want.Axis] {
			c.In(s.Field)
			c.Problem("tensor_shape", "dimension %d (%s) is %d, but that of %s is %d",
				s.Axis, symbol, s.Shape[s.Axis], want.Field, want.Shape[want.Axis])
			c.Out()
		}
	}
}
