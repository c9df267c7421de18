package codec

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"bentoc.dev/runtime/tensor/jsonarray"
)

// AppendBool writes true or false.
func AppendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

// AppendInt writes an integer.
func AppendInt(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }

// AppendFloat writes a number, as [jsonarray.AppendFloat64] does. NaN and infinities
// are written as Python's tokens, which [Encode] does not let through unasked.
func AppendFloat(b []byte, v float64) []byte { return jsonarray.AppendFloat64(b, v) }

// AppendBytes writes bytes as a text in base64.
func AppendBytes(b, v []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, v)
	return append(b, '"')
}

// AppendBase64URL writes bytes as a text in base64url, without padding.
func AppendBase64URL(b, v []byte) []byte {
	b = append(b, '"')
	b = base64.RawURLEncoding.AppendEncode(b, v)
	return append(b, '"')
}

// AppendHex writes bytes as a text of hexadecimal digits.
func AppendHex(b, v []byte) []byte {
	b = append(b, '"')
	b = hex.AppendEncode(b, v)
	return append(b, '"')
}

// AppendFile writes a file as a data: URI, which keeps its media type.
func AppendFile(b []byte, f File) []byte {
	b = append(b, `"data:`...)
	b = jsonarray.AppendText(b, f.MediaType)
	b = append(b, `;base64,`...)
	b = base64.StdEncoding.AppendEncode(b, f.Data)
	return append(b, '"')
}

// AppendString writes a text. Only what JSON requires is escaped; bytes that are
// not UTF-8 stay, for [Encode] to refuse.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	b = jsonarray.AppendText(b, s)
	return append(b, '"')
}

// AppendComma writes a comma unless b ends in an opening bracket: for objects
// whose first fields are optional.
func AppendComma(b []byte) []byte {
	if b[len(b)-1] == '{' {
		return b
	}
	return append(b, ',')
}
