package ir

import (
	"bytes"
	"testing"

	"bentoc.dev/compiler/diag"
)

// Every rule, as an error and as a warning, switched off, left on and not named: said
// is all but a warning that is switched off and has warnings of its own.
func TestReported(t *testing.T) {
	t.Parallel()
	for _, r := range diag.Rules() {
		for _, severity := range []diag.Severity{diag.Error, diag.Warning} {
			for how, d := range map[string]*Diagnostic{"off": {Off: true, Why: "x"}, "on": {Why: "x"}, "not named": nil} {
				b := &Bento{Diagnostics: map[string]*Diagnostic{}}
				if d != nil {
					b.Diagnostics[string(r.Code)] = d
				}
				other := diag.Diagnostic{Code: "another", Severity: diag.Warning}
				list := diag.List{{Code: r.Code, Severity: severity}, other}
				want := 2
				if severity == diag.Warning && how == "off" && r.MayWarn() {
					want = 1
				}
				if got := b.Reported(list); len(got) != want || got[len(got)-1].Code != other.Code {
					t.Errorf("%s as %s, %s: %v", r.Code, severity, how, got)
				}
			}
		}
	}
	list := diag.List{{Code: diag.UnusedGraph, Severity: diag.Warning}}
	if got := (*Bento)(nil).Reported(list); len(got) != 1 {
		t.Errorf("without a bento: %v", got)
	}
}

// A bento that switches nothing off has the bytes that it had before it could.
func TestNoDiagnosticsInCanonical(t *testing.T) {
	t.Parallel()
	c, err := (&Bento{Name: "b", Diagnostics: map[string]*Diagnostic{}}).Canonical()
	if err != nil || bytes.Contains(c, []byte("diagnostics")) {
		t.Errorf("%s, %v", c, err)
	}
}
