package codec

import (
	"unsafe"

	"bentoc.dev/runtime/spec"
)

// What values take of the memory of a request besides their own bytes.
const (
	anySize = 24 // what a value of any sort points at, beside the two words that do
	mapSize = 48 // an empty map
	keySize = 17 // the place of a key in a map, with its mark
	// A map has eight places with its first entry, and when these are full, between two
	// and three for each.
	firstPlaces, placesEach = 8, 3
)

// place takes what one more entry of a map of n costs, besides its key's text.
func (r *Reader) place(n int, value uintptr) bool {
	switch each := keySize + int64(value); {
	case n == 0:
		return r.Take(firstPlaces * each)
	case n >= firstPlaces:
		return r.Take(placesEach * each)
	}
	return true
}

// room makes room in a list for one item more. While items move, both places count.
func room[T any](r *Reader, list []T) ([]T, bool) {
	if len(list) < cap(list) {
		return list, true
	}
	size := max(1, int64(unsafe.Sizeof(*new(T))))
	have := int64(cap(list))
	want := max(1, 64/size, 2*have)
	if have*size > 64<<10 { // as append does, so that not half of a long list is empty
		want = have + have/4
	}
	if !r.Take(want * size) {
		return list, false
	}
	larger := append(make([]T, 0, want), list...)
	r.Give(have * size)
	return larger, true
}

// Take takes n bytes of what the request may hold, before they are allocated. Where
// it is false, the reading has ended, and the request is refused for its size.
func (r *Reader) Take(n int64) bool {
	if r.err != nil {
		return false
	}
	if r.memory == nil || n <= 0 {
		return true
	}
	if err := r.memory.Take(n); err != nil {
		r.refused, r.err = err, &tooMuch
		return false
	}
	r.drawn += n
	return true
}

// Give gives n bytes back that are not needed any more.
func (r *Reader) Give(n int64) {
	if r.memory != nil && n > 0 {
		r.drawn -= n
		r.memory.Give(n)
	}
}

// tooMuch ends a reading; the answer is that of the memory's own error.
var tooMuch spec.InputError
