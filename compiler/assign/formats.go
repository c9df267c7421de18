package assign

import (
	"bentoc.dev/compiler/ir"
	"bentoc.dev/runtime/codec/format"
)

// formats are the functions that servers check texts with, by the format's name; a test
// holds that each that is checked by one has it.
var formats = map[string]func(string) bool{
	"date-time": format.DateTime, "go-duration": format.Duration, "uuid": format.UUID, "re2": format.Regexp,
	"ip": format.IP, "ipv4": format.IPv4, "ipv6": format.IPv6, "cidr": format.CIDR, "uri": format.AbsURL, "uri-reference": format.URL,
}

// formatFits compares the formats of texts.
func formatFits(p, c *ir.Type) Result {
	f, ok := ir.FormatOf(c)
	if !ok || !f.Checked || p.Format == c.Format && p.Layout == c.Layout || implied[p.Format] == c.Format {
		return sure()
	}
	return maybe("it may not be %s", f.Noun)
}

// implied gives a format that the texts of another are in as well, where there is one.
var implied = map[string]string{"ipv4": "ip", "ipv6": "ip", "uri": "uri-reference"}

// conformsFormat decides whether a text is in the format of t.
func conformsFormat(s string, t *ir.Type) Result {
	f, ok := ir.FormatOf(t)
	if !ok || !f.Checked {
		return sure()
	}
	if t.Layout != "" && format.Layout(s, t.Layout) || t.Layout == "" && formats[t.Format](s) {
		return sure()
	}
	return Never("%q is not %s", Shorten(s), f.Noun)
}
