package vorbis

import (
	"errors"
	"fmt"
	"math"
)

// The decoder believes what headers say: it would allocate gigabytes for a few bytes,
// and go around in codes that have no end. So they are looked through before (Vorbis I,
// sections 4.2.2 and 3.2.1).

// maxCodes is how many codes a book may have: building it takes their square, and
// encoders make some thousand.
const maxCodes = 1 << 14

// maxBooks is how many values and codes the books of a file may have together. Encoders
// make some hundred thousand.
const maxBooks = 1 << 21

var errHeader = errors.New("its header is damaged")

// checkIdentification looks at the first header.
func checkIdentification(p []byte) error {
	if len(p) < 30 {
		return errHeader
	}
	channels, short, long := p[11], p[28]&15, p[28]>>4
	if channels == 0 || short < 6 || short > long || long > 13 {
		return fmt.Errorf("it has %d channels and blocks of 2^%d and 2^%d samples", channels, short, long)
	}
	return nil
}

// bits reads from the lowest bit of each byte on.
type bits struct {
	data []byte
	at   int // in bits
}

func (b *bits) read(n int) (v uint64) {
	for i := range n {
		if k := b.at + i; k/8 < len(b.data) {
			v |= uint64(b.data[k/8]>>(k%8)&1) << i
		}
	}
	b.at += n
	return v
}

func (b *bits) over() bool { return b.at > 8*len(b.data) }

// headBytes is the length of what a header begins with: its number, and "vorbis".
const headBytes = 7

// checkSetup looks at the books in the third header, and gives the bit behind [headBytes] at which they end.
func checkSetup(p []byte) (end int, _ error) {
	if len(p) <= headBytes {
		return 0, errHeader
	}
	b := &bits{data: p[headBytes:]}
	total := uint64(0)
	for i := range b.read(8) + 1 {
		if b.read(24) != 0x564342 {
			return 0, errHeader
		}
		dims, entries := b.read(16), b.read(24)
		if total += entries * (dims + 3); dims == 0 || entries > maxCodes || total > maxBooks {
			return 0, fmt.Errorf("book %d of its header has %d codes of %d values", i, entries, dims)
		}
		if err := b.lengths(entries); err != nil {
			return 0, fmt.Errorf("book %d of its header: %w", i, err)
		}
		if err := b.lookup(entries, dims); err != nil {
			return 0, fmt.Errorf("book %d of its header: %w", i, err)
		}
		if b.over() {
			return 0, errHeader
		}
	}
	return b.at, nil
}

// lengths reads the lengths of codes, which must use up all codes there are: what lies
// in the others has no end.
func (b *bits) lengths(entries uint64) error {
	used := uint64(0) // of all codes of 32 bits
	if b.read(1) == 0 {
		sparse := b.read(1) == 1
		for range entries {
			if !sparse || b.read(1) == 1 {
				used += 1 << (31 - b.read(5))
			}
		}
	} else {
		length := b.read(5) + 1
		for done := uint64(0); done < entries; length++ {
			width := 0
			for x := entries - done; x > 0; x >>= 1 {
				width++
			}
			n := b.read(width)
			if length > 32 || n > entries-done {
				return errHeader
			}
			used += n << (32 - length)
			done += n
		}
	}
	if used != 1<<32 {
		return errors.New("its codes are not complete")
	}
	return nil
}

// lookup reads past the values of a book.
func (b *bits) lookup(entries, dims uint64) error {
	kind := b.read(4)
	if kind == 0 {
		return nil
	}
	b.read(64) // the least of them, and the step
	width := int(b.read(4)) + 1
	b.read(1)
	n := entries * dims
	switch kind {
	case 1:
		n = uint64(math.Floor(math.Pow(float64(entries), 1/float64(dims)))) // as the decoder does
		if power(n, dims) > float64(entries) || power(n+1, dims) <= float64(entries) {
			return fmt.Errorf("%d codes of %d values cannot be read", entries, dims)
		}
	case 2:
	default:
		return errHeader
	}
	b.at += int(n) * width
	return nil
}

func power(n, exp uint64) float64 {
	v := 1.0
	for range min(exp, 64) {
		v *= float64(n)
	}
	return v
}
