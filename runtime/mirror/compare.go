package mirror

import (
	"fmt"
	"math"
	"reflect"
	"strings"

	"bentoc.dev/runtime/tensor"
)

// Compare gives where two values of one type first differ, such as Lines[0].Score; "" where
// they do not. Numbers may differ by a part of the wanted one, or by that much where it is
// smaller than 1; NaN is equal to NaN, and a list to one of as many items alone. What
// differs is not told: logs are read by others than answers are.
func Compare[T any](want, got T, tolerance float64) string {
	c := comparison{tolerance}
	at, same := c.values(reflect.ValueOf(&want).Elem(), reflect.ValueOf(&got).Elem())
	if same {
		return ""
	}
	if at = strings.TrimPrefix(at, "."); at == "" {
		return "the whole"
	}
	return at
}

type comparison struct{ tolerance float64 }

var tensorType = reflect.TypeFor[tensor.Tensor]()

// values compares two values; at leads to the first difference.
func (c comparison) values(want, got reflect.Value) (at string, same bool) {
	if want.Type() == tensorType {
		return "", c.tensors(want.Interface().(tensor.Tensor), got.Interface().(tensor.Tensor))
	}
	switch want.Kind() {
	case reflect.Slice, reflect.Array:
		if want.Len() != got.Len() { // a list that is nil is an empty one
			return "", false
		}
		for i := range want.Len() {
			if at, same := c.values(want.Index(i), got.Index(i)); !same {
				return fmt.Sprintf("[%d]%s", i, at), false
			}
		}
	case reflect.Map:
		if want.Len() != got.Len() {
			return "", false
		}
		for it := want.MapRange(); it.Next(); {
			other := got.MapIndex(it.Key())
			if !other.IsValid() {
				return "", false // its key is a caller's word
			}
			if at, same := c.values(it.Value(), other); !same {
				return "[…]" + at, false
			}
		}
	case reflect.Pointer, reflect.Interface:
		if want.IsNil() || got.IsNil() {
			return "", want.IsNil() == got.IsNil()
		}
		if want, got = want.Elem(), got.Elem(); want.Type() != got.Type() {
			return "", c.mixed(want, got)
		}
		return c.values(want, got)
	case reflect.Struct:
		for i := range want.NumField() {
			if at, same := c.values(want.Field(i), got.Field(i)); !same {
				return "." + want.Type().Field(i).Name + at, false
			}
		}
	case reflect.Float32, reflect.Float64:
		return "", c.near(want.Float(), got.Float())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "", want.Int() == got.Int() || c.tolerance > 0 && c.near(float64(want.Int()), float64(got.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "", want.Uint() == got.Uint() || c.tolerance > 0 && c.near(float64(want.Uint()), float64(got.Uint()))
	default:
		return "", want.Equal(got)
	}
	return "", true
}

// mixed compares numbers of two Go types, as values of any type may hold.
func (c comparison) mixed(want, got reflect.Value) bool {
	number := func(v reflect.Value) (float64, bool) {
		switch {
		case v.CanInt():
			return float64(v.Int()), true
		case v.CanFloat():
			return v.Float(), true
		}
		return 0, false
	}
	a, ok := number(want)
	b, ok2 := number(got)
	return ok && ok2 && c.near(a, b)
}

// near tells whether a number is the wanted one, within the tolerance.
func (c comparison) near(want, got float64) bool {
	if want == got || math.IsNaN(want) && math.IsNaN(got) {
		return true
	}
	return math.Abs(want-got) <= c.tolerance*max(1, math.Abs(want)) && !math.IsInf(want, 0)
}

func (c comparison) tensors(want, got tensor.Tensor) bool {
	if want.DType != got.DType || len(want.Shape) != len(got.Shape) || len(want.Data) != len(got.Data) || len(want.List) != len(got.List) || (want.Keys == nil) != (got.Keys == nil) {
		return false
	}
	for i, n := range want.Shape {
		if got.Shape[i] != n {
			return false
		}
	}
	for i := range want.List {
		if !c.tensors(want.List[i], got.List[i]) {
			return false
		}
	}
	if want.Keys != nil && !c.tensors(*want.Keys, *got.Keys) {
		return false
	}
	if _, same := c.values(reflect.ValueOf(want.Strings), reflect.ValueOf(got.Strings)); !same {
		return false
	}
	return string(want.Data) == string(got.Data) || c.elements(want, got)
}

// elements compares the elements of two tensors of one type and shape.
func (c comparison) elements(want, got tensor.Tensor) bool {
	switch want.DType {
	case tensor.Float32:
		return all(c, want, got, func(v float32) float64 { return float64(v) })
	case tensor.Float64:
		return all(c, want, got, func(v float64) float64 { return v })
	case tensor.Float16:
		return all(c, want, got, func(v tensor.F16) float64 { return float64(v.Float32()) })
	case tensor.BFloat16:
		return all(c, want, got, func(v tensor.BF16) float64 { return float64(v.Float32()) })
	case tensor.Int8:
		return all(c, want, got, func(v int8) float64 { return float64(v) })
	case tensor.Int16:
		return all(c, want, got, func(v int16) float64 { return float64(v) })
	case tensor.Int32:
		return all(c, want, got, func(v int32) float64 { return float64(v) })
	case tensor.Int64:
		return all(c, want, got, func(v int64) float64 { return float64(v) })
	case tensor.Uint8:
		return all(c, want, got, func(v uint8) float64 { return float64(v) })
	case tensor.Uint16:
		return all(c, want, got, func(v uint16) float64 { return float64(v) })
	case tensor.Uint32:
		return all(c, want, got, func(v uint32) float64 { return float64(v) })
	case tensor.Uint64:
		return all(c, want, got, func(v uint64) float64 { return float64(v) })
	}
	return false // their bytes differ
}

func all[T tensor.Element](c comparison, want, got tensor.Tensor, number func(T) float64) bool {
	a, err := tensor.View[T](want)
	b, err2 := tensor.View[T](got)
	if err != nil || err2 != nil || len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && (c.tolerance == 0 || !c.near(number(a[i]), number(b[i]))) && !(number(a[i]) != number(a[i]) && number(b[i]) != number(b[i])) {
			return false
		}
	}
	return true
}
