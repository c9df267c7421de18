package diff

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// accepting compares ocr with an ocr that lacks an endpoint, on a day.
func accepting(t *testing.T, day string, old, new map[string][]*ir.Accepted) string {
	t.Helper()
	today, err := ir.Date(day)
	if err != nil {
		t.Fatal(err)
	}
	before, after := notation.Bento(ocr), notation.Bento(strings.Replace(ocr, "grow runner grow /grow", "", 1))
	before.Accepted, after.Accepted = old, new
	r, err := Compare(Side{Bento: before}, Side{Bento: after}, Options{Today: today.Add(20 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for _, f := range r.Findings {
		if f.Rule != "endpoint-removed" {
			continue
		}
		fmt.Fprint(&s, "worst ", r.Worst(), ", found")
		if f.Suppressed != nil {
			fmt.Fprintf(&s, ", accepted until %s since %s", f.Suppressed.Until, f.Suppressed.Reason)
		}
		if _, note, found := strings.Cut(f.Cure, "; what is accepted"); found {
			fmt.Fprint(&s, ", what is accepted", note)
		}
	}
	for _, d := range r.Diagnostics {
		fmt.Fprintf(&s, "\n%s[%s] %s: %s", d.Severity, d.Code, d.Path, d.Message)
	}
	return s.String()
}

// What is accepted counts for the change that it comes with, up to the end of its last day.
func TestAccepted(t *testing.T) {
	t.Parallel()
	entry := func(path, until, why string) *ir.Accepted {
		return &ir.Accepted{Path: path, Until: until, Why: why, Pos: ir.Pos{File: "bento.cue", Line: 7, Col: 3}}
	}
	of := func(rule string, entries ...*ir.Accepted) map[string][]*ir.Accepted {
		return map[string][]*ir.Accepted{rule: entries}
	}
	const grow = "services.ocr.endpoints.grow"
	counts := of("endpoint-removed", entry(grow, "2027-01-31", "it is unused"))
	const accepted, found = "worst , found, accepted until 2027-01-31 since it is unused", "worst breaking, found"
	for _, c := range []struct {
		day      string
		old, new map[string][]*ir.Accepted
		want     string
	}{
		{"2026-12-01", nil, nil, found},
		{"2026-12-01", nil, counts, accepted},
		{"2027-01-31", nil, counts, accepted},
		{"2027-02-01", nil, counts, found + "\nerror[expired-acceptance] bento.accepted.\"endpoint-removed\": the change of " + grow + " was accepted until 2027-01-31, which has passed"},
		{"2027-02-01", counts, counts, found + "\nerror[expired-acceptance] bento.accepted.\"endpoint-removed\": the change of " + grow + " was accepted until 2027-01-31, which has passed"},
		{"2026-12-01", counts, nil, found},
		{"2026-12-01", counts, counts, found + ", what is accepted at bento.cue:7:3 came with an earlier change: accept this one by an entry of its own"},
		{"2026-12-01", counts, of("endpoint-removed", counts["endpoint-removed"][0], entry(grow, "2027-01-31", "and again")), "worst , found, accepted until 2027-01-31 since and again"},
		{"2026-12-01", nil, of("endpoint-removed", entry("bento.services.ocr", "2027-01-31", "it is unused")), accepted},
		{"2026-12-01", nil, of("endpoint-removed", entry("services.oc", "2027-01-31", "it is unused")), found + "\nwarning[idle-acceptance] bento.accepted.\"endpoint-removed\": there is no change that endpoint-removed finds at services.oc"},
		{"2026-12-01", nil, of("endpoint-moved", entry(grow, "2027-01-31", "it is unused")), found + "\nwarning[idle-acceptance] bento.accepted.\"endpoint-moved\": there is no change that endpoint-moved finds at " + grow},
	} {
		if got := accepting(t, c.day, c.old, c.new); got != c.want {
			t.Errorf("%s, %v, %v:\n%s\nwant\n%s", c.day, c.old, c.new, got, c.want)
		}
	}
}

func TestVetAccepted(t *testing.T) {
	t.Parallel()
	b := notation.Bento(ocr)
	b.Accepted = map[string][]*ir.Accepted{
		"endpoint-removed": {{Path: "a", Until: "2020-01-31"}, {Path: "a", Until: "2027-02-29"}},
		"endpoint-remove":  {{Path: "a", Until: "2027-01-31"}},
		"zzzzzzzzzzzz":     {{Path: "a", Until: "2027-01-31"}},
	}
	var got []string
	for _, d := range Vet(b) {
		got = append(got, fmt.Sprintf("%s[%s] %s: %s: %s", d.Severity, d.Code, d.Path, d.Message, d.Hint))
	}
	want := []string{
		`error[bad-acceptance] bento.accepted."endpoint-remove": no rule is called "endpoint-remove": did you mean "endpoint-removed"?`,
		`error[bad-acceptance] bento.accepted."endpoint-removed": "2027-02-29" is no day: write a day of the calendar such as "2027-01-31"`,
		`error[bad-acceptance] bento.accepted.zzzzzzzzzzzz: no rule is called "zzzzzzzzzzzz": bentoc diff writes the name of the rule in brackets behind the severity`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accepted, path string
		want           bool
	}{
		{"a.b", "a.b", true}, {"bento.a.b", "a.b", true}, {"a.b", "a.b.c", true}, {"a.b", "a.b[].c", true},
		{"a.b", "a.bc", false}, {"a.b", "a", false}, {"a.b", "x.a.b", false},
	} {
		if covers(c.accepted, c.path) != c.want {
			t.Errorf("%q covers %q: %v", c.accepted, c.path, !c.want)
		}
	}
}
