package assign

import (
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// Every kind of the IR has a whole row, and no row is for anything else.
func TestKindsHaveRows(t *testing.T) {
	t.Parallel()
	for _, k := range ir.Kinds {
		if row := kinds[k]; row.fit == nil || row.holds == nil || row.text == nil {
			t.Errorf("kinds has no whole row for %s", k)
		}
	}
	if len(kinds) != len(ir.Kinds) {
		t.Errorf("kinds has %d rows for %d kinds", len(kinds), len(ir.Kinds))
	}
}

// Every kind against every kind has an answer with a reason, and a constant of each
// kind against every kind.
func TestEveryPairIsAnswered(t *testing.T) {
	t.Parallel()
	types := map[ir.Kind]*ir.Type{
		ir.KindRef:   notation.Type(`#T`),
		ir.KindUnion: notation.Type(`int | string`), ir.KindList: notation.Type(`[...int]`),
		ir.KindMap: notation.Type(`{[string]: int}`), ir.KindObject: notation.Type(`{a: int}`),
	}
	for _, k := range ir.Kinds {
		if types[k] == nil {
			types[k] = &ir.Type{Kind: k}
		}
	}
	b := &ir.Bento{Types: map[string]*ir.Type{"T": notation.Type(`bool`)}}
	for _, p := range ir.Kinds {
		for _, c := range ir.Kinds {
			r := New(b).Fit(types[p], types[c])
			if r.Verdict != Fits && r.Why == "" || p == c && r.Verdict != Fits {
				t.Errorf("%s into %s: %+v", p, c, r)
			}
		}
		for _, v := range []string{"null", "true", "1", "1.5", `"a"`, "[1]", `{"a": 1}`} {
			if r := New(b).Conforms(ir.Const(v), types[p]); r.Verdict == FitsAtRunTime || r.Verdict == No && r.Why == "" {
				t.Errorf("%s as %s: %+v", v, p, r)
			}
		}
	}
}
