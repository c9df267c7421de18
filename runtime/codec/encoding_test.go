package codec_test

import (
	"encoding/json"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// Texts that hold bytes are read to the letter, and written as they are read.
func TestEncodings(t *testing.T) {
	t.Parallel()
	base64, url, hex := codec.JSONBytes(codec.ReadBytes), codec.JSONBytes(codec.ReadBase64URL), codec.JSONBytes(codec.ReadHex)
	for _, c := range []struct {
		name   string
		format spec.Format
		write  func([]byte, []byte) []byte
		text   string
		want   string // the bytes, "-" where the text is refused
	}{
		{"base64", base64, codec.AppendBytes, "AP8=", "\x00\xff"}, {"base64", base64, codec.AppendBytes, "", ""}, {"base64", base64, codec.AppendBytes, "+/+/", "\xfb\xff\xbf"},
		{"base64", base64, nil, "AP8", "-"}, {"base64", base64, nil, "AP9=", "-"}, {"base64", base64, nil, "-_-_", "-"}, {"base64", base64, nil, "AA\nAA", "-"}, {"base64", base64, nil, " AAAA", "-"}, {"base64", base64, nil, "AAAA====", "-"}, {"base64", base64, nil, "=", "-"},
		{"base64url", url, codec.AppendBase64URL, "AP8", "\x00\xff"}, {"base64url", url, codec.AppendBase64URL, "-_-_", "\xfb\xff\xbf"},
		{"base64url", url, nil, "AP8=", "-"}, {"base64url", url, nil, "+/+/", "-"}, {"base64url", url, nil, "AB", "-"}, {"base64url", url, nil, "A", "-"}, {"base64url", url, nil, "AA\r", "-"},
		{"hex", hex, codec.AppendHex, "00ff", "\x00\xff"}, {"hex", hex, nil, "00FF", "\x00\xff"}, {"hex", hex, codec.AppendHex, "", ""},
		{"hex", hex, nil, "0", "-"}, {"hex", hex, nil, "0g", "-"}, {"hex", hex, nil, "00 ff", "-"}, {"hex", hex, nil, "00\n", "-"},
	} {
		body, err := json.Marshal(c.text)
		if err != nil {
			t.Fatal(err)
		}
		v, err := c.format.Decode(&spec.Source{ContentType: "application/json", Body: body})
		if (err != nil) != (c.want == "-") {
			t.Errorf("%s: %q: %v", c.name, c.text, err)
			continue
		}
		if err != nil {
			continue
		}
		got := v.([]byte)
		if string(got) != c.want {
			t.Errorf("%s: %q is %q, not %q", c.name, c.text, got, c.want)
		}
		if c.write != nil && string(c.write(nil, got)) != string(body) {
			t.Errorf("%s: %q is written as %s", c.name, c.text, c.write(nil, got))
		}
	}
}
