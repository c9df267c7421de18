package codec

import (
	"bytes"
	"fmt"

	"bentoc.dev/runtime/spec"
)

// maxDepth bounds how deep lists and objects may nest.
const maxDepth = 100

// Reader reads one request. Its methods read the value at hand into what they
// are given and tell whether it was read; where it was not, the problem is noted
// and the value is skipped, so that reading goes on behind it.
type Reader struct {
	Checker
	data   []byte
	pos    int
	strict bool
	err    *spec.InputError // what ended the reading for good

	memory  spec.Memory // nil: no limit
	drawn   int64       // of it
	refused error       // memory's, which is then the error of the whole reading

	form   []part      // fields of a form; nil for JSON
	inForm bool        // the request is a form
	raw    bool        // data as a whole is a text, not JSON
	part   []spec.Part // the parts of the form field at hand
	taken  bool        // a list took all parts, or the field is skipped
	whole  bool        // the body as a whole is the part

	nonFinite NonFinite
	trusted   bool // the data comes from an appender, so texts need not be UTF-8
}

// parse reads one JSON value without a type.
func parse(data []byte, v *any) error {
	r := Reader{data: data, nonFinite: Literal, trusted: true}
	r.Any(v)
	return r.finish()
}

// Object begins an object. It is false when the value is none.
func (r *Reader) Object() bool {
	if r.inForm && len(r.frames) == 0 {
		return r.formObject()
	}
	if r.peek() != '{' || r.raw {
		return r.wrong("dict_type", "an object")
	}
	return r.enter(frame{index: -1})
}

// enter steps over an opening bracket.
func (r *Reader) enter(f frame) bool {
	if len(r.frames) >= maxDepth {
		r.syntax("nested too deep")
		return false
	}
	r.pos++
	r.frames = append(r.frames, f)
	return true
}

// Field steps to the next field of the object begun last, or out of it: then it
// is false.
func (r *Reader) Field() bool {
	if r.err != nil {
		return false
	}
	f := &r.frames[len(r.frames)-1]
	if f.form {
		return r.formField(f)
	}
	if !r.next(f, '}') {
		return false
	}
	if r.peek() != '"' {
		r.syntax("expected the name of a field")
		return false
	}
	key, ok := r.text()
	if !ok {
		return false
	}
	if r.peek() != ':' {
		r.syntax("expected : after the name of a field")
		return false
	}
	r.pos++
	f.key = key
	return true
}

// Key gives the name of the field at hand. It is valid until the next call of a
// method.
func (r *Reader) Key() []byte { return r.frames[len(r.frames)-1].key }

// Array begins a list. It is false when the value is none.
func (r *Reader) Array() bool {
	if r.atPart() && r.formArray() {
		return true
	}
	if r.peek() != '[' || r.raw {
		return r.wrong("list_type", "a list")
	}
	return r.enter(frame{index: 0})
}

// Item steps to the next item of the list begun last, or out of it: then it is
// false.
func (r *Reader) Item() bool {
	if r.err != nil {
		return false
	}
	f := &r.frames[len(r.frames)-1]
	if f.form {
		return r.formItem(f)
	}
	if !r.next(f, ']') {
		return false
	}
	f.index = f.count - 1
	return true
}

// next steps over a comma to the next member, or over the closing bracket.
func (r *Reader) next(f *frame, end byte) bool {
	c := r.peek()
	if c == end {
		r.pos++
		r.Out()
		return false
	}
	if f.count > 0 {
		if c != ',' {
			r.syntax(fmt.Sprintf("expected , or %c", end))
			return false
		}
		r.pos++
		if r.peek() == end {
			r.syntax(fmt.Sprintf("expected another member after the comma, not %c", end))
			return false
		}
	}
	f.count++
	return true
}

// First notes that the field at hand was seen. A field that comes twice is a
// problem: which of the two is meant cannot be told.
func (r *Reader) First(seen *bool) bool {
	if !*seen {
		*seen = true
		return true
	}
	r.Skip()
	r.Problem("duplicate", "is given twice")
	return false
}

// Need reports the field called name as missing when it was not seen.
func (r *Reader) Need(seen bool, name string) {
	if !seen && r.err == nil {
		r.missing(name)
	}
}

// Unknown skips a field that the type does not have. Endpoints that are strict
// refuse it.
func (r *Reader) Unknown() {
	if r.strict {
		r.Refuse()
		return
	}
	r.ignore()
}

// Refuse skips a field that the type has no place for, and reports it.
func (r *Reader) Refuse() {
	r.Skip()
	if r.err == nil {
		r.Problem("extra_forbidden", "is not a known field")
	}
}

// KeyIs tells whether the name of the field at hand is right.
func (r *Reader) KeyIs(check func(*Checker, string)) bool {
	var c Checker
	check(&c, string(r.Key()))
	return len(c.problems) == 0
}

// Open skips a field that the type does not name but allows.
func (r *Reader) Open() { r.ignore() }

// Null steps over the value if it is null.
func (r *Reader) Null() bool {
	if r.err != nil || r.raw || !r.literal("null") {
		return false
	}
	return true
}

// Bool reads true or false.
func (r *Reader) Bool(v *bool) bool {
	switch {
	case r.err != nil:
		return false
	case r.raw:
	case r.literal("true"):
		*v = true
		return true
	case r.literal("false"):
		*v = false
		return true
	}
	return r.wrong("bool_type", "true or false")
}

// literal steps over word if it is next.
func (r *Reader) literal(word string) bool {
	if r.peek() != word[0] || !bytes.HasPrefix(r.data[r.pos:], []byte(word)) {
		return false
	}
	r.pos += len(word)
	return true
}

// peek gives the first byte of the next token, 0 at the end.
func (r *Reader) peek() byte {
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; c {
		case ' ', '\n', '\r', '\t':
			r.pos++
		default:
			return c
		}
	}
	return 0
}

// wrong skips a value and reports that it is not what is wanted.
func (r *Reader) wrong(kind, want string) bool {
	if r.err != nil {
		return false
	}
	got := r.describe()
	r.Skip()
	if r.err == nil {
		r.Problem(kind, "must be %s, not %s", want, got)
	}
	return false
}

// describe names the sort of the value that is next.
func (r *Reader) describe() string {
	if r.raw {
		if len(r.part) > 0 && r.part[0].FileName != "" {
			return "a file"
		}
		return "a text"
	}
	switch c := r.peek(); {
	case c == '{':
		return "an object"
	case c == '[':
		return "a list"
	case c == '"':
		return "a text"
	case c == 't', c == 'f':
		return "a bool"
	case c == 'n':
		return "null"
	}
	return "a number"
}

// syntax ends the reading: what follows is no JSON.
func (r *Reader) syntax(msg string) {
	if r.err != nil {
		return
	}
	if r.pos >= len(r.data) {
		msg = "it ends too early"
	}
	if r.pos == 0 && hasMark(r.data) {
		msg = "it begins with a byte order mark: send UTF-8 without one"
	}
	done := r.data[:min(r.pos, len(r.data))]
	line := 1 + bytes.Count(done, []byte{'\n'})
	col := len(done) - bytes.LastIndexByte(done, '\n')
	msg = fmt.Sprintf("malformed JSON at line %d, column %d: %s", line, col, msg)
	r.err = &spec.InputError{Status: 400, Message: msg,
		Problems: []spec.Problem{{Type: "json_invalid", Loc: []any{}, Msg: msg}}}
}

// hasMark tells whether a text begins with a byte order mark: that of UTF-8, which
// JSON must not have (RFC 8259, 8.1), or of UTF-16 or UTF-32, which it must not be.
func hasMark(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\ufeff")) || bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) ||
		bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff"))
}

// finish looks for text after the value and gives the error of the whole reading.
func (r *Reader) finish() error {
	if r.err == nil && !r.inForm && !r.raw && r.peek() != 0 {
		r.syntax("unexpected text after the value")
	}
	if r.err == nil && !r.inForm && !r.raw && r.pos < len(r.data) {
		r.syntax("unexpected zero byte after the value")
	}
	if r.refused != nil {
		return r.refused
	}
	if r.err != nil {
		return r.err
	}
	if len(r.problems) > 0 {
		return &spec.InputError{Status: r.status, Message: summary(r.problems), Problems: r.problems}
	}
	return nil
}
