package codec

import (
	"bytes"
	"unsafe"
)

// List reads a list, each item with read. A null list stays nil; an empty one
// becomes an empty slice that is not nil.
func List[T any](r *Reader, v *[]T, read func(*Reader, *T)) bool {
	if !r.Array() {
		return false
	}
	list := []T{}
	for r.Item() {
		var ok bool
		if list, ok = room(r, list); !ok {
			break
		}
		list = append(list, *new(T))
		read(r, &list[len(list)-1])
	}
	*v = list
	return r.err == nil
}

// Map reads an object with any keys, each value with read.
func Map[T any](r *Reader, v *map[string]T, read func(*Reader, *T)) bool {
	if !r.Object() || !r.Take(mapSize) {
		return false
	}
	m := map[string]T{}
	for r.Field() {
		key := string(r.Key())
		_, twice := m[key]
		var e T
		if r.First(&twice) && r.place(len(m), unsafe.Sizeof(e)) && r.Take(int64(len(key))) {
			read(r, &e)
			m[key] = e
		}
	}
	*v = m
	return r.err == nil
}

// Entry reads the value of an object's field into a map of those that have no names of
// their own. A map that nothing is read into stays nil.
func Entry[T any](r *Reader, v *map[string]T, read func(*Reader, *T)) {
	key := string(r.Key())
	_, twice := (*v)[key]
	var e T
	size := int64(len(key))
	if *v == nil {
		size += mapSize
	}
	if r.First(&twice) && r.place(len(*v), unsafe.Sizeof(e)) && r.Take(size) {
		read(r, &e)
		if *v == nil {
			*v = map[string]T{}
		}
		(*v)[key] = e
	}
}

// Optional reads a value into a new variable.
func Optional[T any](r *Reader, v **T, read func(*Reader, *T)) {
	*v = new(T)
	read(r, *v)
}

// Nullable reads null as nil and anything else into a new variable.
func Nullable[T any](r *Reader, v **T, read func(*Reader, *T)) {
	if !r.Null() {
		Optional(r, v, read)
	}
}

// Items reads the items of a fixed list into v; the list must have as many.
func Items[T any](r *Reader, v []T, read func(*Reader, *T)) {
	if !r.Array() {
		return
	}
	n := 0
	for ; r.Item(); n++ {
		if n < len(v) {
			read(r, &v[n])
		} else {
			r.Skip()
		}
	}
	r.Length(n, len(v))
}

// ItemsEach is Items with a function for each item.
func ItemsEach[T any](r *Reader, v []T, read ...func(*Reader, *T)) {
	if !r.Array() {
		return
	}
	n := 0
	for ; r.Item(); n++ {
		if n < len(v) {
			read[n](r, &v[n])
		} else {
			r.Skip()
		}
	}
	r.Length(n, len(v))
}

// ListEach is List with functions for the first items; rest reads those behind them.
func ListEach[T any](r *Reader, v *[]T, rest func(*Reader, *T), first ...func(*Reader, *T)) bool {
	n := 0
	return List(r, v, func(r *Reader, item *T) {
		read := rest
		if n < len(first) {
			read = first[n]
		}
		n++
		read(r, item)
	})
}

// Length wants a fixed list of n items to have want.
func (r *Reader) Length(n, want int) {
	if r.err != nil {
		return
	}
	switch {
	case n < want:
		r.Problem("too_short", "must have %s, not %d", count(want, "item"), n)
	case n > want:
		r.Problem("too_long", "must have %s, not %d", count(want, "item"), n)
	}
}

// AppendList writes a list, each item with write; nil is written as [].
func AppendList[T any](b []byte, v []T, write func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, e := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = write(b, e)
	}
	return append(b, ']')
}

// AppendMap writes an object with its keys in order; nil is written as {}.
func AppendMap[T any](b []byte, v map[string]T, write func([]byte, T) []byte) []byte {
	b = append(b, '{')
	for i, k := range sortedKeys(v) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendString(b, k), ':')
		b = write(b, v[k])
	}
	return append(b, '}')
}

// AppendEntries writes the entries of a map as fields of an object that is begun, with
// their keys in order.
func AppendEntries[T any](b []byte, v map[string]T, write func([]byte, T) []byte) []byte {
	for _, k := range sortedKeys(v) {
		b = append(AppendString(AppendComma(b), k), ':')
		b = write(b, v[k])
	}
	return b
}

// AppendNullable writes nil as null.
func AppendNullable[T any](b []byte, v *T, write func([]byte, T) []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	return write(b, *v)
}

// CheckList checks each item of a list.
func CheckList[T any](c *Checker, v []T, check func(*Checker, T)) {
	for i, e := range v {
		c.InItem(i)
		check(c, e)
		c.Out()
	}
}

// CheckEach is CheckList with functions for the first items; rest checks those behind them.
func CheckEach[T any](c *Checker, v []T, rest func(*Checker, T), first ...func(*Checker, T)) {
	for i, e := range v {
		check := rest
		if i < len(first) {
			check = first[i]
		}
		c.InItem(i)
		check(c, e)
		c.Out()
	}
}

// CheckMap checks each value of a map.
func CheckMap[T any](c *Checker, v map[string]T, check func(*Checker, T)) {
	for _, k := range sortedKeys(v) {
		c.InKey(k)
		check(c, v[k])
		c.Out()
	}
}

// CheckKeys checks each key of a map.
func CheckKeys[T any](c *Checker, v map[string]T, check func(*Checker, string)) {
	for _, k := range sortedKeys(v) {
		c.InKey(k)
		check(c, k)
		c.Out()
	}
}

// Unique wants the items of a list to differ, by what write makes of them.
func Unique[T any](c *Checker, v []T, write func([]byte, T) []byte) {
	seen := make(map[string]int, len(v))
	var b []byte
	for i, e := range v {
		b = write(b[:0], e)
		if bytes.ContainsAny(b, ".e") {
			b = comparable(b)
		}
		if j, twice := seen[string(b)]; twice {
			c.Problem("unique", "must have no item twice, but items %d and %d are the same", j, i)
			return
		}
		seen[string(b)] = i
	}
}

// ConvertList makes a list of another type.
func ConvertList[A, B any](v []A, convert func(A) B) []B {
	if v == nil {
		return nil
	}
	out := make([]B, len(v))
	for i, e := range v {
		out[i] = convert(e)
	}
	return out
}

// ConvertMap makes a map of another type.
func ConvertMap[A, B any](v map[string]A, convert func(A) B) map[string]B {
	if v == nil {
		return nil
	}
	out := make(map[string]B, len(v))
	for k, e := range v {
		out[k] = convert(e)
	}
	return out
}

// ConvertPointer makes a pointer to another type; nil stays nil.
func ConvertPointer[A, B any](v *A, convert func(A) B) *B {
	if v == nil {
		return nil
	}
	out := convert(*v)
	return &out
}

// Value gives what v points at, the zero value for nil.
func Value[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

// Or gives what v points at, otherwise for nil.
func Or[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}

// ReadAny reads a value of any sort, as an element of a list or map.
func ReadAny(r *Reader, v *any) { r.Any(v) }

// ReadNull wants null.
func ReadNull(r *Reader, v *any) {
	*v = nil
	if !r.Null() {
		r.wrong("none_required", "null")
	}
}

// ReadBool reads true or false, as an element of a list or map.
func ReadBool(r *Reader, v *bool) { r.Bool(v) }

// ReadInt reads an integer, as an element of a list or map.
func ReadInt(r *Reader, v *int64) { r.Int(v) }

// ReadFloat reads a number, as an element of a list or map.
func ReadFloat(r *Reader, v *float64) { r.Float(v) }

// ReadString reads a text, as an element of a list or map.
func ReadString(r *Reader, v *string) { r.String(v) }

// ReadBytes reads bytes, as an element of a list or map.
func ReadBytes(r *Reader, v *[]byte) { r.Bytes(v) }

// ReadBase64URL reads bytes in base64url, as an element of a list or map.
func ReadBase64URL(r *Reader, v *[]byte) { r.Base64URL(v) }

// ReadHex reads bytes in hexadecimal digits, as an element of a list or map.
func ReadHex(r *Reader, v *[]byte) { r.Hex(v) }

// Same gives v itself: the conversion of a type to itself.
func Same[T any](v T) T { return v }
