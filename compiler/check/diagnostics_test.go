package check

import (
	"slices"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// Every bento of the tests with every code switched off in turn: what is said is the
// rest, errors of the same code among it, and a code of which nothing is found is told
// where the rules have seen everything, and only there.
func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	opts := Options{FS: fstest.MapFS{}}
	spare := notation.Bento("runner r {} -> {}\ngraph lone {} { -> {} }\nservice s { e runner r }")
	mixed := notation.Bento("runner r {} -> {}\nservice s { e runner r }") // an error and a warning of one code
	mixed.Env, mixed.RequiredEnv = map[string]string{"A": "x", "1": ""}, []string{"A"}
	silenced, needless := map[diag.Code]bool{}, 0
	for _, b := range append(everyBento(t), spare, mixed) {
		plain := Run(b, opts)
		for _, r := range diag.Rules() {
			b.Diagnostics = map[string]*ir.Diagnostic{string(r.Code): {Off: true, Why: "x"}}
			all := Run(b, opts)
			own := func(d diag.Diagnostic) bool { return d.Code == diag.SwitchedOff }
			about := slices.DeleteFunc(slices.Clone(all), func(d diag.Diagnostic) bool { return !own(d) })
			want := slices.DeleteFunc(slices.Clone(plain), func(d diag.Diagnostic) bool { return d.Code == r.Code && d.Severity == diag.Warning && r.MayWarn() })
			got := slices.DeleteFunc(b.Reported(all), own)
			if report(got) != report(want) {
				t.Fatalf("%s switched off:\n%s\nwithout:\n%s", r.Code, report(got), report(want))
			}
			found := len(want) < len(plain)
			silenced[r.Code] = silenced[r.Code] || found
			switch {
			case !r.MayWarn():
				if len(about) != 1 || about[0].Severity != diag.Error {
					t.Errorf("%s, an error, is switched off: %v", r.Code, about)
				}
			case found, plain.HasErrors(), !foundHere(r.Code), r.Code == diag.SwitchedOff:
				if len(about) != 0 {
					t.Errorf("%s is switched off: %v", r.Code, about)
				}
			default:
				needless++
				if len(about) != 1 || about[0].Severity != diag.Warning {
					t.Errorf("%s is switched off for nothing: %v", r.Code, about)
				}
			}
		}
	}
	for _, c := range codes(diag.MayNotFit, diag.UnusedGraph, diag.UnusedRunner, diag.UnusedModel, diag.BadValue) {
		if !silenced[c] {
			t.Errorf("no bento has a warning %s", c)
		}
	}
	if needless == 0 {
		t.Error("nothing is switched off for nothing")
	}
}

// What the rules have not seen whole, they say nothing about.
func TestSwitchedOffUnseen(t *testing.T) {
	t.Parallel()
	for _, b := range everyBento(t) {
		b.Diagnostics = map[string]*ir.Diagnostic{"conflict": {Off: true, Why: "x"}, "unsued-graph": {Off: true, Why: "x"}}
		for _, d := range Run(b, Options{}) {
			if d.Code == diag.SwitchedOff && (d.Severity != diag.Error || d.Hint != `did you mean "unused-graph"?`) {
				t.Errorf("%+v", d)
			}
		}
	}
}
