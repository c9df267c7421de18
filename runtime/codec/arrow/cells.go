package arrow

import (
	"math"
	"unsafe"

	"bentoc.dev/runtime/codec"
)

// cells are those of one column, while they are read.
type cells interface {
	// begin makes room for the cells of all batches.
	begin(rows int) bool
	// add reads the cells of the next batch.
	add(a array) bool
	// learn reads a dictionary, or what is added to it.
	learn(a array, more bool) bool
}

// cells finds how a column of the stream becomes one of the table: nil where it does not,
// with what is wanted instead.
func (d *decoder) cells(c codec.Column, f *field) (into cells, want, kind string) {
	ints, floats := f.kind == typeInt, f.kind == typeInt || f.kind == typeFloat
	switch p := c.Cells().(type) {
	case *[]bool:
		return bind(d, c, f, p, nil, bools, f.kind == typeBool, "bool", "bool_type")
	case *[]*bool:
		return bind(d, c, f, nil, p, bools, f.kind == typeBool, "bool", "bool_type")
	case *[]int64:
		return bind(d, c, f, p, nil, integers, ints, "integers", "int_type")
	case *[]*int64:
		return bind(d, c, f, nil, p, integers, ints, "integers", "int_type")
	case *[]float64:
		return bind(d, c, f, p, nil, numbers, floats, "numbers", "float_type")
	case *[]*float64:
		return bind(d, c, f, nil, p, numbers, floats, "numbers", "float_type")
	case *[]string:
		return bind(d, c, f, p, nil, texts, f.isText(), "texts (utf8)", "string_type")
	case *[]*string:
		return bind(d, c, f, nil, p, texts, f.isText(), "texts (utf8)", "string_type")
	case *[][]byte:
		return bind(d, c, f, p, nil, binaries, f.isBytes(), "binary", "bytes_type")
	case *[]*[]byte:
		return bind(d, c, f, nil, p, binaries, f.isBytes(), "binary", "bytes_type")
	}
	return nil, "a type that Arrow has", "table_type"
}

func (f *field) isText() bool { return f.kind == typeUTF8 || f.kind == typeLargeUTF8 }

func (f *field) isBytes() bool {
	return f.kind == typeBinary || f.kind == typeLargeBinary || f.kind == typeFixedBinary
}

func bind[T any](d *decoder, c codec.Column, f *field, all *[]T, some *[]*T, read func(*columnOf[T], array, []T) bool, fits bool, want, kind string) (cells, string, string) {
	if !fits && f.kind != typeNull {
		return nil, want, kind
	}
	return &columnOf[T]{d: d, name: c.Name(), f: f, all: all, some: some, read: read, want: want, kind: kind}, "", ""
}

// columnOf is a column whose cells are T: all of them, or pointers to some.
type columnOf[T any] struct {
	d    *decoder
	name string
	f    *field
	all  *[]T
	some *[]*T
	// read makes values of an array of the column's type. Those of cells that are null
	// stay as they are.
	read       func(c *columnOf[T], a array, into []T) bool
	want, kind string // in problems

	at      int  // how many cells there are
	lexicon bool // what is read is a dictionary

	room  []T // for those that some points at
	words []T // of the dictionary
	known []bool
}

func (c *columnOf[T]) take(n int, size uintptr) bool { return c.d.r.Take(int64(n) * int64(size)) }

func (c *columnOf[T]) begin(rows int) bool {
	var cell T
	if !c.take(rows, unsafe.Sizeof(cell)) {
		return false
	}
	room := make([]T, rows)
	if c.all != nil {
		*c.all = room
		return true
	}
	if !c.take(rows, unsafe.Sizeof(&cell)) {
		return false
	}
	c.room, *c.some = room, make([]*T, rows)
	return true
}

func (c *columnOf[T]) add(a array) bool {
	into := c.room
	if c.all != nil {
		into = *c.all
	}
	into = into[c.at : c.at+a.rows]
	var ok bool
	switch {
	case c.f.dictionary:
		ok = c.look(&a, into)
	case a.none:
		ok = true
	default:
		ok = c.read(c, a, into)
	}
	if !ok {
		return false
	}
	if floats, is := any(into).([]float64); is {
		c.finite(&a, floats)
	}
	if c.all == nil {
		some := (*c.some)[c.at : c.at+a.rows]
		for i := range into {
			if a.ok(i) && !c.empty(&into[i]) {
				some[i] = &into[i]
			}
		}
	} else if a.nulls > 0 || a.none {
		c.missing(&a, into)
	}
	c.at += a.rows
	return true
}

// empty tells of a number that stands for a cell that is empty: NaN, but not where it may
// be a float.
func (c *columnOf[T]) empty(v *T) bool {
	f, ok := any(v).(*float64)
	return ok && c.d.how != codec.Literal && math.IsNaN(*f)
}

// missing reports the cells that are null in a column where none may be. As in JSON, null
// as a float is NaN where the endpoint says so.
func (c *columnOf[T]) missing(a *array, into []T) {
	floats, is := any(into).([]float64)
	for i := range a.rows {
		switch {
		case a.ok(i):
		case is && c.d.how == codec.Null:
			floats[i] = math.NaN()
		default:
			c.problem(i, c.kind, "must be %s, not null", c.one())
		}
	}
}

// one is what a cell must be.
func (c *columnOf[T]) one() string {
	switch c.kind {
	case "bool_type":
		return "true or false"
	case "int_type":
		return "an integer"
	case "float_type":
		return "a number"
	case "string_type":
		return "a text"
	}
	return "bytes"
}

// finite reports the numbers that the endpoint does not let be.
func (c *columnOf[T]) finite(a *array, floats []float64) {
	if c.d.how == codec.Literal {
		return
	}
	for i, f := range floats {
		// In a cell of a column that may be null NaN is null.
		if f-f == 0 || !a.ok(i) || math.IsNaN(f) && (c.all == nil || c.d.how == codec.Null) {
			continue
		}
		word := "NaN"
		if !math.IsNaN(f) {
			word = []string{"Infinity", "-Infinity"}[int(math.Float64bits(f)>>63)]
		}
		c.problem(i, "finite_number", "must be a finite number, not %s", word)
	}
}

// problem reports what is wrong with cell i of the array that is read.
func (c *columnOf[T]) problem(i int, kind, format string, args ...any) {
	c.d.r.In(c.name)
	if !c.lexicon { // where a word of a dictionary stands is not known
		c.d.r.InItem(c.at + i)
		defer c.d.r.Out()
	}
	c.d.r.Problem(kind, format, args...)
	c.d.r.Out()
}

// maxTexts is how many bytes of text a dictionary may stand for beside eight times those
// of the body. Each cell is looked at, so that one long word for each of a million cells
// would be a terabyte's work.
const maxTexts = 64 << 20

// look finds the cells of a dictionary's indexes.
func (c *columnOf[T]) look(a *array, into []T) bool {
	var cost int
	indexes := integersOf(a.data, c.f.indexBits, c.f.indexSigned)
	valid := make([]byte, (a.rows+7)/8) // of the cells, by index and by word
	nulls := 0
	for i := range a.rows {
		if !a.ok(i) {
			nulls++
			continue
		}
		k := indexes(i)
		if k >= uint64(len(c.words)) {
			return c.d.malformed("cell %d of column %s is number %d of a dictionary of %d", c.at+i, c.name, k, len(c.words))
		}
		if !c.known[k] {
			nulls++
			continue
		}
		valid[i>>3] |= 1 << (i & 7)
		into[i] = c.words[k]
		switch w := any(&c.words[k]).(type) {
		case *string:
			cost += len(*w)
		case *[]byte:
			cost += len(*w)
		}
		if cost > c.d.texts {
			c.d.r.Malformed("too_long", "the dictionary of column %s stands for too much text: more than %d bytes", c.name, c.d.texts)
			return false
		}
	}
	c.d.texts -= cost
	a.valid, a.nulls = valid, nulls
	return true
}

func (c *columnOf[T]) learn(a array, more bool) bool {
	if !more {
		c.words, c.known = nil, nil
	}
	var word T
	have := len(c.words)
	// What is added to is copied, at most twice for each word.
	if !c.take(2*a.rows, unsafe.Sizeof(word)+1) {
		return false
	}
	c.words = append(c.words, make([]T, a.rows)...)
	c.known = append(c.known, make([]bool, a.rows)...)
	if !a.none {
		c.lexicon = true
		ok := c.read(c, a, c.words[have:])
		if c.lexicon = false; !ok {
			return false
		}
	}
	for i := range a.rows {
		c.known[have+i] = a.ok(i)
	}
	return true
}
