package assign

import (
	"testing"

	"bentoc.dev/compiler/ir"
)

// Constants are bytes to the letter, and bytes of one encoding are none of another.
func TestEncodings(t *testing.T) {
	t.Parallel()
	b := &ir.Bento{}
	for _, c := range []struct{ encoding, yes, no string }{
		{"", `"AP8="`, `"AP8"`}, {"", `""`, `"AP9="`}, {"", `"+/+/"`, `"-_-_"`}, {"", `"AAAA"`, `"AA\nAA"`},
		{ir.EncodingBase64URL, `"AP8"`, `"AP8="`}, {ir.EncodingBase64URL, `"-_-_"`, `"+/+/"`}, {ir.EncodingBase64URL, `"AA"`, `"AB"`},
		{ir.EncodingHex, `"00fF"`, `"0"`}, {ir.EncodingHex, `""`, `"0g"`},
	} {
		typ := &ir.Type{Kind: ir.KindBytes, Encoding: c.encoding}
		if r := New(b).Conforms(ir.Const(c.yes), typ); r.Verdict != Fits {
			t.Errorf("%s in %s: %+v", c.yes, typ.EncodingName(), r)
		}
		if r := New(b).Conforms(ir.Const(c.no), typ); r.Verdict != No {
			t.Errorf("%s in %s: %+v", c.no, typ.EncodingName(), r)
		}
	}
	plain, hex := &ir.Type{Kind: ir.KindBytes}, &ir.Type{Kind: ir.KindBytes, Encoding: ir.EncodingHex}
	if r := New(b).Fit(plain, hex); r.Verdict != No || r.Why == "" {
		t.Errorf("%+v", r)
	}
	if r := New(b).Fit(hex, hex); r.Verdict != Fits {
		t.Errorf("%+v", r)
	}
}
