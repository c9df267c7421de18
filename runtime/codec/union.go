package codec

import (
	"slices"
	"strconv"
	"strings"
)

// Tag looks ahead for the text in the field called name of the object that is
// next. It is "" where there is no object, no such field, or no text in it; a
// number or a truth is given as written.
func (r *Reader) Tag(name string) string {
	if r.err != nil {
		return ""
	}
	if r.inForm && len(r.frames) == 0 {
		for _, f := range r.form {
			if f.name == name {
				return strings.Trim(string(f.parts[0].Data), `"`)
			}
		}
		return ""
	}
	at := r.ahead()
	at.memory = nil
	if at.raw || at.peek() != '{' || !at.Object() {
		return ""
	}
	for at.Field() {
		if string(at.Key()) != name {
			at.Skip()
			continue
		}
		if at.peek() == '"' {
			s, _ := at.text()
			return string(s)
		}
		start := at.pos
		at.Skip()
		return string(at.data[start:at.pos])
	}
	return ""
}

// ArmOf looks ahead which of several sets of field names the object that is next has any
// of: the number of that set, -1 for none and -2 for several.
func (r *Reader) ArmOf(sets ...[]string) int {
	found := -1
	have := func(name string) {
		for i, set := range sets {
			if slices.Contains(set, name) && found != i {
				if found == -1 {
					found = i
				} else {
					found = -2
				}
			}
		}
	}
	if r.err != nil {
		return found
	}
	if r.inForm && len(r.frames) == 0 {
		for _, f := range r.form {
			have(f.name)
		}
		return found
	}
	at := r.ahead()
	at.memory = nil
	if at.raw || at.peek() != '{' || !at.Object() {
		return found
	}
	for at.Field() {
		have(string(at.Key()))
		at.Skip()
	}
	return found
}

// NoArmOf skips an object of which [Reader.ArmOf] has said that it is none of a union's
// arms, or of several.
func (r *Reader) NoArmOf(arm int, sets ...[]string) {
	if r.err != nil {
		return
	}
	if r.inForm && len(r.frames) == 0 {
		for r.formObject(); r.Field(); {
			r.Skip()
		}
	} else {
		r.Skip()
	}
	if r.err != nil {
		return
	}
	names := make([]string, len(sets))
	for i, set := range sets {
		names[i] = strconv.Quote(set[0])
	}
	if arm == -1 {
		r.Problem("union", "must have a field %s", alternatives(names))
	} else {
		r.Problem("union", "must have only one of the fields %s", alternatives(names))
	}
}

// ahead gives a reader for looking ahead: it notes problems for itself.
func (r *Reader) ahead() *Reader {
	c := *r
	c.frames = append([]frame(nil), r.frames...)
	c.problems = nil
	return &c
}

// NoTag skips an object whose discriminator names none of the union's arms.
func (r *Reader) NoTag(name, tag string, tags ...string) {
	if r.err != nil {
		return
	}
	if r.peek() != '{' && !(r.inForm && len(r.frames) == 0) {
		r.wrong("dict_type", "an object")
		return
	}
	if r.inForm && len(r.frames) == 0 {
		for r.formObject(); r.Field(); {
			r.Skip()
		}
	} else {
		r.Skip()
	}
	if r.err != nil {
		return
	}
	if tag == "" {
		r.missing(name)
		return
	}
	quoted := make([]string, len(tags))
	for i, t := range tags {
		quoted[i] = `"` + t + `"`
	}
	r.In(name)
	r.Problem("union_tag_invalid", "must be %s, not %q", alternatives(quoted), tag)
	r.Out()
}

// Try reads a value with read. Where it does not fit, nothing happens and the
// value is still to be read.
func Try[T any](r *Reader, v **T, read func(*Reader, *T)) bool {
	if r.err != nil {
		return false
	}
	at := r.ahead()
	t := new(T)
	read(at, t)
	if at.refused != nil {
		r.refused, r.err = at.refused, at.err
		return false
	}
	if at.err != nil || len(at.problems) > 0 {
		r.Give(at.drawn - r.drawn)
		return false
	}
	*v = t
	frames, problems, status := r.frames, r.problems, r.status
	*r = *at
	r.frames, r.problems, r.status = frames, problems, status
	return true
}

// NoArm skips a value that fits none of a union's arms.
func (r *Reader) NoArm(arms ...string) {
	if r.err != nil {
		return
	}
	got := r.describe()
	r.Skip()
	if r.err == nil {
		r.Problem("union", "must be %s; this one, %s, is none of them", alternatives(arms), got)
	}
}

// Kind is a sort of JSON value.
type Kind byte

// The kinds. None is no value at all.
const (
	KindNone Kind = iota
	KindNull
	KindBool
	KindNumber
	KindText // files and bytes are texts
	KindList
	KindObject
)

// Kind tells what the next value is, by its first letter.
func (r *Reader) Kind() Kind {
	switch {
	case r.err != nil:
		return KindNone
	case r.inForm && len(r.frames) == 0 && r.part == nil:
		return KindObject
	case r.raw:
		return KindText
	}
	switch c := r.peek(); {
	case c == '{':
		return KindObject
	case c == '[':
		return KindList
	case c == '"':
		return KindText
	case c == 't', c == 'f':
		return KindBool
	case c == 'n' && r.nonFinite == Null:
		return KindNumber // only a float can be it; other numbers say that they cannot
	case c == 'n':
		return KindNull
	case c == '-', c >= '0' && c <= '9', c == 'N', c == 'I':
		return KindNumber
	}
	return KindNone
}
