// Package snapshot writes plain structs such as an [ir.Bento] as they are, for caches that
// the very same bentoc reads: positions and all that JSON leaves out too, nil and empty
// apart, a pointer to zero no nil one. It is no format: a field more makes another.
//
// [ir.Bento]: bentoc.dev/compiler/ir.Bento
package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
)

// maxDepth bounds how deep structs hold structs: what holds itself has no snapshot.
const maxDepth = 10000

var errDeep = errors.New("it is nested too deep")

// Encode writes the value that v points to. What has fields that nobody else sees, or
// holds a function, an interface or a channel, has no snapshot.
func Encode(v any) ([]byte, error) {
	e := &encoder{words: map[string]uint64{}}
	if err := e.value(reflect.ValueOf(v).Elem(), 0); err != nil {
		return nil, fmt.Errorf("taking a snapshot of %T: %w", v, err)
	}
	return e.out, nil
}

type encoder struct {
	out   []byte
	words map[string]uint64 // strings that were written, by their number from 1
}

func (e *encoder) number(n uint64) { e.out = binary.AppendUvarint(e.out, n) }

// text writes a string once, and then its number.
func (e *encoder) text(s string) {
	if n, ok := e.words[s]; ok {
		e.number(n)
		return
	}
	e.words[s] = uint64(len(e.words)) + 1
	e.number(0)
	e.number(uint64(len(s)))
	e.out = append(e.out, s...)
}

func (e *encoder) value(v reflect.Value, depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			e.number(1)
		} else {
			e.number(0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.out = binary.AppendVarint(e.out, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		e.number(v.Uint())
	case reflect.Float32, reflect.Float64:
		e.out = binary.BigEndian.AppendUint64(e.out, math.Float64bits(v.Float()))
	case reflect.String:
		e.text(v.String())
	case reflect.Pointer:
		if v.IsNil() {
			e.number(0)
			return nil
		}
		e.number(1)
		return e.value(v.Elem(), depth+1)
	case reflect.Slice:
		return e.slice(v, depth)
	case reflect.Array:
		for i := range v.Len() {
			if err := e.value(v.Index(i), depth+1); err != nil {
				return err
			}
		}
	case reflect.Map:
		return e.dict(v, depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				return fmt.Errorf("%s has the field %s", v.Type(), v.Type().Field(i).Name)
			}
			if err := e.value(v.Field(i), depth+1); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("it holds a %s", v.Type())
	}
	return nil
}

// slice writes the length plus one, 0 for nil.
func (e *encoder) slice(v reflect.Value, depth int) error {
	if v.IsNil() {
		e.number(0)
		return nil
	}
	e.number(uint64(v.Len()) + 1)
	if v.Type().Elem().Kind() == reflect.Uint8 {
		e.out = append(e.out, v.Bytes()...)
		return nil
	}
	for i := range v.Len() {
		if err := e.value(v.Index(i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) dict(v reflect.Value, depth int) error {
	if v.Type().Key().Kind() != reflect.String {
		return fmt.Errorf("it holds a %s", v.Type())
	}
	if v.IsNil() {
		e.number(0)
		return nil
	}
	e.number(uint64(v.Len()) + 1)
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, k := range keys {
		e.text(k.String())
		if err := e.value(v.MapIndex(k), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// Decode reads what Encode wrote of a value of the same type into the one that v points to.
func Decode(data []byte, v any) error {
	d := &decoder{in: data, words: []string{""}}
	err := d.value(reflect.ValueOf(v).Elem(), 0)
	if err == nil && len(d.in) > 0 {
		err = errors.New("more follows")
	}
	if err != nil {
		return fmt.Errorf("reading a snapshot of %T: %w", v, err)
	}
	return nil
}

type decoder struct {
	in    []byte
	words []string
}

var errShort = errors.New("it ends too early")

func (d *decoder) number() (uint64, error) {
	n, size := binary.Uvarint(d.in)
	if size <= 0 {
		return 0, errShort
	}
	d.in = d.in[size:]
	return n, nil
}

// length reads a number of things that take at least a byte each, as every element does but an
// empty struct, which is none of ours.
func (d *decoder) length() (int, error) {
	n, err := d.number()
	if err == nil && n > uint64(len(d.in))+1 {
		err = errShort
	}
	return int(n), err
}

func (d *decoder) bytes(n int) ([]byte, error) {
	if n > len(d.in) {
		return nil, errShort
	}
	b := d.in[:n]
	d.in = d.in[n:]
	return b, nil
}

func (d *decoder) text() (string, error) {
	n, err := d.number()
	if err != nil {
		return "", err
	}
	if n > 0 {
		if n >= uint64(len(d.words)) {
			return "", errors.New("it speaks of a string that it does not have")
		}
		return d.words[n], nil
	}
	size, err := d.length()
	if err != nil {
		return "", err
	}
	b, err := d.bytes(size)
	if err != nil {
		return "", err
	}
	d.words = append(d.words, string(b))
	return string(b), nil
}

func (d *decoder) value(v reflect.Value, depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	switch v.Kind() {
	case reflect.Bool:
		n, err := d.number()
		v.SetBool(n == 1)
		return err
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, size := binary.Varint(d.in)
		if size <= 0 || v.OverflowInt(n) {
			return errShort
		}
		d.in = d.in[size:]
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := d.number()
		if err != nil || v.OverflowUint(n) {
			return errShort
		}
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		b, err := d.bytes(8)
		if err != nil {
			return err
		}
		v.SetFloat(math.Float64frombits(binary.BigEndian.Uint64(b)))
	case reflect.String:
		s, err := d.text()
		v.SetString(s)
		return err
	case reflect.Pointer:
		n, err := d.number()
		if err != nil || n == 0 {
			return err
		}
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(v.Elem(), depth+1)
	case reflect.Slice:
		return d.slice(v, depth)
	case reflect.Array:
		for i := range v.Len() {
			if err := d.value(v.Index(i), depth+1); err != nil {
				return err
			}
		}
	case reflect.Map:
		return d.dict(v, depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Field(i).CanSet() {
				return fmt.Errorf("%s has the field %s", v.Type(), v.Type().Field(i).Name)
			}
			if err := d.value(v.Field(i), depth+1); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("it holds a %s", v.Type())
	}
	return nil
}

func (d *decoder) slice(v reflect.Value, depth int) error {
	n, err := d.length()
	if err != nil || n == 0 {
		return err
	}
	n--
	if v.Type().Elem().Kind() == reflect.Uint8 {
		b, err := d.bytes(n)
		if err == nil {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			reflect.Copy(v, reflect.ValueOf(b))
		}
		return err
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, min(n, 1024))) // it grows with what is really there
	for range n {
		one := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(one, depth+1); err != nil {
			return err
		}
		v.Set(reflect.Append(v, one))
	}
	return nil
}

func (d *decoder) dict(v reflect.Value, depth int) error {
	n, err := d.length()
	if err != nil || n == 0 || v.Type().Key().Kind() != reflect.String {
		return err
	}
	v.Set(reflect.MakeMap(v.Type()))
	for range n - 1 {
		key, err := d.text()
		if err != nil {
			return err
		}
		one := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(one, depth+1); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), one)
	}
	return nil
}
