package codec

import (
	"encoding/json"
	"math"
	"slices"
)

// Any reads a value of any sort: nil, bool, int64, float64 (what is no integer
// of 64 bits), string, []any or map[string]any.
func (r *Reader) Any(v *any) bool {
	if r.err != nil {
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
		*v = string(s)
		return ok
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
	start := r.pos
	if c := r.data[start]; c == 'N' || c == 'I' || c == '-' && start+1 < len(r.data) && r.data[start+1] == 'I' {
		var f float64
		if !r.Float(&f) {
			return false
		}
		*v = f
		return true
	}
	tok, ok := r.number()
	if !ok {
		return false
	}
	if isInteger(tok) {
		if n, state := parseInt(tok); state == exact && string(tok) != "-0" {
			*v = n
			return true
		}
	}
	f, ok := parseFloat(tok)
	if !ok {
		r.Problem("float_parsing", "is too large for a number of 64 bits")
		return false
	}
	*v = f
	return true
}

// digitTail gives how many digits tok ends in.
func digitTail(tok []byte) int {
	n := 0
	for n < len(tok) && tok[len(tok)-1-n] >= '0' && tok[len(tok)-1-n] <= '9' {
		n++
	}
	return n
}

// isInteger tells whether a number is written without point and exponent.
func isInteger(tok []byte) bool {
	n := digitTail(tok)
	return n == len(tok) || n == len(tok)-1 && tok[0] == '-'
}

func (r *Reader) anyObject(v *any) bool {
	m := map[string]any{}
	ok := r.Object()
	for ok && r.Field() {
		key := string(r.Key())
		_, twice := m[key]
		var e any
		if r.First(&twice) && r.Any(&e) {
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
		if r.Any(&e) {
			l = append(l, e)
		}
	}
	*v = l
	return ok && r.err == nil
}

// AppendAny writes a value of any sort. Objects are written with their keys in
// order. What it does not know is left to encoding/json; what that cannot write
// becomes null.
func AppendAny(b []byte, v any) []byte {
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
	case float64:
		return AppendFloat(b, v)
	case []any:
		return AppendList(b, v, AppendAny)
	case map[string]any:
		return AppendMap(b, v, AppendAny)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, text...)
}

// ToAny makes a value of any sort out of JSON that an encoder wrote.
func ToAny(text []byte) any {
	var v any
	if parse(text, &v) != nil {
		return nil
	}
	return v
}

// FromAny reads a value of any sort as a T; the problems go to c.
func FromAny[T any](c *Checker, v any, read func(*Reader, *T)) T {
	var out T
	r := Reader{data: AppendAny(nil, v)}
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

// finite tells whether JSON can say f.
func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// sortedKeys gives the keys of m in order.
func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
