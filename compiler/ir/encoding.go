package ir

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// The encodings of bytes that are not base64.
const (
	EncodingBase64URL = "base64url" // without padding
	EncodingHex       = "hex"
)

// Decode reads a text that holds bytes of type t, to the letter: no white space, no
// padding but the one that belongs there, and no bits left over.
func (t *Type) Decode(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") { // Go's decoders leave them out
		return nil, errors.New("it has a line end")
	}
	switch t.Encoding {
	case EncodingBase64URL:
		return base64.RawURLEncoding.Strict().DecodeString(text)
	case EncodingHex:
		return hex.DecodeString(text)
	}
	return base64.StdEncoding.Strict().DecodeString(text)
}

// EncodingName names the encoding of bytes for people.
func (t *Type) EncodingName() string {
	if t.Encoding == "" {
		return "base64"
	}
	return t.Encoding
}
