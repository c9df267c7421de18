package arrow

import (
	"encoding/binary"
	"unicode/utf8"
)

// flat is a FlatBuffer that somebody else wrote. Each reading is held against its length;
// one that is out of it gives zero and leaves bad set.
type flat struct {
	b   []byte
	bad bool
	// left is how many tables, and four bytes of names, may still be read: as many as
	// fit, so that what is referred to from many places costs no more than its bytes.
	left int
}

func newFlat(b []byte) *flat { return &flat{b: b, left: len(b) / 4} }

func (f *flat) has(at, n int) bool {
	if at < 0 || n < 0 || at > len(f.b)-n {
		f.bad = true
	}
	return !f.bad
}

func (f *flat) uint16(at int) int {
	if !f.has(at, 2) {
		return 0
	}
	return int(binary.LittleEndian.Uint16(f.b[at:]))
}

func (f *flat) int32(at int) int {
	if !f.has(at, 4) {
		return 0
	}
	return int(int32(binary.LittleEndian.Uint32(f.b[at:])))
}

func (f *flat) int64(at int) int64 {
	if !f.has(at, 8) {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(f.b[at:]))
}

// follow gives the place that the offset at at leads to: behind it, always.
func (f *flat) follow(at int) int {
	n := f.int32(at)
	if n <= 0 {
		f.bad = true
	}
	return at + n
}

// table is one table of a FlatBuffer, with the places of its fields.
type table struct {
	f                *flat
	at, size         int
	places, placeLen int
}

func (f *flat) root() table { return f.tableAt(f.follow(0)) }

func (f *flat) tableAt(at int) table {
	t := table{f: f, at: at}
	t.places = at - f.int32(at)
	t.placeLen, t.size = f.uint16(t.places), f.uint16(t.places+2)
	f.left--
	if t.placeLen < 4 || t.size < 4 || f.left < 0 || !f.has(t.places, t.placeLen) || !f.has(at, t.size) {
		f.bad = true
	}
	return t
}

// field gives the place of field n, of size bytes; 0 where it is not there.
func (t table) field(n, size int) int {
	if p := 4 + 2*n; !t.f.bad && p+2 <= t.placeLen {
		if off := t.f.uint16(t.places + p); off != 0 {
			if off < 4 || off+size > t.size {
				t.f.bad = true
			}
			return t.at + off
		}
	}
	return 0
}

func (t table) int8(n int) int {
	if at := t.field(n, 1); at > 0 && t.f.has(at, 1) {
		return int(t.f.b[at])
	}
	return 0
}

func (t table) bool(n int) bool { return t.int8(n) != 0 }

func (t table) int16(n int) int {
	if at := t.field(n, 2); at > 0 {
		return int(int16(t.f.uint16(at)))
	}
	return 0
}

func (t table) int32(n int) int {
	if at := t.field(n, 4); at > 0 {
		return t.f.int32(at)
	}
	return 0
}

func (t table) int64(n int) int64 {
	if at := t.field(n, 8); at > 0 {
		return t.f.int64(at)
	}
	return 0
}

func (t table) has(n int) bool { return t.field(n, 4) > 0 }

// table gives the table of field n, which has to be there.
func (t table) table(n int) table {
	at := t.field(n, 4)
	if at == 0 {
		t.f.bad = true
		return table{f: t.f}
	}
	return t.f.tableAt(t.f.follow(at))
}

// union gives the table of field n+1, and its kind by field n.
func (t table) union(n int) (kind int, of table) {
	return t.int8(n), t.table(n + 1)
}

// vector is a list of items of one size.
type vector struct {
	f     *flat
	at, n int
}

func (t table) vector(n, size int) vector {
	v := vector{f: t.f}
	at := t.field(n, 4)
	if at == 0 {
		return v
	}
	at = t.f.follow(at)
	v.at, v.n = at+4, t.f.int32(at)
	if v.n < 0 || v.n > len(t.f.b)/size || !t.f.has(v.at, v.n*size) {
		t.f.bad = true
		return vector{f: t.f}
	}
	return v
}

// table gives item i of a list of tables.
func (v vector) table(i int) table { return v.f.tableAt(v.f.follow(v.at + 4*i)) }

// text gives the text of field n.
func (t table) text(n int) []byte {
	v := t.vector(n, 1)
	s := t.f.b[v.at : v.at+v.n]
	if t.f.left -= v.n / 4; t.f.left < 0 || !utf8.Valid(s) {
		t.f.bad = true
	}
	return s
}
