package ir

import (
	"iter"
	"reflect"
	"strings"
)

// Arms gives the names, in the order of their fields, of what may be set in a
// struct of which exactly one field is set, such as [Engine] and [Source]. Fields
// that are not in JSON, such as Pos, are none.
func Arms(oneOf any) (names []string) {
	for name := range arms(reflect.ValueOf(oneOf)) {
		names = append(names, name)
	}
	return names
}

// SetArms gives the names of the arms that are set: one, where all is well.
func SetArms(oneOf any) (names []string) {
	for name, v := range arms(reflect.ValueOf(oneOf)) {
		if !v.IsZero() {
			names = append(names, name)
		}
	}
	return names
}

// SetArm sets an arm of oneOf, a pointer to such a struct, to a new value, and gives
// a pointer to that.
func SetArm(oneOf any, arm string) any {
	for name, v := range arms(reflect.ValueOf(oneOf).Elem()) {
		if name == arm {
			v.Set(reflect.New(v.Type().Elem()))
			return v.Interface()
		}
	}
	panic("there is no arm " + arm)
}

// setArms gives what is set.
func setArms(oneOf any) (set []any) {
	for _, v := range arms(reflect.ValueOf(oneOf)) {
		if !v.IsZero() {
			set = append(set, v.Interface())
		}
	}
	return set
}

func arms(v reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name != "-" && !yield(name, v.Field(i)) {
				return
			}
		}
	}
}
