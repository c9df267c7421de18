package jsonarray

import (
	"unicode/utf16"
	"unicode/utf8"
)

// AppendText writes what stands between the quotes of a JSON text. Only what JSON
// requires is escaped. Bytes that are not UTF-8 stay as they are: whoever sends the
// document looks at the whole of it.
func AppendText(dst []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, c)
		start = i + 1
	}
	return append(dst, s[start:]...)
}

const hexDigits = "0123456789abcdef"

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// ScanText steps over the JSON text at buf[pos], whose opening quote is there, and
// gives what is between the quotes. Wrong says why it is none, and end where. Whether it
// is UTF-8 is left to the caller.
func ScanText(buf []byte, pos int) (s []byte, escaped bool, end int, wrong string) {
	for i := pos + 1; i < len(buf); i++ {
		switch c := buf[i]; {
		case c == '"':
			return buf[pos+1 : i], escaped, i + 1, ""
		case c == '\\':
			escaped = true
			switch n := escapeLen(buf[i:]); n {
			case 0:
				return nil, escaped, i, "unknown escape in a text"
			case halfPair:
				return nil, escaped, i, "half of a surrogate pair in a text"
			default:
				i += n - 1
			}
		case c < ' ':
			return nil, escaped, i, "a control character in a text is not escaped"
		}
	}
	return nil, escaped, len(buf), "the text does not end"
}

// halfPair is what escapeLen gives for half of a surrogate pair, which stands for no
// character.
const halfPair = -1

// escapeLen gives the length of the escape that s begins with, of both where two make
// a pair; 0 where JSON knows no such escape.
func escapeLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
	default:
		return 0
	}
	c, ok := hex4(s[2:])
	switch {
	case !ok:
		return 0
	case !utf16.IsSurrogate(c):
		return 6
	case len(s) >= 12 && s[6] == '\\' && s[7] == 'u':
		if d, ok := hex4(s[8:]); ok && utf16.DecodeRune(c, d) != utf8.RuneError {
			return 12
		}
	}
	return halfPair
}

// hex4 reads four hexadecimal digits.
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

// Unescape takes the escapes out of a text that [ScanText] found well-formed.
func Unescape(s []byte) []byte {
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
	d, _ := hex4(s[8:])
	return utf16.DecodeRune(c, d), 12
}
