package codec

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"bentoc.dev/runtime/spec"
)

// A part is a field of a form: all parts of one name, in the order sent.
type part struct {
	name  string
	parts []spec.Part
}

// group puts the parts of one name together.
func group(parts []spec.Part) []part {
	fields := make([]part, 0, len(parts))
	at := make(map[string]int, len(parts))
	for _, p := range parts {
		i, ok := at[p.Name]
		if !ok {
			i = len(fields)
			at[p.Name] = i
			fields = append(fields, part{name: p.Name})
		}
		fields[i].parts = append(fields[i].parts, p)
	}
	return fields
}

// formObject begins the object whose fields are the form's.
func (r *Reader) formObject() bool {
	r.frames = append(r.frames, frame{index: -1, form: true})
	return true
}

// formField steps to the next field of the form.
func (r *Reader) formField(f *frame) bool {
	if len(r.part) > 1 && !r.taken {
		r.Problem("duplicate", "is given %d times", len(r.part))
	}
	if f.count == len(r.form) {
		r.part, r.raw, r.data, r.pos = nil, false, nil, 0
		r.Out()
		return false
	}
	p := r.form[f.count]
	f.count++
	f.key = []byte(p.name)
	if !utf8.ValidString(p.name) {
		f.key = []byte(strings.ToValidUTF8(p.name, "\ufffd"))
		r.Problem("string_unicode", "the name of a field must be UTF-8")
	}
	r.part, r.taken = p.parts, false
	r.load(p.parts[0])
	return true
}

// load makes the value of a part the one at hand: JSON where it is JSON, a text
// otherwise. BentoML's client writes fields as JSON, people write plain text.
func (r *Reader) load(p spec.Part) {
	r.data, r.pos = p.Data, 0
	r.raw = p.FileName != "" && !spec.IsJSON(p.ContentType) || !validJSON(p.Data) && !(spec.IsJSON(p.ContentType) && hasMark(p.Data))
}

// atPart tells whether the value at hand is the whole of a form's field.
func (r *Reader) atPart() bool {
	if !r.inForm {
		return false
	}
	n := len(r.frames)
	return n == 0 || n == 1 && r.frames[0].form || n == 2 && r.frames[1].form
}

// formArray begins a list whose items are the parts of one name. It is false when
// the field is one part that holds a JSON list.
func (r *Reader) formArray() bool {
	if len(r.frames) != 1 {
		return false
	}
	if len(r.part) == 1 && !r.raw && r.peek() == '[' {
		return false
	}
	r.taken = true
	r.frames = append(r.frames, frame{form: true})
	return true
}

// formItem steps to the next part of the field.
func (r *Reader) formItem(f *frame) bool {
	if f.index >= 0 && f.count == len(r.part) {
		r.raw, r.data, r.pos = false, nil, 0
		r.Out()
		return false
	}
	r.load(r.part[f.count])
	f.index = f.count
	f.count++
	return true
}

// sent gives the part at hand, nil outside forms and inside the JSON of a part.
func (r *Reader) sent() *spec.Part {
	if !r.atPart() || len(r.part) == 0 {
		return nil
	}
	if len(r.frames) == 2 {
		return &r.part[r.frames[1].index]
	}
	return &r.part[0]
}

// onePart gives the form's only part, for inputs that are one whole value.
func onePart(src *spec.Source) (spec.Part, error) {
	// curl -d says so of everything: a text with an equals sign would lose its beginning.
	if src.ContentType == "application/x-www-form-urlencoded" {
		return spec.Part{}, inputError(415, "media_type", "this endpoint takes one value: send it as the body itself and with its own content type, not as application/x-www-form-urlencoded")
	}
	if len(src.Parts) == 1 {
		return src.Parts[0], nil
	}
	return spec.Part{}, inputError(400, "form_type", "this endpoint takes one value: send it as the body itself, or as a form with one field")
}

// isURL tells whether a field that should hold a file holds an address, of whatever
// scheme: one that ends in a colon, which base64 has nowhere. Nothing here fetches one.
func isURL(s []byte) bool {
	scheme, _, ok := bytes.Cut(bytes.TrimSpace(s), []byte(":"))
	if !ok || len(scheme) == 0 || bytes.EqualFold(scheme, []byte("data")) {
		return false
	}
	for i, c := range scheme {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return true
}

func inputError(status int, kind, msg string) *spec.InputError {
	return &spec.InputError{Status: status, Message: msg,
		Problems: []spec.Problem{{Type: kind, Loc: []any{}, Msg: msg}}}
}
