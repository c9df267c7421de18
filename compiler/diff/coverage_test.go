package diff

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/ir"
)

// TestFieldsAreCovered wants, of each field of the IR, a rule that covers it or a written
// reason why none does: what is added to the IR cannot be forgotten here.
func TestFieldsAreCovered(t *testing.T) {
	t.Parallel()
	covered := map[string]string{}
	for _, r := range Rules() {
		for _, f := range r.Covers {
			covered[f] = r.ID
		}
	}
	all := irFields(reflect.TypeFor[ir.Bento](), map[reflect.Type]bool{})
	for _, f := range all {
		rule, why := covered[f], uncovered[f]
		switch {
		case rule == "" && why == "":
			t.Errorf("no rule covers %s, and uncovered does not say why", f)
		case rule != "" && why != "":
			t.Errorf("%s is in uncovered, but the rule %s covers it", f, rule)
		}
	}
	for f, rule := range covered {
		if !slices.Contains(all, f) {
			t.Errorf("the rule %s covers %s, which is no field of the IR", rule, f)
		}
	}
	for f := range uncovered {
		if !slices.Contains(all, f) {
			t.Errorf("uncovered has %s, which is no field of the IR", f)
		}
	}
}

// irFields lists the fields of a struct, and of those that it is made of, as
// Struct.Field. Places are no part of a bento.
func irFields(t reflect.Type, seen map[reflect.Type]bool) (all []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] || t.PkgPath() != reflect.TypeFor[ir.Bento]().PkgPath() {
		return nil
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == "-" {
			continue
		}
		all = append(all, t.Name()+"."+f.Name)
		all = append(all, irFields(f.Type, seen)...)
	}
	return all
}

// TestRulesAreWhole holds that every row says all that a person asks of it.
func TestRulesAreWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range Rules() {
		if r.ID == "" || r.Purpose == "" || r.Explain == "" || r.On.run == nil || !slices.Contains(Severities, r.Severity) || !slices.Contains(Audiences, r.Audience) {
			t.Errorf("the rule %q is not whole", r.ID)
		}
		if r.Severity != Safe && r.Cure == "" {
			t.Errorf("the rule %s has no cure", r.ID)
		}
		if seen[r.ID] {
			t.Errorf("there are two rules %s", r.ID)
		}
		if strings.HasSuffix(r.Purpose, ".") || strings.HasSuffix(r.Cure, ".") || !strings.HasSuffix(r.Explain, ".") {
			t.Errorf("%s: Explain is sentences, Purpose and Cure have no full stop", r.ID)
		}
		seen[r.ID] = true
	}
}
