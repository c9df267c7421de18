// Package fill makes Go values out of JSON by their types alone.
package fill

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// JSON fills what out points at.
func JSON(text string, out any) error {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var x any
	if err := dec.Decode(&x); err != nil {
		return err
	}
	return value(reflect.ValueOf(out).Elem(), x)
}

func value(v reflect.Value, x any) error {
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer && x == nil:
		return nil
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		return value(v.Elem(), x)
	case t.Kind() == reflect.Interface:
		text, err := json.Marshal(x)
		if err != nil {
			return err
		}
		return json.NewDecoder(bytes.NewReader(text)).Decode(v.Addr().Interface())
	case strings.HasPrefix(t.Name(), "Tensor["):
		return tensor(v.FieldByName("Shape"), v.FieldByName("Data"), x)
	case t == reflect.TypeFor[[]byte]():
		s, _ := x.(string)
		b, err := base64.StdEncoding.DecodeString(s)
		v.SetBytes(b)
		return err
	}
	switch x := x.(type) {
	case bool:
		if t.Kind() == reflect.Bool {
			v.SetBool(x)
			return nil
		}
	case string:
		if t.Kind() == reflect.String {
			v.SetString(x)
			return nil
		}
	case json.Number:
		if ok, err := number(v, x); ok {
			return err
		}
	case []any:
		if ok, err := list(v, x); ok {
			return err
		}
	case map[string]any:
		if ok, err := object(v, x); ok {
			return err
		}
	}
	if t.Kind() == reflect.Struct && (t.NumField() == 0 || t.Field(0).Tag == "") { // no object, whose fields have names
		return arm(v, x)
	}
	return fmt.Errorf("%v does not fit %s", x, t)
}

func number(v reflect.Value, x json.Number) (bool, error) {
	switch {
	case v.CanInt():
		n, err := strconv.ParseInt(x.String(), 10, 64)
		v.SetInt(n)
		return true, err
	case v.CanUint():
		n, err := strconv.ParseUint(x.String(), 10, 64)
		v.SetUint(n)
		return true, err
	case v.CanFloat():
		n, err := x.Float64()
		v.SetFloat(n)
		return true, err
	}
	return false, nil
}

func list(v reflect.Value, x []any) (bool, error) {
	switch {
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), len(x), len(x)))
		fallthrough
	case v.Kind() == reflect.Array:
		for i := range x {
			if err := value(v.Index(i), x[i]); err != nil {
				return true, err
			}
		}
		return true, nil
	case v.Kind() == reflect.Struct && v.NumField() == len(x) && v.Type().Field(0).Name == "Item0":
		for i := range x {
			if err := value(v.Field(i), x[i]); err != nil {
				return true, err
			}
		}
		return true, nil
	}
	return false, nil
}

func object(v reflect.Value, x map[string]any) (bool, error) {
	switch {
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for k, e := range x {
			n := reflect.New(v.Type().Elem()).Elem()
			if err := value(n, e); err != nil {
				return true, err
			}
			v.SetMapIndex(reflect.ValueOf(k), n)
		}
		return true, nil
	case v.Kind() == reflect.Struct && (v.NumField() == 0 || v.Type().Field(0).Tag != ""):
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if e, ok := x[name]; ok {
				if err := value(v.Field(i), e); err != nil {
					return true, err
				}
			}
		}
		return true, nil
	}
	return false, nil
}

// arm sets the field of a union that x fits: the arm that x names, or the first.
func arm(v reflect.Value, x any) error {
	if o, ok := x.(map[string]any); ok {
		kind, _ := o["kind"].(string)
		if i, err := strconv.Atoi(strings.TrimPrefix(kind, "k")); err == nil && i < v.NumField() {
			return value(v.Field(i), x)
		}
	}
	for i := range v.NumField() {
		if err := value(v.Field(i), x); err == nil {
			return nil
		}
		v.Field(i).SetZero()
	}
	return fmt.Errorf("%v fits no arm of %s", x, v.Type())
}

func tensor(shape, data reflect.Value, x any) error {
	list, ok := x.([]any)
	if !ok {
		data.Set(reflect.Append(data, reflect.New(data.Type().Elem()).Elem()))
		return value(data.Index(data.Len()-1), x)
	}
	rest := reflect.New(shape.Type()).Elem()
	for _, e := range list {
		rest.SetZero()
		if err := tensor(rest, data, e); err != nil {
			return err
		}
	}
	shape.Set(reflect.AppendSlice(reflect.Append(shape, reflect.ValueOf(len(list))), rest))
	return nil
}
