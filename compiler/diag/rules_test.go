package diag_test

import (
	"regexp"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
)

// TestRules checks that every code has one whole rule, documented once and with more
// than a phrase.
func TestRules(t *testing.T) {
	t.Parallel()
	all := diag.Rules()
	if len(all) < 50 {
		t.Fatalf("there are %d rules", len(all))
	}
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	codes, texts, purposes := map[diag.Code]bool{}, map[string]diag.Code{}, map[string]diag.Code{}
	for _, r := range all {
		if codes[r.Code] || !name.MatchString(string(r.Code)) {
			t.Errorf("%s: no code, or there twice", r.Code)
		}
		codes[r.Code] = true
		if r.Category == "" || r.Severity != diag.Error && r.Severity != diag.Warning || r.Severity == diag.Warning && r.Warns {
			t.Errorf("%s: category %q, severity %q, warns %v", r.Code, r.Category, r.Severity, r.Warns)
		}
		if len(r.Explain) < 80 || !strings.Contains(r.Explain, ".") || !strings.HasPrefix(diag.Explain(r.Code), r.Explain) {
			t.Errorf("%s: explained by %q", r.Code, r.Explain)
		}
		if r.Purpose == "" || strings.HasSuffix(r.Purpose, ".") {
			t.Errorf("%s: purpose %q", r.Code, r.Purpose)
		}
		if other, ok := texts[r.Explain]; ok {
			t.Errorf("%s and %s have the same text", r.Code, other)
		}
		if other, ok := purposes[r.Purpose]; ok {
			t.Errorf("%s and %s have the same purpose", r.Code, other)
		}
		texts[r.Explain], purposes[r.Purpose] = r.Code, r.Code
	}
	for _, r := range all {
		if r.ReplacedBy != "" && (!codes[r.ReplacedBy] || r.Deprecated == "") {
			t.Errorf("%s: replaced by %q, deprecated: %q", r.Code, r.ReplacedBy, r.Deprecated)
		}
	}
	if diag.Explain("no-such-code") != "" {
		t.Error("a code that does not exist is documented")
	}
}
