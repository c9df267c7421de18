package load_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/runtime/codec/format"
	"bentoc.dev/schema"
)

// formatFuncs are the functions that servers check texts with, by how CUE writes the
// same.
var formatFuncs = map[string]func(string) bool{
	`time.Time`: format.DateTime, `time.Format("2006-01-02")`: inLayout(time.DateOnly), `time.Format("15:04:05")`: inLayout(time.TimeOnly),
	`time.Format(time.RFC1123)`: inLayout(time.RFC1123), `time.Duration`: format.Duration, `uuid.Valid`: format.UUID,
	`net.IP`: format.IP, `net.IPv4`: format.IPv4, `net.IPv6`: format.IPv6, `net.IPCIDR`: format.CIDR, `net.URL`: format.URL, `net.AbsURL`: format.AbsURL,
	`regexp.Valid`: format.Regexp,
}

// formatTexts are texts at the edges of formats.
var formatTexts = []string{
	"", " ", "0", "a", "2024-02-29T12:30:00Z", "2023-02-29T12:30:00Z", "2024-02-29T23:59:60Z", "2024-02-29T24:00:00Z", "2024-02-29t12:30:00z", "2024-02-29 12:30:00Z",
	"2024-02-29T12:30:00,25Z", "2024-02-29T12:30:00.123456789012Z", "2024-02-29T12:30:00.Z", "2024-02-29T2:30:00Z", "2024-02-29T12:30:00+24:00", "2024-02-29T12:30:00+23:59", "2024-02-29T12:30:00-00:00",
	"2024-02-29T12:30:00+0200", "2024-02-29T12:30:00", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "2024-02-29", "1999-12-31", "2024-2-29", "2100-02-29", "2000-02-29", "2024-13-01", "2024-00-10", "２０２４-02-29",
	"12:30:00", "24:00:00", "23:59:59.5", "23:59:60", "Thu, 29 Feb 2024 12:30:00 UTC", "Fri, 29 Feb 2024 12:30:00 CEST", "Thu, 29 Feb 2024 12:30:00 +02",
	"1h", "1h30m1.5s", "-1.5h", "+5m", "1", "1d", "1 h", ".5s", "5.s", ".s", "1µs", "1μs", "1us", "2562047h47m16.854775807s", "2562047h47m16.854775808s", "-2562047h47m16.854775808s", "1e3s", "1H",
	"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "(6ba7b810-9dad-11d1-80b4-00c04fd430c8)", "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
	"URN:UUID:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b8109dad11d180b400c04fd430c8", "6ba7b8109dad11d180b400c04fd430cg", "6ba7b810-9dad-11d1-80b4-00c04fd430c", "6ba7b810-9dad-11d1-80b4_00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8\n",
	"127.0.0.1", "127.0.0.01", "127.0.0.256", "127.1", "0x7f.0.0.1", "1.2.3.4.5", "::", "::1", "fe80::1%eth0", "fe80::1%", "::ffff:1.2.3.4", "::ffff:1.2.3.04", "1::2::3", "2001:db8::g", "[::1]", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "12345::",
	"10.0.0.0/8", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/", "::/128", "::/129", "fe80::1%eth0/64", "10.0.0.1/-1",
	"http://example.org", "http://[::1]:80/x", "http://[::1", "mailto:a@b.c", "/path", "path?q#f", "http://a b/", "http://a/ b", "1http://a", "http://a/%zz", "http://a:port/", "http://a:99999/", ":a", "//host", "HTTP://EXAMPLE.org", "http://日本/", "a:b:c", "?",
	"^a+$", "[", "(?=a)", "a{1001}", "a{1000}", "\\1", "(?i)x", "\\pL", "*",
}

// What a server takes is what CUE takes: texts at the edges of formats, and those made
// of them by small changes.
func TestFormatsAreCUEs(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	texts := append([]string{}, formatTexts...)
	for range 1500 {
		texts = append(texts, changed(r, formatTexts[r.IntN(len(formatTexts))]))
	}
	for expr, fits := range formatFuncs {
		ctx := cuecontext.New()
		v := ctx.CompileString(imports + "T: string & " + expr + "\n").LookupPath(cue.ParsePath("T"))
		if err := v.Err(); err != nil {
			t.Fatal(err)
		}
		taken := 0
		for _, s := range texts {
			cueSays := v.Unify(ctx.Encode(s)).Validate(cue.Concrete(true)) == nil
			if cueSays != fits(s) {
				t.Errorf("seed %d: %s with %q: CUE says %v, the server %v", seed, expr, s, cueSays, fits(s))
			}
			if cueSays {
				taken++
			}
		}
		if taken < 2 {
			t.Errorf("%s: only %d texts are taken", expr, taken)
		}
	}
}

func inLayout(layout string) func(string) bool {
	return func(s string) bool { return format.Layout(s, layout) }
}

// changed gives a text with one or two small changes.
func changed(r *rand.Rand, s string) string {
	for range 1 + r.IntN(2) {
		i := r.IntN(len(s) + 1)
		piece := string(pieces[r.IntN(len(pieces))])
		switch r.IntN(3) {
		case 0:
			s = s[:i] + piece + s[i:]
		case 1:
			s = s[:i] + s[min(len(s), i+1):]
		default:
			s = s[:i] + piece + s[min(len(s), i+1):]
		}
	}
	if !utf8.ValidString(s) {
		return "0"
	}
	return s
}

// The definitions of the schema that name a format take what they should.
func TestFormatDefinitions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ yes, no []string }{
		"#Email": {
			[]string{"ada@example.org", "a.b+c@x-y.co", "o'brien@a.b", "a@localhost"},
			[]string{"", "a", "@b", "a@", ".a@b", "a.@b", "a..b@c", "a b@c", "a@-b", "a@b-", "a@b..c", "ä@b", "a@b\n", "a@b@c", string(make([]byte, 65)) + "@b"},
		},
		"#Hostname":    {[]string{"a", "www.example.org", "xn--mgba3a4f16a.ir", "1.2.3.4", "A-1"}, []string{"", ".", "a.", "-a", "a-", "a_b", "a..b", "日本", "a b", "a\n"}},
		"#Time":        {[]string{"12:30:00Z", "23:59:59.5+02:00", "00:00:00-23:59"}, []string{"", "12:30:00", "24:00:00Z", "23:59:60Z", "12:30Z", "12:30:00z", "12:30:00+24:00", "12:30:00.Z"}},
		"#ISODuration": {[]string{"P1D", "PT1S", "P3DT12H", "P1W", "P1Y2M3DT4H5M6S", "P1M", "PT1H30M", "PT0S", "P1MT1M"}, []string{"", "P", "PT", "P1", "1D", "P1DT", "P1S", "PT1D", "P1W1D", "P1H", "PT1.5S", "-P1D", "PT1.5H", "P1D1Y"}},
		"#JSONPointer": {[]string{"", "/", "/a/0", "/a~1b/~0", "/ä", "//"}, []string{"a", "/~", "/~2", "#/a"}},
		"#Decimal":     {[]string{"0", "-0", "12.50", "0.1", "-7", "123456789012345678901234567890.000000001"}, []string{"", "+1", "01", "1.", ".5", "1e3", "1,5", "NaN", "0x1", " 1", "1\n", "١"}},
		"#Date":        {[]string{"2024-02-29", "0000-02-29"}, []string{"2023-02-29", "2024-2-9", "2024-02-29\n"}},
	} {
		typ := fieldType(t, "schema."+name)
		for i, texts := range [][]string{want.yes, want.no} {
			for _, s := range texts {
				if got := acceptsText(typ, s); got != (i == 0) {
					t.Errorf("%s with %q: %v", name, s, got)
				}
			}
		}
	}
	datesAreDates(t)
	for _, f := range ir.Formats {
		if !f.Checked && f.Problem != "" || f.Checked && f.Problem == "" {
			t.Errorf("the problem of format %s: %q", f.Name, f.Problem)
		}
	}
}

var pieces = []rune("0123456789abfFhmsTZz:-+./,%[]{}µ日 \n@?#")

// datesAreDates tries the pattern of #Date, which plain CUE reads, with every day that
// four digits, and two, and two, may be.
func datesAreDates(t *testing.T) {
	t.Helper()
	data, err := schema.FS.ReadFile("formats.cue")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "#Date: =~#\"")
	pattern, _, _ := strings.Cut(rest, "\"#")
	re := regexp.MustCompile(pattern)
	isDate := inLayout(time.DateOnly)
	for _, year := range []int{0, 4, 100, 400, 1900, 1904, 1996, 1999, 2000, 2023, 2024, 2100, 2400, 9996, 9999} {
		for month := range 20 {
			for day := range 40 {
				if s := fmt.Sprintf("%04d-%02d-%02d", year, month, day); re.MatchString(s) != isDate(s) {
					t.Errorf("#Date takes %s: %v", s, re.MatchString(s))
				}
			}
		}
	}
	for year := range 10000 {
		if s := fmt.Sprintf("%04d-02-29", year); re.MatchString(s) != isDate(s) {
			t.Errorf("#Date takes %s: %v", s, re.MatchString(s))
		}
	}
}
