package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"

	"bentoc.dev/runtime/tensor/jsonarray"
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
	if !ok || !r.Take(int64(len(s))) {
		return false
	}
	*v = string(s)
	return true
}

// rawString takes the whole of the data, which is no JSON text.
func (r *Reader) rawString(v *string) bool {
	r.pos = len(r.data)
	if !utf8.Valid(r.data) {
		r.Problem("string_unicode", "must be UTF-8")
		return false
	}
	if !r.Take(int64(len(r.data))) {
		return false
	}
	*v = string(r.data)
	return true
}

// Bytes reads base64 with its padding, or the bytes of a form's part as they are. Base64
// is read to the letter: no white space, no other alphabet, no bits left over.
func (r *Reader) Bytes(v *[]byte) bool {
	return r.encoded(v, "base64", decodedLen, base64.StdEncoding.Strict().Decode)
}

// Base64URL is Bytes for base64url without padding.
func (r *Reader) Base64URL(v *[]byte) bool {
	return r.encoded(v, "base64url without padding", decodedLen, base64.RawURLEncoding.Strict().Decode)
}

// Hex is Bytes for hexadecimal digits, two a byte, small or large.
func (r *Reader) Hex(v *[]byte) bool {
	return r.encoded(v, "hexadecimal digits, two for each byte", func(s []byte) int64 { return int64(hex.DecodedLen(len(s))) }, hex.Decode)
}

func (r *Reader) encoded(v *[]byte, what string, size func([]byte) int64, decode func(dst, src []byte) (int, error)) bool {
	if r.err != nil {
		return false
	}
	if r.raw {
		r.pos = len(r.data)
		if !r.Take(int64(len(r.data))) {
			return false
		}
		*v = append([]byte{}, r.data...)
		return true
	}
	if r.peek() != '"' {
		return r.wrong("bytes_type", "a text in "+what)
	}
	s, ok := r.text()
	if !ok || !r.Take(size(s)) {
		return false
	}
	b := make([]byte, size(s)+2) // base64 gives up to two bytes less than its length has room for
	n, err := decode(b, s)
	if err != nil || bytes.ContainsAny(s, "\r\n") { // Go's decoders leave line ends out
		r.Problem("bytes_invalid_encoding", "must be %s", what)
		return false
	}
	*v = b[:n:n]
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

// decodedLen is how much memory [decodeBase64] takes at most.
func decodedLen(s []byte) int64 { return int64(base64.RawStdEncoding.DecodedLen(len(s))) }

// text reads a JSON text, whose opening quote is next. The result shares memory
// with the data where nothing is escaped.
func (r *Reader) text() ([]byte, bool) {
	s, escaped, ok := r.token()
	if !ok || !escaped {
		return s, ok
	}
	if !r.Take(int64(len(s))) {
		return nil, false
	}
	return jsonarray.Unescape(s), true
}

// token steps over a JSON text and gives what is between the quotes.
func (r *Reader) token() (s []byte, escaped, ok bool) {
	s, escaped, end, wrong := jsonarray.ScanText(r.data, r.pos)
	if wrong == "" && !r.trusted && !utf8.Valid(s) {
		end, wrong = r.pos, "a text is not UTF-8"
	}
	r.pos = end
	if wrong != "" {
		r.syntax(wrong)
		return nil, false, false
	}
	return s, escaped, true
}
