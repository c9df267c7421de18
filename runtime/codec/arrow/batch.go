package arrow

import "math/bits"

// batch is a record batch: arrays of one length, in the order of the schema's fields.
type batch struct {
	rows     int
	nodes    vector // of two int64: how many cells, how many are null
	buffers  vector // of two int64: where in the body, how many bytes
	variadic vector // of int64: how many buffers each array of views has beside its two
	body     []byte

	node, buffer, view int // those that are next
}

// batch reads what the metadata says of a batch and holds it against the body.
func (d *decoder) batch(t table, body []byte) (*batch, bool) {
	f := t.f
	b := &batch{nodes: t.vector(1, 16), buffers: t.vector(2, 16), variadic: t.vector(4, 8), body: body}
	rows := t.int64(0)
	if t.has(3) && !f.bad {
		return nil, d.malformed("its buffers are compressed: write them without compression")
	}
	end := int64(0)
	for i := range b.buffers.n {
		from, n := f.int64(b.buffers.at+16*i), f.int64(b.buffers.at+16*i+8)
		switch {
		case n == 0:
		case from < end || n < 0 || from > int64(len(body)) || n > int64(len(body))-from:
			f.bad = true
		default:
			end = from + n
		}
	}
	if f.bad || rows < 0 || rows > 8*int64(len(d.data)) {
		return nil, d.malformed("the batch that ends at byte %d is damaged", d.pos)
	}
	b.rows = int(rows)
	return b, true
}

// array is a column of a batch.
type array struct {
	rows  int
	nulls int
	none  bool   // all cells are null, and there are no buffers
	valid []byte // a bit a cell, 1 for one that is not null; nil where none is null
	data  []byte // of texts and bytes the offsets, of dictionaries the indexes
	text  []byte
}

// ok tells whether cell i is not null.
func (a *array) ok(i int) bool {
	if a.valid == nil {
		return !a.none
	}
	return a.valid[i>>3]>>(i&7)&1 == 1
}

// sound holds the buffers of an array of f against how many cells it has, and how many of
// them are null by the batch.
func (a *array) sound(f *field) bool {
	if a.none || a.rows == 0 {
		return true
	}
	nulls := 0
	if a.valid != nil {
		if len(a.valid) < (a.rows+7)/8 {
			return false
		}
		nulls = zeros(a.valid, a.rows)
	}
	bits, rows := f.width(), a.rows
	if a.text != nil || f.buffers(false) == 3 {
		rows++ // of offsets
	}
	return nulls == a.nulls && (bits == 0 || rows <= len(a.data)*8/bits)
}

// arrays calls use for each of the fields.
func (d *decoder) arrays(b *batch, fields []field, use func(i int, a array) bool) bool {
	for i := range fields {
		a, ok := b.array(&fields[i], d.v4)
		if !ok || a.rows != b.rows {
			return d.malformed("the batch that ends at byte %d does not fit its schema", d.pos)
		}
		if !use(i, a) {
			return false
		}
	}
	if b.node != b.nodes.n || b.buffer != b.buffers.n || b.view != b.variadic.n {
		return d.malformed("the batch that ends at byte %d does not fit its schema", d.pos)
	}
	return true
}

// array takes the next array, which is of f, with all of its parts.
func (b *batch) array(f *field, v4 bool) (a array, ok bool) {
	if b.node == b.nodes.n {
		return a, false
	}
	at := b.nodes.at + 16*b.node
	rows, nulls := b.nodes.f.int64(at), b.nodes.f.int64(at+8)
	b.node++
	n := f.buffers(v4)
	if !f.dictionary && (f.kind == typeUTF8View || f.kind == typeBinaryView) {
		if b.view == b.variadic.n {
			return a, false
		}
		more := b.variadic.f.int64(b.variadic.at + 8*b.view)
		b.view++
		if more < 0 || more > int64(b.buffers.n) {
			return a, false
		}
		n += int(more)
	}
	if rows < 0 || nulls < 0 || nulls > rows || n > b.buffers.n-b.buffer {
		return a, false
	}
	a.rows, a.nulls, a.none = int(rows), int(nulls), f.kind == typeNull && !f.dictionary
	for i := range n {
		switch i {
		case 0:
			a.valid = b.take()
		case 1:
			a.data = b.take()
		case 2:
			a.text = b.take()
		default:
			b.buffer++
		}
	}
	if !f.dictionary {
		for i := range f.children {
			if _, ok := b.array(&f.children[i], v4); !ok {
				return a, false
			}
		}
	}
	return a, true
}

// take gives the next buffer, which was found to be in the body.
func (b *batch) take() []byte {
	at := b.buffers.at + 16*b.buffer
	from, n := b.buffers.f.int64(at), b.buffers.f.int64(at+8)
	b.buffer++
	if n == 0 {
		return nil
	}
	return b.body[from : from+n]
}

// zeros counts the cells of a bitmap that are null.
func zeros(valid []byte, rows int) int {
	n := rows
	for _, b := range valid[:rows/8] {
		n -= bits.OnesCount8(b)
	}
	if rest := rows & 7; rest > 0 {
		n -= bits.OnesCount8(valid[rows/8] & (1<<rest - 1))
	}
	return n
}
