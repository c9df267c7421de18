package assign

import (
	"testing"

	"bentoc.dev/compiler/ir"
)

// Every format that a function checks has it here; texts of a format fit it, other
// texts may, and constants are looked at.
func TestFormats(t *testing.T) {
	t.Parallel()
	b := &ir.Bento{}
	for _, format := range ir.Formats {
		if !format.Checked {
			continue
		}
		typ := &ir.Type{Kind: ir.KindString, Format: format.Name}
		if format.Name == "date" || format.Name == "layout" {
			typ.Layout = "2006-01-02"
		} else if formats[format.Name] == nil {
			t.Errorf("format %s has no function", format.Name)
			continue
		}
		if r := New(b).Fit(typ, typ); r.Verdict != Fits {
			t.Errorf("%s into itself: %+v", format.Name, r)
		}
		if r := New(b).Fit(&ir.Type{Kind: ir.KindString}, typ); r.Verdict != FitsAtRunTime || r.Why == "" {
			t.Errorf("a text into %s: %+v", format.Name, r)
		}
		if r := New(b).Fit(typ, &ir.Type{Kind: ir.KindString}); r.Verdict != Fits {
			t.Errorf("%s into a text: %+v", format.Name, r)
		}
		if r := New(b).Conforms(ir.Const(`"%[\n"`), typ); r.Verdict != No || r.Why == "" {
			t.Errorf("a constant as %s: %+v", format.Name, r)
		}
	}
	v4, ip := &ir.Type{Kind: ir.KindString, Format: "ipv4"}, &ir.Type{Kind: ir.KindString, Format: "ip"}
	if New(b).Fit(v4, ip).Verdict != Fits || New(b).Fit(ip, v4).Verdict != FitsAtRunTime {
		t.Error("an IPv4 address is an IP address, and not the other way round")
	}
	if r := New(b).Conforms(ir.Const(`"2024-02-30"`), &ir.Type{Kind: ir.KindString, Format: "date", Layout: "2006-01-02"}); r.Verdict != No {
		t.Errorf("%+v", r)
	}
}
