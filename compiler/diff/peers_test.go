package diff

import (
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
)

// Each rule of the others is in the table once, with rules that exist or with a reason.
func TestPeers(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, r := range Rules() {
		ids = append(ids, r.ID)
	}
	seen := map[string]bool{}
	count := func(names string) (n int) {
		for _, name := range strings.Fields(names) {
			if seen[name] {
				t.Errorf("%s is in two rows", name)
			}
			seen[name] = true
			n++
		}
		return n
	}
	buf, oasdiff := 0, 0
	for _, p := range Peers() {
		if (p.Rules == "") == (p.Why == "") {
			t.Errorf("a row has either rules or a reason: %q, %q", p.Rules, p.Why)
		}
		for _, id := range strings.Fields(p.Rules) {
			if !slices.Contains(ids, id) {
				t.Errorf("there is no rule %s", id)
			}
		}
		buf, oasdiff = buf+count(p.Buf), oasdiff+count(p.OASDiff)
	}
	if buf != 69 || oasdiff != 295 {
		t.Errorf("%d rules of buf and %d of oasdiff are accounted for", buf, oasdiff)
	}
}

// A name that bentoc explain is asked for is a code or a rule.
func TestExplain(t *testing.T) {
	t.Parallel()
	for _, r := range Rules() {
		if diag.Explain(diag.Code(r.ID)) != "" {
			t.Errorf("%s is a code of a diagnostic too", r.ID)
		}
		text := Explain(r.ID)
		if !strings.Contains(text, r.Explain) || r.Cure != "" && !strings.Contains(text, r.Cure) {
			t.Errorf("%s is explained by\n%s", r.ID, text)
		}
	}
	if Explain("no-such-rule") != "" {
		t.Error("what is no rule is explained")
	}
}
