package arrow

import (
	"fmt"
	"unsafe"

	"bentoc.dev/runtime/codec"
)

// Types of columns, from Schema.fbs.
const (
	typeNull        = 1
	typeInt         = 2
	typeFloat       = 3
	typeBinary      = 4
	typeUTF8        = 5
	typeBool        = 6
	typeStruct      = 13
	typeUnion       = 14
	typeFixedBinary = 15
	typeFixedList   = 16
	typeLargeBinary = 19
	typeLargeUTF8   = 20
	typeRunEnds     = 22
	typeBinaryView  = 23
	typeUTF8View    = 24
	typeListView    = 25
	typeLargeView   = 26
)

// field is a column of a schema, or a part of one.
type field struct {
	name     []byte
	kind     int
	bits     int // of a number; bytes of a fixed_size_binary
	signed   bool
	dense    bool // of a union
	children []field

	dictionary  bool
	id          int64
	indexBits   int
	indexSigned bool
}

// maxDepth is how deep types may lie in one another.
const maxDepth = 64

// schema reads the first message.
func (d *decoder) schema() ([]field, bool) {
	m, ok := d.next()
	switch {
	case !ok && !d.r.Failed():
		return nil, d.malformed("it has no schema")
	case !ok:
		return nil, false
	case m.kind != schemaMessage:
		return nil, d.malformed("it does not begin with a schema")
	}
	f := m.header.f
	big, list := m.header.int16(0) != 0, m.header.vector(1, 4)
	fields := d.fields(list, maxDepth)
	switch {
	case d.r.Failed():
		return nil, false
	case f.bad:
		return nil, d.malformed("its schema is damaged")
	case big:
		return nil, d.malformed("its numbers have their high byte first: write them with the low byte first")
	}
	return fields, true
}

// fields reads a list of fields, unless they lie too deep or are more than there can be.
func (d *decoder) fields(list vector, depth int) []field {
	f := list.f
	if list.n > f.left || list.n > 0 && depth == 0 {
		f.bad = true
	}
	if f.bad || list.n == 0 || !d.r.Take(int64(list.n)*int64(unsafe.Sizeof(field{})+unsafe.Sizeof(column{}))) {
		return nil
	}
	fields := make([]field, list.n)
	for i := range fields {
		if fields[i] = d.field(list.table(i), depth); f.bad || d.r.Failed() {
			break
		}
	}
	return fields
}

func (d *decoder) field(t table, depth int) (f field) {
	f.name = t.text(0)
	var of table
	f.kind, of = t.union(2)
	switch f.kind {
	case typeInt:
		f.bits, f.signed = of.int32(0), of.bool(1)
	case typeFloat:
		f.bits = 16 << (of.int16(0) & 3)
	case typeFixedBinary:
		f.bits = of.int32(0)
	case typeUnion:
		f.dense = of.int16(0) == 1
	}
	if t.has(4) {
		e := t.table(4)
		f.dictionary, f.id, f.indexBits, f.indexSigned = true, e.int64(0), 32, true
		if e.has(1) {
			index := e.table(1)
			f.indexBits, f.indexSigned = index.int32(0), index.bool(1)
		}
		if e.int16(3) != 0 || !integer(f.indexBits) {
			t.f.bad = true
		}
	}
	if f.kind >= len(typeNames) || f.kind == 0 || f.kind == typeInt && !integer(f.bits) || f.bits < 0 || f.kind == typeFloat && (f.bits < 16 || f.bits > 64) {
		t.f.bad = true
	}
	f.children = d.fields(t.vector(5, 4), depth-1)
	return f
}

func integer(bits int) bool { return bits == 8 || bits == 16 || bits == 32 || bits == 64 }

// describe names the type of a column.
func (f *field) describe() string {
	switch {
	case f.kind == typeInt && f.signed:
		return fmt.Sprintf("int%d", f.bits)
	case f.kind == typeInt:
		return fmt.Sprintf("uint%d", f.bits)
	case f.kind == typeFloat:
		return fmt.Sprintf("float%d", f.bits)
	}
	return typeNames[f.kind]
}

// width is how many bits a cell has in the second buffer of an array, 0 where that is not
// fixed.
func (f *field) width() int {
	if f.dictionary {
		return f.indexBits
	}
	switch f.kind {
	case typeBool:
		return 1
	case typeInt, typeFloat:
		return f.bits
	case typeFixedBinary:
		return 8 * f.bits
	case typeUTF8, typeBinary:
		return 32
	case typeLargeUTF8, typeLargeBinary:
		return 64
	}
	return 0
}

// buffers is how many buffers an array of f has, but for those of its parts; views have
// some more, whose number the batch says.
func (f *field) buffers(v4 bool) int {
	if f.dictionary {
		return 2
	}
	switch f.kind {
	case typeNull, typeRunEnds:
		return 0
	case typeStruct, typeFixedList:
		return 1
	case typeUTF8, typeLargeUTF8, typeBinary, typeLargeBinary, typeListView, typeLargeView:
		return 3
	case typeUnion:
		n := 1
		if f.dense {
			n++
		}
		if v4 {
			n++
		}
		return n
	}
	return 2
}

// column is where the cells of a column of the stream go.
type column struct {
	name  string
	cells cells // nil: they are passed over
}

// bind finds the columns of the table in those of the stream. It is false where one of
// them does not fit.
func (d *decoder) bind(t codec.Table, fields []field) ([]column, bool) {
	columns := make([]column, len(fields))
	seen := make([]bool, len(t.Columns))
	fits, next := true, 0
	problem := func(name, kind, format string, args ...any) {
		fits = false
		d.r.In(name)
		d.r.Problem(kind, format, args...)
		d.r.Out()
	}
	d.texts = maxTexts + 8*len(d.data)
	for i := range fields {
		f := &fields[i]
		at := t.Find(f.name, next)
		if at < 0 {
			if d.r.Strict() {
				problem(string(f.name), "extra_forbidden", "is not a known field")
			}
			continue
		}
		c := t.Columns[at]
		next, columns[i].name = at+1, c.Name()
		if seen[at] {
			problem(c.Name(), "duplicate", "is given twice")
			continue
		}
		seen[at] = true
		into, want, kind := d.cells(c, f)
		columns[i].cells = into
		switch {
		case into != nil:
		case f.kind == typeUTF8View || f.kind == typeBinaryView:
			problem(c.Name(), kind, "must be a column of %s, not of %s: write it without views", want, f.describe())
		default:
			problem(c.Name(), kind, "must be a column of %s, not of %s", want, f.describe())
		}
	}
	for i, c := range t.Columns {
		if !seen[i] && c.Required() {
			fits = false
			d.r.In(c.Name())
			d.r.Missing()
			d.r.Out()
		}
	}
	return columns, fits
}
