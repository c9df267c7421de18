package onnxfile

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Limits on what a file may make the reader keep or do. They are far above
// what exporters write; a file beyond them is broken or hostile.
const (
	maxDepth  = 100       // nested messages; protobuf's own limit, so ONNX Runtime refuses more too
	maxName   = 1 << 16   // bytes of a name
	maxText   = 16 << 20  // bytes of a metadata value or documentation
	maxKept   = 128 << 20 // bytes of all names and texts together
	windowLen = 32 << 10  // bytes of one read
)

// FormatError says that a file is not an ONNX model, or a broken one.
type FormatError struct {
	Offset int64  // byte of the file at which it shows; 0: not at one place
	Reason string // lower case, without a full stop
	Hint   string // a cure, where one is known
}

func (e *FormatError) Error() string {
	if e.Offset == 0 {
		return e.Reason
	}
	return fmt.Sprintf("%s (at byte %d)", e.Reason, e.Offset)
}

// truncated begins the reason where the file ends too early.
const truncated = "truncated"

// Wire types of protobuf.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// reader walks protobuf messages of a file through a small window. Skipping
// what is not wanted moves off and reads nothing.
type reader struct {
	src    io.ReaderAt
	size   int64
	window []byte // bytes of src from base on
	base   int64
	buf    []byte // backing array of window
	off    int64
	depth  int
	kept   int64
}

// field is one field of a message. For wireBytes, its content lies from the
// reader's offset to end, and value is its length.
type field struct {
	num   int
	wire  int
	value uint64
	end   int64
}

func (r *reader) errorf(format string, args ...any) error {
	return &FormatError{Offset: r.off, Reason: fmt.Sprintf(format, args...)}
}

// fill makes the window hold the n bytes at off; n is at most windowLen.
func (r *reader) fill(n int) error {
	if r.off >= r.base && r.off+int64(n) <= r.base+int64(len(r.window)) {
		return nil
	}
	if r.off+int64(n) > r.size {
		return r.errorf(truncated + ": the file ends in the middle of a field")
	}
	got, err := r.src.ReadAt(r.buf[:min(windowLen, r.size-r.off)], r.off)
	r.base, r.window = r.off, r.buf[:got]
	if got >= n {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return r.errorf(truncated+": %d bytes were announced, reading stopped after %d", r.size, r.off+int64(got))
	}
	return fmt.Errorf("reading the model: %w", err)
}

// uvarint reads a varint that ends before end.
func (r *reader) uvarint(end int64) (uint64, error) {
	var v uint64
	for shift := uint(0); shift < 64; shift += 7 {
		if r.off >= end {
			return 0, r.errorf(truncated + ": a number runs past its message")
		}
		if err := r.fill(1); err != nil {
			return 0, err
		}
		b := r.window[r.off-r.base]
		r.off++
		if b < 0x80 {
			if shift == 63 && b > 1 {
				break
			}
			return v | uint64(b)<<shift, nil
		}
		v |= uint64(b&0x7f) << shift
	}
	return 0, r.errorf("a number has more than 64 bits")
}

// message calls visit for every field up to end. What visit leaves of a
// field's content is skipped.
func (r *reader) message(end int64, visit func(field) error) error {
	if r.depth++; r.depth > maxDepth {
		return r.errorf("messages are nested more than %d deep", maxDepth)
	}
	defer func() { r.depth-- }()
	for r.off < end {
		f, err := r.next(end)
		if err != nil {
			return err
		}
		if err := visit(f); err != nil {
			return err
		}
		if f.wire == wireBytes {
			r.off = f.end
		}
	}
	return nil
}

// next reads the key of a field, and its value unless that is wireBytes.
func (r *reader) next(end int64) (field, error) {
	key, err := r.uvarint(end)
	if err != nil {
		return field{}, err
	}
	if key>>3 == 0 || key>>3 > 1<<29-1 {
		return field{}, r.errorf("not a protobuf message: field number %d", key>>3)
	}
	f := field{num: int(key >> 3), wire: int(key & 7)}
	switch f.wire {
	case wireVarint:
		f.value, err = r.uvarint(end)
	case wireFixed64:
		err = r.skip(8, end)
	case wireFixed32:
		err = r.skip(4, end)
	case wireBytes:
		if f.value, err = r.uvarint(end); err == nil && f.value > uint64(end-r.off) {
			err = r.errorf(truncated+": a field of %d bytes begins where %d bytes are left", f.value, end-r.off)
		}
		f.end = r.off + int64(f.value)
	default:
		err = r.errorf("not a protobuf message: wire type %d", f.wire)
	}
	return f, err
}

func (r *reader) skip(n, end int64) error {
	if end-r.off < n {
		return r.errorf(truncated + ": a number runs past its message")
	}
	r.off += n
	return nil
}

// is reports whether f has number num, and that its wire type is wire where it has.
func (r *reader) is(f field, num, wire int) (bool, error) {
	if f.num != num {
		return false, nil
	}
	if f.wire != wire {
		return false, r.errorf("not an ONNX model: field %d has wire type %d instead of %d", num, f.wire, wire)
	}
	return true, nil
}

// entryLen is about what an entry of a list or map takes besides its texts.
const entryLen = 64

// keep accounts for n bytes that stay in memory.
func (r *reader) keep(n int64) error {
	if r.kept += n; r.kept > maxKept {
		return r.errorf("what the file says of itself takes more than %d MiB", maxKept>>20)
	}
	return nil
}

// text reads the content of f, at most limit bytes of UTF-8.
func (r *reader) text(f field, limit int64) (string, error) {
	n := int64(f.value)
	if n > limit {
		return "", r.errorf("a text of %d bytes is longer than %d", n, limit)
	}
	if err := r.keep(n); err != nil {
		return "", err
	}
	out := make([]byte, 0, n)
	for r.off < f.end {
		part := int(min(windowLen, f.end-r.off))
		if err := r.fill(part); err != nil {
			return "", err
		}
		at := int(r.off - r.base)
		out = append(out, r.window[at:at+part]...)
		r.off += int64(part)
	}
	if !utf8.Valid(out) {
		return "", r.errorf("a text is not UTF-8")
	}
	return string(out), nil
}
