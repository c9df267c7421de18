package gen

import (
	"regexp"
	"testing"

	"bentoc.dev/compiler/ir"
)

// Every format that a function checks has a row, and no row is for anything else.
func TestFormatsHaveRows(t *testing.T) {
	t.Parallel()
	for _, f := range ir.Formats {
		_, ok := formatRows[f.Name]
		if layout := f.Name == "layout" || f.Name == "date"; ok != (f.Checked && !layout) {
			t.Errorf("format %s: a row %t, checked %t", f.Name, ok, f.Checked)
		}
	}
}

// The pattern of a duration in JSON Schema is what the function takes.
func TestDurationPattern(t *testing.T) {
	t.Parallel()
	re := regexp.MustCompile(formatRows["go-duration"].pattern)
	for s, want := range map[string]bool{"0": true, "-0": true, "1h": true, "1.5h30m": true, ".5s": true, "5.s": true, "1µs2μs": true, "+1ns": true, "": false, "1": false, ".s": false, "1d": false, "s": false, "1h ": false, "--1s": false} {
		if re.MatchString(s) != want {
			t.Errorf("%q: %t", s, !want)
		}
	}
}
