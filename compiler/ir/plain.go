package ir

import "reflect"

// WithoutDocs gives a copy of b that shares nothing with it and has no documentation:
// what is made of the copy does not change with words that nobody is served.
func (b *Bento) WithoutDocs() *Bento {
	c := plainCopy(reflect.ValueOf(b), map[any]reflect.Value{}).Interface().(*Bento)
	return c
}

// plainCopy copies a value of the IR without documentation. What is shared within it
// stays so.
func plainCopy(v reflect.Value, done map[any]reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		if have, ok := done[v.Interface()]; ok {
			return have
		}
		c := reflect.New(v.Type().Elem())
		done[v.Interface()] = c
		c.Elem().Set(plainCopy(v.Elem(), done))
		return c
	case reflect.Struct:
		c := reflect.New(v.Type()).Elem()
		_, field := v.Interface().(Field)
		_, member := v.Interface().(ValueField)
		for i := range v.NumField() {
			switch name := v.Type().Field(i).Name; {
			case name == "Doc":
			case name == "Deprecated" && (field || member): // in words, and an annotation
			default:
				c.Field(i).Set(plainCopy(v.Field(i), done))
			}
		}
		return c
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			c.Index(i).Set(plainCopy(v.Index(i), done))
		}
		return c
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		c := reflect.MakeMapWithSize(v.Type(), v.Len())
		for i := v.MapRange(); i.Next(); {
			c.SetMapIndex(i.Key(), plainCopy(i.Value(), done))
		}
		return c
	}
	return v
}
