package ir

import (
	"fmt"
	"slices"
)

// Format is a way to write something as a text, such as a date. It goes by the name
// that JSON Schema has for it where it has one.
type Format struct {
	Name string
	// Noun says in a message what a text must be.
	Noun string
	// Problem is the type of the problem that a server reports, one of pydantic's.
	Problem string
	// Checked tells that a function decides; else the patterns of the type say all of
	// it, and the name is for those who read a schema.
	Checked bool
	// Known tells that JSON Schema has the name.
	Known bool
}

// Formats are all of them. Package load knows how each is written in CUE, and gen and
// assign which function checks it: tests hold that.
var Formats = []Format{
	{"date-time", "a date and time as in RFC 3339, such as 2024-02-29T12:30:00Z", "datetime_parsing", true, true},
	{"date", "a date, such as 2024-02-29", "date_parsing", true, true},
	{"layout", "a time", "time_parsing", true, false},
	{"go-duration", "a duration, such as 1h30m or 1.5s", "time_delta_parsing", true, false},
	{"uuid", "a UUID", "uuid_parsing", true, true},
	{"ip", "an IP address", "ip_any_address", true, false},
	{"ipv4", "an IPv4 address", "ip_v4_address", true, true},
	{"ipv6", "an IPv6 address", "ip_v6_address", true, true},
	{"cidr", "an IP address with the length of a prefix, such as 10.0.0.0/8", "ip_any_network", true, false},
	{"uri", "a URL with a scheme", "url_parsing", true, true},
	{"uri-reference", "a URL", "url_parsing", true, true},
	{"re2", "a regular expression as in RE2", "regex_parsing", true, false},
	{"email", "an e-mail address", "", false, true},
	{"hostname", "the name of a host", "", false, true},
	{"time", "a time of day with its offset, such as 12:30:00Z", "", false, true},
	{"duration", "a duration as in ISO 8601, such as P3DT12H", "", false, true},
	{"json-pointer", "a JSON pointer", "", false, true},
	{"decimal", "a decimal number in a text, such as 12.50", "", false, false},
}

// FormatOf gives what is known of a type's format; false where it has none, or none
// that is known.
func FormatOf(t *Type) (Format, bool) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == t.Format })
	if t.Format == "" || i < 0 {
		return Format{}, false
	}
	f := Formats[i]
	if t.Layout != "" && f.Name != "date" {
		f.Noun = "a time that is written as " + t.Layout
	}
	return f, true
}

// validFormat tells what is wrong with the format of t.
func validFormat(t *Type) error {
	f, known := FormatOf(t)
	switch {
	case t.Format == "" && t.Layout == "":
		return nil
	case !known:
		return fmt.Errorf("the format %q is not known", t.Format)
	case t.Kind != KindString:
		return fmt.Errorf("a format of kind %s", t.Kind)
	case (t.Layout != "") != (f.Name == "layout" || f.Name == "date"):
		return fmt.Errorf("the format %q with the layout %q", t.Format, t.Layout)
	}
	return nil
}
