package codec

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// NonFinite says how an endpoint lets the floats travel that JSON has no number
// for: NaN and the infinities. It is the same for requests and answers.
type NonFinite int

// The ways.
const (
	Refuse  NonFinite = iota // a request that holds one is at fault, an answer is an error
	Null                     // as null; null as a float of a request is NaN
	Literal                  // as Python's json writes them: NaN, Infinity, -Infinity
)

// AnswerError says that a value cannot be sent as an answer. It is the server's
// fault: it has no StatusCode, so clients see a 500 and the log has the text.
type AnswerError struct {
	Path string // of the value in the answer, "" for the whole
	Msg  string
}

func (e *AnswerError) Error() string {
	return strings.TrimPrefix("the answer cannot be sent: "+e.Path+" "+e.Msg, " ")
}

// special steps over a token that stands for a float that is none or infinite; the
// word is "" where there is none.
func (r *Reader) special() (f float64, word string) {
	switch {
	case r.literal("NaN"):
		return math.NaN(), "NaN"
	case r.literal("Infinity"):
		return math.Inf(1), "Infinity"
	case r.literal("-Infinity"):
		return math.Inf(-1), "-Infinity"
	}
	return 0, ""
}

func (r *Reader) notFinite(word string) {
	r.Problem("finite_number", "must be a finite number, not %s", word)
}

// foreign are the tokens that each way does not let floats of a tensor be.
var foreign = [...][]string{
	Refuse:  {"NaN", "Infinity", "null"},
	Null:    {"NaN", "Infinity"},
	Literal: {"null"},
}

// finite looks through the tensor that was read from start to here for a token that
// the endpoint does not let through, and reports the first.
func (r *Reader) finite(start int) bool {
	text, at, word := r.data[start:r.pos], -1, ""
	for _, w := range foreign[r.nonFinite] {
		if i := bytes.Index(text, []byte(w)); i >= 0 && (at < 0 || i < at) {
			at, word = i, w
		}
	}
	if at < 0 {
		return true
	}
	if word == "Infinity" && at > 0 && text[at-1] == '-' {
		word = "-Infinity"
	}
	r.blame(start, start+at, word)
	return false
}

// ignore skips a value that nothing reads. What it may hold is what the request may
// hold elsewhere: RFC 8259 has no NaN and no infinities.
func (r *Reader) ignore() {
	start := r.pos
	r.Skip()
	if r.err != nil || r.nonFinite == Literal || r.atPart() { // a field of a form is any text
		return
	}
	if at := nextToken(r.data[:r.pos], start); at >= 0 {
		r.blame(start, at, tokenAt(r.data, at))
	}
}

// blame reports the token at a place in the value that began at start, with the path of
// that place.
func (r *Reader) blame(start, at int, word string) {
	look := r.ahead()
	look.pos, look.inForm, look.memory = start, false, nil
	look.find(at)
	here := r.frames
	r.frames = look.frames
	if word == "null" {
		r.Problem("float_type", "must be a number, not null")
	} else {
		r.notFinite(word)
	}
	r.frames = here
}

// find walks through the value that is next until it is at the value that the byte
// at off belongs to, and tells whether it met that.
func (r *Reader) find(off int) bool {
	switch r.peek() {
	case '{':
		for ok := r.Object(); ok && r.Field(); {
			if r.pos > off || r.find(off) {
				return true
			}
		}
	case '[':
		for ok := r.Array(); ok && r.Item(); {
			if r.find(off) {
				return true
			}
		}
	default:
		r.skip(len(r.frames))
	}
	return r.pos > off || r.err != nil
}

// seal makes what the appenders wrote an answer: it is UTF-8, and JSON except for
// what the endpoint wants to pass.
func seal(b []byte, how NonFinite) ([]byte, error) {
	if !utf8.Valid(b) {
		return b, notText(b)
	}
	at := -1
	if how != Literal {
		at = nextToken(b, 0)
	}
	switch {
	case at < 0:
		return b, nil
	case how == Refuse:
		return b, &AnswerError{pathAt(b, at), fmt.Sprintf(`is %s; nonFinite: "null" or "literal" at the endpoint lets such numbers pass`, tokenAt(b, at))}
	}
	out, done := make([]byte, 0, len(b)+len(b)/8), 0
	for ; at >= 0; at = nextToken(b, done) {
		out = append(append(out, b[done:at]...), "null"...)
		done = at + len(tokenAt(b, at))
	}
	return append(out, b[done:]...), nil
}

// nextToken gives where, from a place outside texts on, the next token begins that
// stands for a float that is none or infinite; -1 for none.
func nextToken(b []byte, from int) int {
	if rest := b[from:]; !bytes.Contains(rest, []byte("NaN")) && !bytes.Contains(rest, []byte("Infinity")) {
		return -1
	}
	for i := from; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case 'N', 'I':
			return i
		case '-':
			if i+1 < len(b) && b[i+1] == 'I' {
				return i
			}
		}
	}
	return -1
}

// tokenAt gives the token that begins at b[i].
func tokenAt(b []byte, i int) string {
	switch b[i] {
	case 'N':
		return "NaN"
	case 'I':
		return "Infinity"
	}
	return "-Infinity"
}

// unwritable stands in an answer for a value that JSON cannot hold, for the reason
// msg: a text that [Encode] refuses, since it begins with a byte that is not UTF-8.
func unwritable(b []byte, msg string) []byte {
	return AppendString(b, "\xff"+msg)
}

// notText says what of b is not UTF-8.
func notText(b []byte) *AnswerError {
	at := 0
	for at < len(b) {
		c, n := utf8.DecodeRune(b[at:])
		if c == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	e := &AnswerError{pathAt(b, at), "is a text that is not UTF-8"}
	if at > 0 && b[at-1] == '"' && b[at] == '\xff' {
		r := Reader{data: b, pos: at - 1, trusted: true}
		if s, ok := r.text(); ok && len(s) > 1 {
			e.Msg = strings.ToValidUTF8(string(s[1:]), "\ufffd")
		}
	}
	return e
}

// pathAt gives the path of the value in an answer that the byte at off belongs to.
func pathAt(b []byte, off int) string {
	r := Reader{data: b, trusted: true}
	r.find(off)
	if len(r.frames) == 0 {
		return "the value"
	}
	return strings.ToValidUTF8(Path(r.loc()), "\ufffd")
}
