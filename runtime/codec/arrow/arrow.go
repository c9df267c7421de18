// Package arrow reads and writes tables in the streams of Apache Arrow's IPC, columnar
// format version 1.0 and later (https://arrow.apache.org/docs/format/Columnar.html), which
// pyarrow, pandas, R and Polars write. A server has it where an endpoint declares it.
//
// # What is read
//
// The types that cells of a table have, and those that become one without a loss:
//
//	bool     bool
//	int      int8 to int64, uint8 to uint64; what is over 63 bits is a problem of its cell
//	float    float16, float32, float64, and integers that a float64 holds exactly
//	string   utf8, large_utf8
//	bytes    binary, large_binary, fixed_size_binary
//
// each also as a dictionary, which may grow and be replaced between batches, and null,
// which is a column of empty cells. Extension types are read by how they are stored, and
// metadata is passed over. What fits no column by its type is refused: a float is no
// integer, whatever its value, and a date or a time no text.
//
// Refused with what to do are compressed buffers, numbers whose high byte comes first, and
// texts and bytes as views. A column that the table does not name is passed over, of any
// type, unless the endpoint is strict.
//
// # What is trusted
//
// Nothing. Offsets, lengths and counts are held against the body before anything is
// allocated, and what is allocated is taken of the request's memory: cells need at most 64
// times the bytes that they come in. A stream that has no end marker was cut, one with
// something behind it is none.
//
// The package imports the standard library and package codec only.
package arrow

import (
	"bytes"
	"encoding/binary"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// The names of the types in messages, by their number in Schema.fbs.
var typeNames = [...]string{
	"nothing", "null", "an integer", "a float", "binary", "utf8", "bool", "decimal", "date", "time", "timestamp", "interval", "list", "struct", "union",
	"fixed_size_binary", "fixed_size_list", "map", "duration", "large_binary", "large_utf8", "large_list", "run_end_encoded", "binary_view", "string_view", "list_view", "large_list_view",
}

// Input reads tables whose columns are those of columns.
func Input[T any](how codec.NonFinite, columns func(*T) codec.Table) spec.Format {
	return codec.TableFormat(how, columns, func(r *codec.Reader, t codec.Table) int {
		d := &decoder{r: r, how: how, data: r.Body()}
		return d.table(t)
	})
}

// decoder reads one stream. Its methods are false, or give nothing, when the reading has
// ended for good.
type decoder struct {
	r     *codec.Reader
	how   codec.NonFinite
	data  []byte
	pos   int
	v4    bool // metadata of version 4, in which unions have a bitmap
	texts int  // bytes of text that dictionaries may still stand for
}

// malformed ends the reading: what was sent is no stream of Arrow.
func (d *decoder) malformed(format string, args ...any) bool {
	d.r.Malformed("arrow_invalid", "malformed Arrow stream: "+format, args...)
	return false
}

// The kinds of messages, from Message.fbs.
const (
	schemaMessage     = 1
	dictionaryMessage = 2
	batchMessage      = 3
)

// message is one message of a stream.
type message struct {
	kind   int
	header table
	body   []byte
}

const mark = 0xffffffff // before the length of each message

// next reads the next message; false at the end of the stream.
func (d *decoder) next() (m message, ok bool) {
	rest := d.data[d.pos:]
	switch {
	case len(rest) < 8:
		d.malformed("it ends at byte %d without an end marker", len(d.data))
		return m, false
	case binary.LittleEndian.Uint32(rest) != mark:
		if d.pos == 0 && bytes.HasPrefix(rest, []byte("ARROW1")) {
			d.malformed("it is a file: send a stream, %s", spec.ArrowStream)
			return m, false
		}
		d.malformed("no message begins at byte %d", d.pos)
		return m, false
	}
	size := int64(binary.LittleEndian.Uint32(rest[4:]))
	if rest = rest[8:]; size == 0 {
		if len(rest) > 0 {
			d.malformed("something follows its end marker")
		}
		return m, false
	}
	if size > int64(len(rest)) {
		d.malformed("it ends within the message at byte %d", d.pos)
		return m, false
	}
	f := newFlat(rest[:size])
	root := f.root()
	version, length := root.int16(0), root.int64(3)
	m.kind, m.header = root.union(1)
	if rest = rest[size:]; !f.bad && (length < 0 || length > int64(len(rest))) {
		d.malformed("it ends within the body of the message at byte %d", d.pos)
		return m, false
	}
	switch {
	case f.bad:
		d.malformed("the message at byte %d is damaged", d.pos)
		return m, false
	case version != 3 && version != 4:
		d.malformed("metadata of version %d is not known: write that of version 5", version+1)
		return m, false
	}
	d.v4 = version == 3
	m.body = rest[:length]
	d.pos = len(d.data) - len(rest) + int(length)
	return m, true
}

// table reads the whole stream and tells how many rows it has.
func (d *decoder) table(t codec.Table) int {
	fields, ok := d.schema()
	if !ok {
		return 0
	}
	columns, ok := d.bind(t, fields)
	start := d.pos
	rows, whole := d.survey(fields, columns)
	if !whole || !ok || t.MaxRows > 0 && rows > t.MaxRows {
		return rows
	}
	for _, c := range columns {
		if c.cells != nil && !c.cells.begin(rows) {
			return rows
		}
	}
	d.pos = start
	for {
		m, ok := d.next()
		if !ok || !d.fill(m, fields, columns) {
			return rows
		}
	}
}

// survey goes through all messages before anything is made of them, and counts the rows.
func (d *decoder) survey(fields []field, columns []column) (rows int, whole bool) {
	for {
		m, ok := d.next()
		if !ok {
			return rows, !d.r.Failed()
		}
		switch m.kind {
		case dictionaryMessage:
		case batchMessage:
			b, ok := d.batch(m.header, m.body)
			if !ok || !d.arrays(b, fields, func(i int, a array) bool {
				return columns[i].cells == nil || a.sound(&fields[i]) || d.malformed("column %s of the batch that ends at byte %d is damaged", columns[i].name, d.pos)
			}) {
				return rows, false
			}
			// No row is in less than a bit of each column, but of those that are null;
			// so that a number alone makes no table.
			if rows += b.rows; rows > 8*len(d.data) {
				return rows, d.malformed("it has %d rows and %d bytes", rows, len(d.data))
			}
		default:
			return rows, d.malformed("a message of kind %d is not one of a table", m.kind)
		}
	}
}

// fill puts what a message has into the cells.
func (d *decoder) fill(m message, fields []field, columns []column) bool {
	if m.kind == batchMessage {
		b, ok := d.batch(m.header, m.body)
		return ok && d.arrays(b, fields, func(i int, a array) bool {
			return columns[i].cells == nil || columns[i].cells.add(a)
		})
	}
	id, delta := m.header.int64(0), m.header.bool(2)
	data := m.header.table(1)
	for i := range columns {
		c := &columns[i]
		if f := &fields[i]; c.cells == nil || !f.dictionary || f.id != id {
			continue
		}
		b, ok := d.batch(data, m.body)
		plain := fields[i]
		plain.dictionary = false
		if !ok || !d.arrays(b, []field{plain}, func(_ int, a array) bool {
			return (a.sound(&plain) || d.malformed("the dictionary of column %s is damaged", c.name)) && c.cells.learn(a, delta)
		}) {
			return false
		}
	}
	return !data.f.bad || d.malformed("a dictionary is damaged")
}
