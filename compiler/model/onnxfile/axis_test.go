package onnxfile_test

import (
	"fmt"
	"strings"
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model/onnxfile"
)

// TestBatchAxisIsNeverGuessed: an axis is the batch's by default only where the
// symbols leave nothing else; what could be declared is offered.
func TestBatchAxisIsNeverGuessed(t *testing.T) {
	t.Parallel()
	unknown := func(name string) enc { return value(name, tensorType(1, nil)) }
	cases := []struct {
		name      string
		ins, outs []enc
		batched   bool
		axes      string // that may be declared, of those below 3
	}{
		{"one symbol", []enc{f32("x", "n", 3)}, []enc{f32("y", "n", 2)}, true, ""},
		{"one symbol, two of each", []enc{f32("a", "n", 3), f32("b", "n")}, []enc{f32("y", "n"), f32("z", "n", "k")}, true, ""},
		{"boxes that were found", []enc{f32("x", "n", 3)}, []enc{f32("y", "m", 2)}, false, "[0]"},
		{"one of two outputs is found", []enc{f32("x", "n", 3)}, []enc{f32("y", "n", 2), f32("z", "m")}, false, "[0]"},
		{"a product of matrices", []enc{f32("a", "n", "k"), f32("b", "k", "m")}, []enc{f32("y", "n", "m")}, false, "[]"},
		{"square matrices", []enc{f32("x", "n", "n")}, []enc{f32("y", "n", 2)}, false, "[]"},
		{"every pair", []enc{f32("x", "n", 3)}, []enc{f32("y", "n", "n")}, false, "[]"},
		{"no names", []enc{f32("x", nil, 3)}, []enc{f32("y", nil, 2)}, false, "[0]"},
		{"names for any size", []enc{f32("x", "?", 3)}, []enc{f32("y", "?", 2)}, false, "[0]"},
		{"an input without a name", []enc{f32("x", "n", 3), f32("z", nil)}, []enc{f32("y", "n", 2)}, false, "[0]"},
		{"a scalar input", []enc{f32("x", "n", 3), value("s", tensorType(1, []any{}))}, []enc{f32("y", "n", 2)}, false, "[0]"},
		{"a scalar output", []enc{f32("x", "n", 3)}, []enc{value("y", tensorType(1, []any{}))}, false, "[]"},
		{"a fixed output", []enc{f32("x", "n", 3)}, []enc{f32("y", 1, 3)}, false, "[]"},
		{"another axis", []enc{f32("x", 4, "n")}, []enc{f32("y", 4, "m")}, false, "[1]"},
		{"fixed", []enc{f32("x", 1, 3)}, []enc{f32("y", 1, 2)}, false, "[]"},
		{"unknown rank", []enc{unknown("x")}, []enc{unknown("y")}, false, "[0 1 2]"},
		{"unknown rank of an output", []enc{f32("x", "n", 3)}, []enc{unknown("y")}, false, "[0]"},
		{"unknown rank of an input", []enc{f32("x", "n", 3), unknown("z")}, []enc{f32("y", "n")}, false, "[0]"},
		{"no input", nil, []enc{f32("y", "n", 2)}, false, "[]"},
	}
	for _, c := range cases {
		sig, problems := onnxfile.Signature(mustRead(t, io1(c.ins, c.outs)), &ir.Model{})
		if len(problems) > 0 {
			t.Errorf("%s: problems %v", c.name, problems)
			continue
		}
		if got := strings.Contains(shown(sig), "*"); got != c.batched {
			t.Errorf("%s: the signature is %s", c.name, shown(sig))
		}
		if c.batched {
			continue
		}
		axes := onnxfile.BatchAxes(sig)
		if got := fmt.Sprint(append([]int{}, axes[:min(3, len(axes))]...)); got != c.axes {
			t.Errorf("%s: axes %s may be declared, want %s", c.name, got, c.axes)
		}
		for _, a := range axes[:min(3, len(axes))] {
			if _, problems := onnxfile.Signature(mustRead(t, io1(c.ins, c.outs)), &ir.Model{BatchAxis: axis(a)}); len(problems) > 0 {
				t.Errorf("%s: axis %d was offered and is refused: %v", c.name, a, problems)
			}
		}
	}
}

// TestDeclaredAxisAgainstTheSymbols: a size within one item is no batch.
func TestDeclaredAxisAgainstTheSymbols(t *testing.T) {
	t.Parallel()
	g := io1([]enc{f32("a", "n", "k"), f32("b", "k", "m")}, []enc{f32("y", "n", "m")})
	_, problems := onnxfile.Signature(mustRead(t, g), &ir.Model{BatchAxis: axis(0)})
	if len(problems) != 1 || problems[0].Field != "batchAxis" ||
		problems[0].Message != `axis 0 of "b" is k, a size within one item: it is also axis 1 of "a", float32[n,k]` {
		t.Errorf("problems are %v", problems)
	}
}
