package arrow

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"bentoc.dev/runtime/tensor"
)

func bools(_ *columnOf[bool], a array, into []bool) bool {
	for i := range into {
		into[i] = a.data[i>>3]>>(i&7)&1 == 1
	}
	return true
}

// integersOf gives a function for the integers of a buffer, as 64 bits whose sign is that
// of the highest where they have one.
func integersOf(data []byte, bits int, signed bool) func(i int) uint64 {
	switch {
	case bits == 8 && signed:
		return func(i int) uint64 { return uint64(int8(data[i])) }
	case bits == 8:
		return func(i int) uint64 { return uint64(data[i]) }
	case bits == 16 && signed:
		return func(i int) uint64 { return uint64(int16(binary.LittleEndian.Uint16(data[2*i:]))) }
	case bits == 16:
		return func(i int) uint64 { return uint64(binary.LittleEndian.Uint16(data[2*i:])) }
	case bits == 32 && signed:
		return func(i int) uint64 { return uint64(int32(binary.LittleEndian.Uint32(data[4*i:]))) }
	case bits == 32:
		return func(i int) uint64 { return uint64(binary.LittleEndian.Uint32(data[4*i:])) }
	}
	return func(i int) uint64 { return binary.LittleEndian.Uint64(data[8*i:]) }
}

func integers(c *columnOf[int64], a array, into []int64) bool {
	at := integersOf(a.data, c.f.bits, c.f.signed)
	for i := range into {
		n := at(i)
		into[i] = int64(n)
		if into[i] < 0 && !c.f.signed && a.ok(i) {
			c.problem(i, "int_parsing_size", "must fit in 64 bits")
		}
	}
	return true
}

func numbers(c *columnOf[float64], a array, into []float64) bool {
	switch f := c.f; {
	case f.kind == typeInt:
		at := integersOf(a.data, f.bits, f.signed)
		for i := range into {
			n := at(i)
			v, text, exact := exactly(n, f.signed)
			if into[i] = v; !exact && a.ok(i) {
				c.problem(i, "float_parsing", "%s cannot be held by a number of 64 bits: the nearest one is %s", text, strconv.FormatFloat(v, 'g', -1, 64))
			}
		}
	case f.bits == 16:
		for i := range into {
			into[i] = float64(tensor.F16(binary.LittleEndian.Uint16(a.data[2*i:])).Float32())
		}
	case f.bits == 32:
		for i := range into {
			into[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(a.data[4*i:])))
		}
	default:
		for i := range into {
			into[i] = math.Float64frombits(binary.LittleEndian.Uint64(a.data[8*i:]))
		}
	}
	return true
}

// exactly gives the float of an integer, with its digits where there is none.
func exactly(n uint64, signed bool) (f float64, text string, exact bool) {
	if signed {
		v := int64(n)
		f = float64(v)
		if f < 1<<63 && int64(f) == v {
			return f, "", true
		}
		return f, strconv.FormatInt(v, 10), false
	}
	f = float64(n)
	if f < 1<<64 && uint64(f) == n {
		return f, "", true
	}
	return f, strconv.FormatUint(n, 10), false
}

// spans calls each with where the bytes of every cell lie, in what it gives first: a copy
// of the bytes of all of them.
func spans[T any](c *columnOf[T], a array, each func(i, from, to int)) (all []byte, ok bool) {
	if a.rows == 0 {
		return nil, true
	}
	bits := 32
	if c.f.kind == typeLargeUTF8 || c.f.kind == typeLargeBinary {
		bits = 64
	}
	at := integersOf(a.data, bits, true)
	first, last := at(0), at(a.rows)
	if first > last || last > uint64(len(a.text)) {
		return nil, c.d.malformed("the offsets of column %s lead out of it", c.name)
	}
	prev := first
	for i := range a.rows {
		next := at(i + 1)
		if next < prev || next > last {
			return nil, c.d.malformed("the offsets of column %s do not rise", c.name)
		}
		each(i, int(prev-first), int(next-first))
		prev = next
	}
	return a.text[first:last], true
}

func texts(c *columnOf[string], a array, into []string) bool {
	all, ok := spans(c, a, func(int, int, int) {})
	if !ok || !c.d.r.Take(int64(len(all))) {
		return false
	}
	copied := string(all)
	spans(c, a, func(i, from, to int) {
		if !a.ok(i) {
			return
		}
		if into[i] = copied[from:to]; !utf8.ValidString(into[i]) {
			c.problem(i, "string_unicode", "must be UTF-8")
		}
	})
	return true
}

func binaries(c *columnOf[[]byte], a array, into [][]byte) bool {
	if c.f.kind == typeFixedBinary {
		n := c.f.bits
		if !c.d.r.Take(int64(len(into) * n)) {
			return false
		}
		copied := append([]byte{}, a.data[:len(into)*n]...)
		for i := range into {
			if a.ok(i) {
				into[i] = copied[i*n : (i+1)*n : (i+1)*n]
			}
		}
		return true
	}
	all, ok := spans(c, a, func(int, int, int) {})
	if !ok || !c.d.r.Take(int64(len(all))) {
		return false
	}
	copied := append([]byte{}, all...)
	spans(c, a, func(i, from, to int) {
		if a.ok(i) {
			into[i] = copied[from:to:to]
		}
	})
	return true
}
