// Package format tells whether a text is written in a format: a date, an address, a
// UUID. Each function takes what CUE's validator of the same meaning takes, to the
// letter: the compiler asks the same functions about constants. It imports the standard
// library alone, and a server links it where one of its types names a format.
package format

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// DateTime is CUE's time.Time: RFC 3339, with or without a fraction of a second. There
// is no second 60 and no hour 24; a comma before the fraction is taken too.
func DateTime(s string) bool {
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}

// Layout is CUE's time.Format: the layout is one of Go's package time, such as
// "2006-01-02".
func Layout(s, layout string) bool {
	_, err := time.Parse(layout, s)
	return err == nil
}

// Duration is CUE's time.Duration: Go's, such as "1h15m30.5s", of less than 293 years.
func Duration(s string) bool {
	_, err := time.ParseDuration(s)
	return err == nil
}

// UUID is CUE's uuid.Valid: 32 hexadecimal digits, with the hyphens of RFC 9562, in
// braces or behind "urn:uuid:", or without any.
func UUID(s string) bool {
	const prefix = "urn:uuid:"
	switch len(s) {
	case 32:
		return hexadecimal(s)
	case 36 + len(prefix):
		if !strings.EqualFold(s[:len(prefix)], prefix) {
			return false
		}
		s = s[len(prefix):]
	case 36 + 2:
		if s[0] != '{' || s[37] != '}' {
			return false
		}
		s = s[1:37]
	}
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' &&
		hexadecimal(s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:])
}

func hexadecimal(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// IP is CUE's net.IP of a text: an IPv4 or IPv6 address, which may name a zone.
func IP(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// IPv4 is CUE's net.IPv4 of a text.
func IPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

// IPv6 is CUE's net.IPv6 of a text; it may name a zone, as in fe80::1%eth0.
func IPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}

// CIDR is CUE's net.IPCIDR of a text: an address and the length of its prefix.
func CIDR(s string) bool {
	_, err := netip.ParsePrefix(s)
	return err == nil
}

// URL is CUE's net.URL: absolute, or relative to one.
func URL(s string) bool {
	_, err := url.Parse(s)
	return err == nil
}

// AbsURL is CUE's net.AbsURL: a URL with a scheme.
func AbsURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs()
}

// Regexp is CUE's regexp.Valid: a regular expression of RE2.
func Regexp(s string) bool {
	_, err := regexp.Compile(s)
	return err == nil
}
