package codec

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"
)

// AppendBool writes true or false.
func AppendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

// AppendInt writes an integer.
func AppendInt(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }

// AppendFloat writes a number as encoding/json does: the shortest text that
// reads back as the same float64. NaN and infinities become null.
func AppendFloat(b []byte, v float64) []byte { return appendFloat(b, v, 64) }

// AppendFloat32 writes the shortest text that reads back as the same float32.
func AppendFloat32(b []byte, v float32) []byte { return appendFloat(b, float64(v), 32) }

func appendFloat(b []byte, v float64, bits int) []byte {
	if !finite(v) {
		return append(b, "null"...)
	}
	abs := math.Abs(v)
	if abs == math.Trunc(abs) && abs < 1<<24 && !(abs == 0 && math.Signbit(v)) {
		return strconv.AppendInt(b, int64(v), 10)
	}
	low, high := 1e-6, 1e21
	if bits == 32 {
		low, high = float64(float32(1e-6)), float64(float32(1e21))
	}
	if abs != 0 && (abs < low || abs >= high) {
		b = strconv.AppendFloat(b, v, 'e', -1, bits)
		// 1e-09 is written 1e-9.
		if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
			b[n-2] = b[n-1]
			b = b[:n-1]
		}
		return b
	}
	return strconv.AppendFloat(b, v, 'f', -1, bits)
}

// AppendBytes writes bytes as a text in base64.
func AppendBytes(b, v []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, v)
	return append(b, '"')
}

// AppendFile writes a file as a data: URI, which keeps its media type.
func AppendFile(b []byte, f File) []byte {
	b = append(b, `"data:`...)
	b = appendText(b, f.MediaType)
	b = append(b, `;base64,`...)
	b = base64.StdEncoding.AppendEncode(b, f.Data)
	return append(b, '"')
}

// AppendString writes a text. Only what JSON requires is escaped; bytes that are
// not UTF-8 become U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	b = appendText(b, s)
	return append(b, '"')
}

const hexDigits = "0123456789abcdef"

func appendText(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			rn, n := utf8.DecodeRuneInString(s[i:])
			if rn == utf8.RuneError && n == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, c)
		i++
		start = i
	}
	return append(b, s[start:]...)
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// AppendComma writes a comma unless b ends in an opening bracket: for objects
// whose first fields are optional.
func AppendComma(b []byte) []byte {
	if b[len(b)-1] == '{' {
		return b
	}
	return append(b, ',')
}
