package codec

import "bentoc.dev/runtime/spec"

// What values take of the memory of a request besides their own bytes.
const (
	anySize   = 24 // a value of any sort: an interface and what it points at
	entrySize = 64 // a place in a map, with the free ones
)

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
