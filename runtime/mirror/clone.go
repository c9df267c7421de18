package mirror

import (
	"reflect"

	"bentoc.dev/runtime/tensor"
)

// Clone gives a copy of a value that shares nothing with it that can be written to: lists,
// maps and pointers are copied to their ends. It is for the values of runners, which are
// trees of exported fields; what has others panics, and the compiler lets none get here.
func Clone[T any](v T) T {
	from := reflect.ValueOf(&v).Elem()
	to := reflect.New(from.Type()).Elem()
	clone(to, from)
	return to.Interface().(T)
}

func clone(to, from reflect.Value) {
	switch from.Kind() {
	case reflect.Slice:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		if flat(from.Type().Elem()) {
			reflect.Copy(to, from)
			return
		}
		for i := range from.Len() {
			clone(to.Index(i), from.Index(i))
		}
	case reflect.Array:
		for i := range from.Len() {
			clone(to.Index(i), from.Index(i))
		}
	case reflect.Map:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeMapWithSize(from.Type(), from.Len()))
		for it := from.MapRange(); it.Next(); {
			elem := reflect.New(from.Type().Elem()).Elem()
			clone(elem, it.Value())
			to.SetMapIndex(it.Key(), elem)
		}
	case reflect.Pointer:
		if from.IsNil() {
			return
		}
		to.Set(reflect.New(from.Type().Elem()))
		clone(to.Elem(), from.Elem())
	case reflect.Interface:
		if from.IsNil() {
			return
		}
		inside := reflect.New(from.Elem().Type()).Elem()
		clone(inside, from.Elem())
		to.Set(inside)
	case reflect.Struct:
		if from.Type() == tensorType {
			to.Set(reflect.ValueOf(from.Interface().(tensor.Tensor).Clone()))
			return
		}
		for i := range from.NumField() {
			clone(to.Field(i), from.Field(i))
		}
	default: // a number, a bool, a text: texts are never written to
		to.Set(from)
	}
}

// flat reports whether a type has nothing below it.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Pointer, reflect.Interface, reflect.Struct:
		return false
	}
	return true
}
