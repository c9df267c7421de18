package value

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// Sum is the SHA-256 of a value: nobody can make two values of one type that have the same.
type Sum [sha256.Size]byte

// Digest gives the sum of all that can be seen of v. Values that differ in anything have
// other sums: -0 and 0, each NaN, null and an empty list, the integer 1 and the float 1
// where a value of any type is taken, a name or a media type of a file; the order in which a map's
// keys came is nothing of it. It is false where v has what cannot be seen.
func Digest[T any](v T) (sum Sum, ok bool) {
	d := digests.Get().(*digest)
	d.sha.Reset()
	d.buf = d.buf[:0]
	all := reflect.ValueOf(&v).Elem()
	if all.Kind() == reflect.Interface && !all.IsNil() {
		all = all.Elem()
		d.text(all.Type().String())
	}
	ok = d.value(all, 0)
	if ok {
		d.flush()
		d.sha.Sum(sum[:0])
	}
	digests.Put(d)
	return sum, ok
}

var digests = sync.Pool{New: func() any { return &digest{sha: sha256.New(), buf: make([]byte, 0, 1024)} }}

// digest is what is summed: as the type is known, each part is told from the next by
// lengths, and by marks where there may be none.
type digest struct {
	sha hash.Hash
	buf []byte // not yet summed
}

func (d *digest) flush() {
	_, _ = d.sha.Write(d.buf) // a hash takes all
	d.buf = d.buf[:0]
}

func (d *digest) bytes(b []byte) {
	if len(b) > cap(d.buf)-len(d.buf) {
		d.flush()
	}
	if len(b) > cap(d.buf) {
		_, _ = d.sha.Write(b)
		return
	}
	d.buf = append(d.buf, b...)
}

func (d *digest) number(n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	d.bytes(b[:])
}

func (d *digest) text(s string) {
	d.number(uint64(len(s)))
	d.bytes(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// there marks whether there is something, and tells it.
func (d *digest) there(is bool) bool {
	if is {
		d.bytes([]byte{1})
	} else {
		d.bytes([]byte{0})
	}
	return is
}

func (d *digest) value(v reflect.Value, depth int) bool {
	if depth++; depth > maxDepth {
		return false
	}
	switch v.Kind() {
	case reflect.Bool:
		d.there(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.number(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.number(v.Uint())
	case reflect.Float32: // whose NaNs a float64 does not all tell apart
		bits := reflect.New(v.Type())
		bits.Elem().Set(v)
		d.number(uint64(*(*uint32)(bits.UnsafePointer())))
	case reflect.Float64:
		d.number(math.Float64bits(v.Float()))
	case reflect.String:
		d.text(v.String())
	case reflect.Slice:
		if d.there(!v.IsNil()) {
			d.number(uint64(v.Len()))
			return d.items(v, depth)
		}
	case reflect.Array:
		return d.items(v, depth)
	case reflect.Map:
		if d.there(!v.IsNil()) {
			return d.entries(v, depth)
		}
	case reflect.Pointer:
		if d.there(!v.IsNil()) {
			return d.value(v.Elem(), depth)
		}
	case reflect.Interface:
		if !d.there(!v.IsNil()) {
			return true
		}
		if !known(v.Elem().Type()) {
			return false
		}
		d.text(v.Elem().Type().String())
		return d.value(v.Elem(), depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() || !d.value(v.Field(i), depth) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

func (d *digest) items(v reflect.Value, depth int) bool {
	if size := v.Type().Elem().Size(); v.Kind() == reflect.Slice && flat(v.Type().Elem().Kind()) {
		if v.Len() > 0 {
			d.bytes(unsafe.Slice((*byte)(v.UnsafePointer()), uintptr(v.Len())*size))
		}
		return true
	}
	for i := range v.Len() {
		if !d.value(v.Index(i), depth) {
			return false
		}
	}
	return true
}

// entries sums a map in the order of its keys, which are texts.
func (d *digest) entries(v reflect.Value, depth int) bool {
	if v.Type().Key().Kind() != reflect.String {
		return false
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch {
		case a.String() < b.String():
			return -1
		case a.String() > b.String():
			return 1
		}
		return 0
	})
	d.number(uint64(len(keys)))
	for _, k := range keys {
		d.text(k.String())
		if !d.value(v.MapIndex(k), depth) {
			return false
		}
	}
	return true
}
