// Package value copies values of runners and tells them apart, whatever their types are.
//
// Such a value is a tree of exported fields: numbers, texts, lists, maps, pointers that are
// nil for null, tensors, files, recordings and tables, and pictures of package image. What
// is none of that, such as a picture of a step's own making with fields that nobody else
// sees, is neither copied nor told apart: the functions say so. What a whole value is that
// comes as an any, whoever calls them knows: it is of one type wherever it is compared.
package value

import (
	"reflect"
	"strings"
)

// maxDepth is how deep a value may be: a step can make one that has itself inside.
const maxDepth = 10_000

// Copy gives a copy of v that shares nothing with it that can be written to: lists, maps
// and pointers are copied to their ends, texts are never written to. It is false where v
// has what nobody can copy.
func Copy[T any](v T) (copied T, ok bool) {
	c := copier{limit: -1}
	return into(&c, v)
}

// Keep is [Copy] for a copy that outlives what v is a part of: it has texts of its own too,
// and bytes is about how much memory it takes. It is false as well where that is more than
// limit.
func Keep[T any](v T, limit int64) (kept T, bytes int64, ok bool) {
	c := copier{limit: limit, texts: true}
	kept, ok = into(&c, v)
	return kept, c.bytes, ok
}

func into[T any](c *copier, v T) (to T, ok bool) {
	from, dest := reflect.ValueOf(&v).Elem(), reflect.ValueOf(&to).Elem()
	inside := dest
	if from.Kind() == reflect.Interface && !from.IsNil() {
		from = from.Elem()
		inside = reflect.New(from.Type()).Elem()
	}
	if !c.take(int64(from.Type().Size())) || !c.copy(inside, from, 0) {
		var none T
		return none, false
	}
	dest.Set(inside)
	return to, true
}

type copier struct {
	limit int64 // of bytes; negative: none
	bytes int64
	texts bool // are copied too
}

// take counts n bytes more, and tells whether they are within the limit.
func (c *copier) take(n int64) bool {
	c.bytes += n
	return c.limit < 0 || c.bytes <= c.limit
}

// What a map takes besides its entries, and how many places it has for each of them at most.
const mapBytes, placesEach = 48, 3

func (c *copier) copy(to, from reflect.Value, depth int) bool {
	if depth++; depth > maxDepth {
		return false
	}
	switch from.Kind() {
	case reflect.String:
		if !c.texts {
			to.Set(from)
			return true
		}
		if !c.take(int64(from.Len())) {
			return false
		}
		to.SetString(strings.Clone(from.String()))
	case reflect.Slice:
		return from.IsNil() || c.slice(to, from, depth)
	case reflect.Array:
		return c.items(to, from, depth)
	case reflect.Map:
		return from.IsNil() || c.entries(to, from, depth)
	case reflect.Pointer:
		if from.IsNil() {
			return true
		}
		if !c.take(int64(from.Type().Elem().Size())) {
			return false
		}
		to.Set(reflect.New(from.Type().Elem()))
		return c.copy(to.Elem(), from.Elem(), depth)
	case reflect.Interface:
		if from.IsNil() {
			return true
		}
		if !known(from.Elem().Type()) || !c.take(int64(from.Elem().Type().Size())) {
			return false
		}
		inside := reflect.New(from.Elem().Type()).Elem()
		if !c.copy(inside, from.Elem(), depth) {
			return false
		}
		to.Set(inside)
	case reflect.Struct:
		for i := range from.NumField() {
			if !from.Type().Field(i).IsExported() || !c.copy(to.Field(i), from.Field(i), depth) {
				return false
			}
		}
	default:
		if !flat(from.Kind()) {
			return false
		}
		to.Set(from)
	}
	return true
}

func (c *copier) slice(to, from reflect.Value, depth int) bool {
	if !c.take(int64(from.Len()) * int64(from.Type().Elem().Size())) {
		return false
	}
	to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
	return c.items(to, from, depth)
}

func (c *copier) items(to, from reflect.Value, depth int) bool {
	if flat(from.Type().Elem().Kind()) {
		reflect.Copy(to, from)
		return true
	}
	for i := range from.Len() {
		if !c.copy(to.Index(i), from.Index(i), depth) {
			return false
		}
	}
	return true
}

func (c *copier) entries(to, from reflect.Value, depth int) bool {
	key, elem := from.Type().Key(), from.Type().Elem()
	if !c.take(mapBytes + placesEach*int64(from.Len())*int64(key.Size()+elem.Size())) {
		return false
	}
	to.Set(reflect.MakeMapWithSize(from.Type(), from.Len()))
	for it := from.MapRange(); it.Next(); {
		k, v := reflect.New(key).Elem(), reflect.New(elem).Elem()
		if !c.copy(k, it.Key(), depth) || !c.copy(v, it.Value(), depth) {
			return false
		}
		to.SetMapIndex(k, v)
	}
	return true
}

// flat reports whether values of a kind have nothing below them.
func flat(k reflect.Kind) bool {
	return k >= reflect.Bool && k <= reflect.Complex128 && k != reflect.Uintptr
}

// known reports whether a value of a type may stand where only a request tells of which
// type it is: those of JSON, lists of numbers, and what package image has. Their names tell
// these types apart.
func known(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.PkgPath() {
	case "", "image", "image/color":
		return t.Name() != "" || t.Kind() != reflect.Struct
	}
	return false
}
