package load

import (
	"strconv"
	"testing"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"50ms": 50 * time.Millisecond, "1.5s": 1500 * time.Millisecond, "2m": 2 * time.Minute,
		"1h30m": 90 * time.Minute, "1m30s": 90 * time.Second, "0s": 0,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "5", "-5s", "+5s", " 5s", "5 s", "5us", "5ns", "5µs", "s", "1.s.", "9999999999999h", ".5s"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
}

// TestUnquoted holds what a size in quotes is said to be as a number, and that CUE reads
// it as just that.
func TestUnquoted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		cue   string
		bytes int64
	}{
		"0": {"0", 0}, "1000": {"1000", 1000}, "1k": {"1K", 1000}, "1Ki": {"1Ki", 1024}, "32Mi": {"32Mi", 32 << 20},
		"1.5Gi": {"1.5Gi", 3 << 29}, "2Ti": {"2Ti", 2 << 40}, "0.3": {"0", 0}, "1.5k": {"1.5K", 1500}, "3M": {"3M", 3e6},
		"1G": {"1G", 1e9}, "1T": {"1T", 1e12}, "1.0001Ki": {"1024", 1024}, "0.5Ki": {"0.5Ki", 512}, "007Mi": {"7Mi", 7 << 20},
		"2.0": {"2", 2}, "00": {"0", 0}, "0.3Ki": {"307", 307}, "0Gi": {"0Gi", 0}, "08": {"8", 8},
	} {
		got := unquoted(strconv.Quote(text), "int")
		n, err := cuecontext.New().CompileString(got).Int64()
		if got != want.cue || err != nil || n != want.bytes {
			t.Errorf("%q is %s, to CUE %d, %v; want %s, %d", text, got, n, err, want.cue, want.bytes)
		}
	}
	for text, want := range map[string]string{"1.5": "1.5", "2": "2", "0.50": "0.50", "1.5Gi": "1.5Gi"} {
		if got := unquoted(strconv.Quote(text), "number"); got != want {
			t.Errorf("%q is %s as a number, want %s", text, got, want)
		}
	}
	if got := unquoted(`"2"`, "bool"); got != "" {
		t.Errorf(`"2" is %s as a bool`, got)
	}
	for _, literal := range []string{`""`, `"Mi"`, `"1Q"`, `"1."`, `".5Ki"`, `"-1"`, `"1 Mi"`, `"1mi"`, `"1/2"`, `"1e3"`, `"0x10"`, `"1_000"`, `"lots"`, `2Gi`, ``} {
		if got := unquoted(literal, "int"); got != "" {
			t.Errorf("%s is %s, want nothing", literal, got)
		}
	}
}

func TestCanonicalNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1": "1", "1.0": "1", "1e2": "100", "1E+2": "100", "-0.50": "-0.5", "0.0": "0",
		"1.5e-3": "0.0015", "12345678901234567890": "12345678901234567890", "1e999999": "1e999999",
	} {
		if got := canonicalNumber(text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// FuzzUnits checks that whatever the parsers take is neither negative nor lost.
func FuzzUnits(f *testing.F) {
	for _, s := range []string{"50ms", "1.5s", "2Gi", "1.5Gi", "", "9e9", "-1", "0.0000001Ki", "1h1h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := parseDuration(s); err == nil && d < 0 {
			t.Errorf("%q is %v", s, d)
		}
		if number := unquoted(strconv.Quote(s), "int"); number != "" {
			if v := cuecontext.New().CompileString(number); v.IncompleteKind() != cue.IntKind {
				t.Errorf("%q is %s, to CUE %v", s, number, v)
			}
		}
	})
}

// FuzzPath checks that paths of labels survive being joined and split.
func FuzzPath(f *testing.F) {
	f.Add("a", "b-c")
	f.Add("#in", `x"y`)
	f.Add("a.b", "\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == "" || b == "" || a[0] == '[' || b[0] == '[' {
			return
		}
		got := splitPath(join(join("", a), b))
		if len(got) != 2 || got[0] != a || got[1] != b {
			if quoteLabel(a) == a || quoteLabel(b) == b || validText(a) && validText(b) {
				t.Errorf("%q, %q: %q", a, b, got)
			}
		}
	})
}

func validText(s string) bool {
	for _, r := range s {
		if r == '\uFFFD' {
			return false
		}
	}
	return true
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	fields := []string{"instances", "batching", "engine", "name", "env"}
	for word, want := range map[string]string{
		"instnaces": "instances", "Name": "name", "batchin": "batching", "nmae": "name", "zzz": "", "envv": "env",
	} {
		if got := suggest(word, fields); got != want {
			t.Errorf("%q suggests %q, want %q", word, got, want)
		}
	}
}
