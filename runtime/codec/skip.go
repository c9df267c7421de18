package codec

import "bytes"

// Skip steps over a value of any sort, checking that it is JSON.
func (r *Reader) Skip() {
	if r.err != nil {
		return
	}
	r.taken = true
	if r.raw {
		r.pos = len(r.data)
		return
	}
	r.skip(len(r.frames))
}

func (r *Reader) skip(depth int) {
	switch c := r.peek(); {
	case c == '{':
		r.skipMembers(depth, '}', true)
	case c == '[':
		r.skipMembers(depth, ']', false)
	case c == '"':
		r.token()
	case c == '-', c >= '0' && c <= '9':
		if !r.infinity() {
			r.number()
		}
	case r.literal("true"), r.literal("false"), r.literal("null"), r.literal("NaN"), r.literal("Infinity"):
	default:
		r.syntax("expected a value")
	}
}

func (r *Reader) infinity() bool {
	if !bytes.HasPrefix(r.data[r.pos:], []byte("-Infinity")) {
		return false
	}
	r.pos += len("-Infinity")
	return true
}

// skipMembers steps over an object or a list without noting where it is.
func (r *Reader) skipMembers(depth int, end byte, keys bool) {
	if depth >= maxDepth {
		r.syntax("nested too deep")
		return
	}
	r.pos++
	f := frame{}
	r.frames = append(r.frames, f) // next steps out of it
	for r.err == nil && r.next(&f, end) {
		if keys && !r.skipKey() {
			return
		}
		r.skip(depth + 1)
	}
}

func (r *Reader) skipKey() bool {
	if r.peek() != '"' {
		r.syntax("expected the name of a field")
		return false
	}
	if _, _, ok := r.token(); !ok {
		return false
	}
	if r.peek() != ':' {
		r.syntax("expected : after the name of a field")
		return false
	}
	r.pos++
	return true
}

// validJSON tells whether data is one JSON value.
func validJSON(data []byte) bool {
	r := Reader{data: data}
	r.Skip()
	return r.finish() == nil
}
