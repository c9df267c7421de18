package ir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Readable gives the content of [Bento.Canonical], and what the bento accepts of changes,
// for people: indented, the members
// of each thing in the order in which the structs declare them, what has names of its
// own sorted by them, and fields and nodes in the order of the source. Equal bentos
// have equal text, [Parse] reads it, and what it reads has the same digest.
func (b *Bento) Readable() ([]byte, error) {
	c, err := b.normalised()
	if err != nil {
		return nil, err
	}
	if err := canonicalConsts(reflect.ValueOf(c)); err != nil {
		return nil, fmt.Errorf("encoding the IR: %w", err)
	}
	raw, err := marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encoding the IR: %w", err)
	}
	return Indent(raw)
}

// constType is the type of constants, which are JSON inside the JSON.
var constType = reflect.TypeFor[Const]()

// canonicalConsts rewrites all constants that v holds, see [CanonicalConst].
func canonicalConsts(v reflect.Value) error {
	if v.Type() == constType {
		if v.Len() == 0 {
			return nil
		}
		c, err := CanonicalConst(v.Bytes())
		if err == nil {
			v.SetBytes(c)
		}
		return err
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return canonicalConsts(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if err := canonicalConsts(v.Field(i)); err != nil {
				return err
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := canonicalConsts(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map: // of names to pointers, or to texts
		for i := v.MapRange(); i.Next(); {
			if i.Value().Kind() == reflect.Pointer {
				if err := canonicalConsts(i.Value()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// The measure of [Indent].
const (
	lineWidth = 100 // columns
	lineDepth = 3   // objects and lists inside each other on one line
)

// Indent lays JSON out for people and for tools that compare lines: what is small and
// fits on a line has one, everything else a line for each member. The order of members
// and the spelling of numbers stay.
func Indent(data []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := readLaid(dec)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	v.write(&out, "", 0)
	out.WriteByte('\n')
	return []byte(out.String()), nil
}

// laid is a JSON value with what it takes to lay it out.
type laid struct {
	line    string // the value on one line
	depth   int    // 0 for what has no members
	open    string // bracket; "" for what has no members
	members []laidMember
}

type laidMember struct {
	key   string // with a colon; "" in a list
	value laid
}

func readLaid(dec *json.Decoder) (laid, error) {
	t, err := dec.Token()
	if err != nil {
		return laid{}, err
	}
	d, ok := t.(json.Delim)
	if !ok {
		text, err := marshal(t)
		return laid{line: string(text)}, err
	}
	v := laid{open: d.String(), depth: 1}
	var line []string
	for dec.More() {
		var m laidMember
		if d == '{' {
			key, err := dec.Token()
			if err != nil {
				return laid{}, err
			}
			text, err := marshal(key)
			if err != nil {
				return laid{}, err
			}
			m.key = string(text) + ": "
		}
		if m.value, err = readLaid(dec); err != nil {
			return laid{}, err
		}
		v.depth = max(v.depth, m.value.depth+1)
		v.members = append(v.members, m)
		line = append(line, m.key+m.value.line)
	}
	end, err := dec.Token()
	if err != nil {
		return laid{}, err
	}
	if v.depth <= lineDepth {
		v.line = v.open + strings.Join(line, ", ") + fmt.Sprint(end)
	}
	return v, nil
}

// write writes v where its first line already has some columns.
func (v laid) write(out *strings.Builder, indent string, taken int) {
	if v.open == "" || len(v.members) == 0 || v.depth <= lineDepth && taken+utf8.RuneCountInString(v.line) < lineWidth {
		out.WriteString(v.line)
		return
	}
	inner := indent + "  "
	out.WriteString(v.open)
	for i, m := range v.members {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n" + inner + m.key)
		m.value.write(out, inner, len(inner)+utf8.RuneCountInString(m.key))
	}
	closing := map[string]string{"{": "}", "[": "]"}[v.open]
	out.WriteString("\n" + indent + closing)
}
