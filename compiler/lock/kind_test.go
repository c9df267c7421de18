package lock

import (
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/need"
)

// TestRowsAreWhole finds rows that lack what others of them ask for.
func TestRowsAreWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range kinds {
		last := len(k.tests("example.com/x")) - 1
		switch {
		case k.name == "" || seen[k.name] || k.form == "" || last < 0:
			t.Errorf("%+v has no name and form of its own", k)
		case len(k.about) > 0 && slices.Max(k.about) >= last:
			t.Errorf("%s: all that is locked says what it is locked for", k.name)
		case k.once != nil && k.called == nil:
			t.Errorf("%s: its checksums have no words for people", k.name)
		case (k.entry != nil || k.follows != nil) && k.stale == nil:
			t.Errorf("%s: a lock without a known entry has no words for people", k.name)
		case k.resolve == nil && k.entry == nil && k.follows == nil || k.resolve != nil && k.what == "":
			t.Errorf("%s: nothing chooses its entries, or what fails has no name", k.name)
		}
		seen[k.name] = true
	}
}

// TestNothingIsLeftOut: what no row can lock is refused, not forgotten.
func TestNothingIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, i := range []need.Item{{Kind: "npm", Name: "left-pad"}, {Kind: need.Wheel, Name: "numpy"}, {Kind: need.Deb, Name: "libc6", Sum: "sha256:0"}} {
		_, _, err := Resolve(t.Context(), Request{Needs: need.Needs{Items: []need.Item{i}}})
		if err == nil || !strings.Contains(err.Error(), "locking "+i.Kind+" "+i.Name+": nothing here can choose it") {
			t.Errorf("%s: %v", i.Name, err)
		}
	}
}
