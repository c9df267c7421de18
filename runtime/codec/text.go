package codec

import (
	"encoding/base64"
	"unicode/utf16"
	"unicode/utf8"
)

// String reads a text.
func (r *Reader) String(v *string) bool {
	if r.err != nil {
		return false
	}
	if r.raw || r.atPart() && r.peek() != '"' {
		return r.rawString(v)
	}
	if r.peek() != '"' {
		return r.wrong("string_type", "a text")
	}
	s, ok := r.text()
	*v = string(s)
	return ok
}

// rawString takes the whole of the data, which is no JSON text.
func (r *Reader) rawString(v *string) bool {
	r.pos = len(r.data)
	if !utf8.Valid(r.data) {
		r.Problem("string_unicode", "must be UTF-8")
		return false
	}
	*v = string(r.data)
	return true
}

// Bytes reads base64, or the bytes of a form's part as they are.
func (r *Reader) Bytes(v *[]byte) bool {
	if r.err != nil {
		return false
	}
	if r.raw {
		r.pos = len(r.data)
		*v = append([]byte{}, r.data...)
		return true
	}
	if r.peek() != '"' {
		return r.wrong("bytes_type", "a text in base64")
	}
	s, ok := r.text()
	if !ok {
		return false
	}
	b, err := decodeBase64(s)
	if err != nil {
		r.Problem("bytes_invalid_encoding", "must be base64")
		return false
	}
	*v = b
	return true
}

// decodeBase64 takes the standard and the URL alphabet, with or without padding.
func decodeBase64(s []byte) ([]byte, error) {
	n := len(s)
	for n > 0 && s[n-1] == '=' {
		n--
	}
	enc := base64.RawStdEncoding
	for _, c := range s[:n] {
		if c == '-' || c == '_' {
			enc = base64.RawURLEncoding
			break
		}
	}
	out := make([]byte, enc.DecodedLen(n))
	m, err := enc.Decode(out, s[:n])
	return out[:m], err
}

// text reads a JSON text, whose opening quote is next. The result shares memory
// with the data where nothing is escaped.
func (r *Reader) text() ([]byte, bool) {
	s, escaped, ok := r.token()
	if !ok || !escaped {
		return s, ok
	}
	return unescape(s), true
}

// token steps over a JSON text and gives what is between the quotes.
func (r *Reader) token() (s []byte, escaped, ok bool) {
	start := r.pos + 1
	ascii := true
	for i := start; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			s = r.data[start:i]
			if !ascii && !utf8.Valid(s) {
				r.syntax("a text is not UTF-8")
				return nil, false, false
			}
			r.pos = i + 1
			return s, escaped, true
		case c == '\\':
			escaped = true
			n := escapeLen(r.data[i:])
			if n == 0 {
				r.pos = i
				r.syntax("unknown escape in a text")
				return nil, false, false
			}
			i += n - 1
		case c < ' ':
			r.pos = i
			r.syntax("a control character in a text is not escaped")
			return nil, false, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	r.pos = len(r.data)
	r.syntax("")
	return nil, false, false
}

// escapeLen gives the length of the escape that s begins with, 0 for none.
func escapeLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(s[2:]); ok {
			return 6
		}
	}
	return 0
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var v rune
	for _, c := range s[:4] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			v = v<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

// unescape takes the escapes out of a text that token found well-formed. Half
// of a surrogate pair becomes U+FFFD, as in encoding/json.
func unescape(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			c, n := escapedRune(s[i-1:])
			out = utf8.AppendRune(out, c)
			i += n - 2
		default:
			out = append(out, s[i])
		}
	}
	return out
}

// escapedRune reads \uXXXX, or two of them that make a pair, and gives how many
// bytes that were.
func escapedRune(s []byte) (rune, int) {
	c, _ := hex4(s[2:])
	if !utf16.IsSurrogate(c) {
		return c, 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if d, ok := hex4(s[8:]); ok {
			if p := utf16.DecodeRune(c, d); p != utf8.RuneError {
				return p, 12
			}
		}
	}
	return utf8.RuneError, 6
}
