package arrow

import (
	"encoding/binary"
	"slices"
)

// writer makes a FlatBuffer from front to back: what a table refers to is written behind
// it, so that no offset leads backwards but those to the lists of places.
type writer struct {
	b    []byte
	base int // where the FlatBuffer begins
}

// value is a field of a table that is written: a number, or something that the field
// refers to, which child writes.
type value struct {
	field, size int
	number      int64
	child       func() (at int)
}

func number(field, size int, n int64) value { return value{field: field, size: size, number: n} }

func refers(field int, child func() int) value { return value{field: field, size: 4, child: child} }

func (w *writer) align(n, behind int) {
	for (len(w.b)+behind-w.base)%n != 0 {
		w.b = append(w.b, 0)
	}
}

func (w *writer) uint32(n int)       { w.b = binary.LittleEndian.AppendUint32(w.b, uint32(n)) }
func (w *writer) int64(n int64)      { w.b = binary.LittleEndian.AppendUint64(w.b, uint64(n)) }
func (w *writer) refer(from, to int) { binary.LittleEndian.PutUint32(w.b[from:], uint32(to-from)) }

// root writes a whole FlatBuffer, with its length a multiple of eight.
func (w *writer) root(values ...value) {
	w.base = len(w.b)
	w.uint32(0)
	w.refer(w.base, w.table(values...))
	w.align(8, 0)
}

// table writes a table and gives its place.
func (w *writer) table(values ...value) int {
	n := 0
	for _, v := range values {
		n = max(n, v.field+1)
	}
	w.align(8, 4+2*n)
	places, at := len(w.b), len(w.b)+4+2*n
	w.b = append(w.b, make([]byte, 4+2*n)...)
	w.uint32(at - places)
	var refs []int
	for _, v := range values {
		w.align(v.size, 0)
		binary.LittleEndian.PutUint16(w.b[places+4+2*v.field:], uint16(len(w.b)-at))
		refs = append(refs, len(w.b))
		w.b = binary.LittleEndian.AppendUint64(w.b, uint64(v.number))[:len(w.b)+v.size]
	}
	binary.LittleEndian.PutUint16(w.b[places:], uint16(4+2*n))
	binary.LittleEndian.PutUint16(w.b[places+2:], uint16(len(w.b)-at))
	for i, v := range values {
		if v.child != nil {
			w.refer(refs[i], v.child())
		}
	}
	return at
}

// tables writes a list of tables.
func (w *writer) tables(children ...func() int) int {
	w.align(4, 0)
	at := len(w.b)
	w.uint32(len(children))
	w.b = append(w.b, make([]byte, 4*len(children))...)
	for i, child := range children {
		w.refer(at+4+4*i, child())
	}
	return at
}

// pairs writes a list of structs of two int64.
func (w *writer) pairs(of [][2]int64) int {
	w.align(8, 4)
	at := len(w.b)
	w.uint32(len(of))
	w.b = slices.Grow(w.b, 16*len(of))
	for _, p := range of {
		w.int64(p[0])
		w.int64(p[1])
	}
	return at
}

func (w *writer) text(s string) int {
	w.align(4, 0)
	at := len(w.b)
	w.uint32(len(s))
	w.b = append(append(w.b, s...), 0)
	return at
}
