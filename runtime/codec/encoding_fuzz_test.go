package codec_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// FuzzEncodings holds what reads and writes bytes in texts against the packages of the
// standard library, which pass over line ends.
func FuzzEncodings(f *testing.F) {
	for _, s := range []string{"", "AP8=", "AP8", "AP9=", "-_-_", "+/+/", "00ff", "00FF", "0", "AA\nAA", "A===", "=", "QQ==QQ==", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		body, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			read  func(*codec.Reader, *[]byte)
			write func([]byte, []byte) []byte
			judge func(string) ([]byte, error)
		}{
			"base64":    {codec.ReadBytes, codec.AppendBytes, base64.StdEncoding.Strict().DecodeString},
			"base64url": {codec.ReadBase64URL, codec.AppendBase64URL, base64.RawURLEncoding.Strict().DecodeString},
			"hex":       {codec.ReadHex, codec.AppendHex, hex.DecodeString},
		} {
			v, err := codec.JSONBytes(c.read).Decode(&spec.Source{ContentType: "application/json", Body: body})
			want, wrong := c.judge(text)
			if (err == nil) != (wrong == nil && !strings.ContainsAny(text, "\r\n")) {
				t.Errorf("%s: %q: %v, the standard library says %v", name, text, err, wrong)
			}
			if err != nil {
				continue
			}
			if !bytes.Equal(v.([]byte), want) {
				t.Errorf("%s: %q is %q, the standard library has %q", name, text, v, want)
			}
			var again string
			if err := json.Unmarshal(c.write(nil, want), &again); err != nil || !strings.EqualFold(again, text) {
				t.Errorf("%s: %q is written as %q, %v", name, text, again, err)
			}
		}
	})
}
