package diff

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// unknownRules say what could not be compared: a comparison that has not seen all must
// not look like one that has found nothing.
var unknownRules = []Rule{{
	ID: "types-unknown", Audience: Caller, Severity: Breaking,
	Purpose: "types that a model has part in are not known",
	Explain: "What a model takes and gives back is read from its file when it is locked. Where a side has no bento.lock, or one that does not have the model as it is declared, nothing is known of the types that come from it, so a change of them cannot be found, and any may be a break: that nothing was found must not let it pass. It is risky where both sides declare the very same file, by a version or a digest: the types are the same then, unless a rule says otherwise.",
	Cure:    "run bentoc lock and commit bento.lock on both sides",
	On: changed(func(c *Call, old, new *ir.Bento) {
		before, after := unknownModels(old), unknownModels(new)
		for _, name := range slices.Sorted(maps.Keys(union(before, after))) {
			var where []string
			f := Finding{Path: "models." + name, Before: known(old, name), After: known(new, name)}
			if before[name] != nil {
				where = append(where, sideOf(c.Old, "the old side"))
			}
			if after[name] != nil {
				where = append(where, sideOf(c.New, "the new side"))
			}
			if m := old.Models[name]; m != nil {
				f.Old = m.Pos
			}
			if m := new.Models[name]; m != nil {
				f.New = m.Pos
			}
			f.Reason = fmt.Sprintf("what the model takes and gives back is not known %s: types that come from it are not compared", strings.Join(where, ", and "))
			if samePinned(old.Models[name], new.Models[name]) {
				f.Severity = Risky
				f.Reason += ", but both sides declare the same file"
			}
			c.Find("", f)
		}
	}),
}}

// samePinned tells whether two sides declare one model of one file, by what never changes:
// the version of a package, or a digest. A path leads to whatever lies there.
func samePinned(old, new *ir.Model) bool {
	if old == nil || new == nil || old.Source.Path != "" || old.Source.HTTP != nil && old.Source.HTTP.SHA256 == "" || old.Source.PyPI != nil && old.Source.PyPI.Version == "" {
		return false
	}
	a, b := *copyOf(old), *copyOf(new)
	a.Doc, b.Doc, a.Signature, b.Signature = "", "", nil, nil
	return reflect.DeepEqual(a, b)
}

func sideOf(s Side, which string) string {
	if s.Facts.Known {
		return fmt.Sprintf("on %s, whose bento.lock does not have it as it is declared", which)
	}
	return fmt.Sprintf("on %s, which has no bento.lock", which)
}

// unknownModels are the models that runners run and whose signature is not known.
func unknownModels(b *ir.Bento) map[string]*ir.Model {
	unknown := map[string]*ir.Model{}
	for _, r := range b.Runners {
		if m := b.Models[r.Engine.RunsModel()]; m != nil && m.Signature == nil {
			unknown[r.Engine.RunsModel()] = m
		}
	}
	return unknown
}

func known(b *ir.Bento, name string) string {
	m := b.Models[name]
	switch {
	case m == nil:
		return ""
	case m.Signature == nil:
		return "unknown"
	}
	return "known"
}

func union(a, b map[string]*ir.Model) map[string]*ir.Model {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
