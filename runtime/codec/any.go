package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unsafe"

	"bentoc.dev/runtime/tensor/jsonarray"
)

// Any reads a value of any sort: nil, bool, int64, uint64 (from 2⁶³ on), float64,
// string, []any or map[string]any. An integer that none of them holds is a problem.
func (r *Reader) Any(v *any) bool {
	if !r.Take(anySize) {
		return false
	}
	if r.raw {
		var s string
		ok := r.String(&s)
		*v = s
		return ok
	}
	switch c := r.peek(); {
	case c == '{':
		return r.anyObject(v)
	case c == '[':
		return r.anyList(v)
	case c == '"':
		s, ok := r.text()
		if !ok || !r.Take(int64(len(s))) {
			return false
		}
		*v = string(s)
		return true
	case r.literal("null"):
		*v = nil
		return true
	case c == 't', c == 'f':
		var b bool
		ok := r.Bool(&b)
		*v = b
		return ok
	case c == '-', c >= '0' && c <= '9', c == 'N', c == 'I':
		return r.anyNumber(v)
	}
	r.syntax("expected a value")
	return false
}

func (r *Reader) anyNumber(v *any) bool {
	if num, wrong := jsonarray.ScanNumber(r.data, r.pos); wrong == "" && num.Whole {
		tok := r.data[r.pos:num.End]
		if n, how := num.Int64(tok); how == jsonarray.Exact && string(tok) != "-0" {
			r.pos = num.End
			*v = n
			return true
		}
		if n, how := jsonarray.Integer(tok); how == jsonarray.Exact && tok[0] != '-' {
			r.pos = num.End
			*v = n
			return true
		}
	}
	var f float64
	ok := r.Float(&f)
	*v = f
	return ok
}

func (r *Reader) anyObject(v *any) bool {
	if !r.Take(mapSize) {
		return false
	}
	m := map[string]any{}
	ok := r.Object()
	for ok && r.Field() {
		key := string(r.Key())
		_, twice := m[key]
		var e any
		if r.First(&twice) && r.place(len(m), unsafe.Sizeof(e)) && r.Take(int64(len(key))) && r.Any(&e) {
			m[key] = e
		}
	}
	*v = m
	return ok && r.err == nil
}

func (r *Reader) anyList(v *any) bool {
	l := []any{}
	ok := r.Array()
	for ok && r.Item() {
		var e any
		if !r.Any(&e) {
			continue
		}
		if l, ok = room(r, l); ok {
			l = append(l, e)
		}
	}
	*v = l
	return ok && r.err == nil
}

// AppendAny writes a value of any sort. Objects are written with their keys in
// order. What it does not know is left to encoding/json; what that cannot write
// makes the answer an error, and so does a value that holds itself.
func AppendAny(b []byte, v any) []byte { return appendAny(b, v, 0) }

// maxWritten is how deep a value of any sort is written.
const maxWritten = 1000

func appendAny(b []byte, v any, depth int) []byte {
	if depth > maxWritten {
		return unwritable(b, "is nested too deep, or holds itself")
	}
	deeper := func(b []byte, v any) []byte { return appendAny(b, v, depth+1) }
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return AppendBool(b, v)
	case string:
		return AppendString(b, v)
	case int64:
		return AppendInt(b, v)
	case int:
		return AppendInt(b, int64(v))
	case uint64:
		return strconv.AppendUint(b, v, 10)
	case float64:
		return AppendFloat(b, v)
	case float32:
		return jsonarray.AppendFloat32(b, v)
	case []any:
		return AppendList(b, v, deeper)
	case map[string]any:
		return AppendMap(b, v, deeper)
	case []float64:
		return AppendList(b, v, AppendFloat)
	case []float32:
		return AppendList(b, v, jsonarray.AppendFloat32)
	case []string:
		return AppendList(b, v, AppendString)
	case map[string]float64:
		return AppendMap(b, v, AppendFloat)
	case map[string]string:
		return AppendMap(b, v, AppendString)
	}
	text, err := json.Marshal(v)
	switch {
	case err != nil:
		return unwritable(b, "is no JSON: "+err.Error())
	case replaced(text):
		return unwritable(b, fmt.Sprintf("is a %T with a text that is not UTF-8", v))
	}
	return append(b, text...)
}

// replaced tells whether encoding/json put U+FFFD in the place of bytes that are not
// UTF-8: it escapes that, and leaves the character itself as it is.
func replaced(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			if bytes.HasPrefix(text[i:], []byte(`\ufffd`)) {
				return true
			}
			i++
		}
	}
	return false
}

// ToAny makes a value of any sort out of JSON that an encoder wrote. What cannot be
// read again, because it is nested too deep, is a text that no answer can hold.
func ToAny(text []byte) any {
	var v any
	if err := parse(text, &v); err != nil {
		return "\xffcannot be converted: " + err.Error()
	}
	return v
}

// FromAny reads a value of any sort as a T; the problems go to c.
func FromAny[T any](c *Checker, v any, read func(*Reader, *T)) T {
	var out T
	r := Reader{data: AppendAny(nil, v), nonFinite: Literal, trusted: true}
	r.frames = append(r.frames, c.frames...)
	base := len(r.frames)
	read(&r, &out)
	if err := r.err; err != nil {
		r.problems = append(r.problems, err.Problems...)
	}
	r.frames = r.frames[:min(base, len(r.frames))]
	for _, p := range r.problems {
		if len(c.problems) < MaxProblems {
			c.problems = append(c.problems, p)
		}
	}
	return out
}

// sortedKeys gives the keys of m in order.
func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
