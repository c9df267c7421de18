package assign_test

import (
	"testing"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// A constant stands for a tensor of one element that can hold it, and for no other.
func TestConstantAsScalarTensor(t *testing.T) {
	t.Parallel()
	for dtype, values := range map[string]map[string]bool{
		"int8":    {"-128": true, "127": true, "128": false, "-129": false, "1.5": false, "1.0": true, `"1"`: false, "true": false, "null": false, "[1]": false},
		"uint8":   {"0": true, "255": true, "256": false, "-1": false},
		"int64":   {"16000": true, "9223372036854775807": true, "9223372036854775808": false, "-9223372036854775808": true},
		"uint64":  {"0": true, "9223372036854775807": true, "9223372036854775808": false, "-1": false},
		"float32": {"0.5": true, "3": true, `"x"`: false, "false": false},
		"float64": {"1e300": true, "1e400": false},
		"float16": {"1": false},
		"bool":    {"true": true, "1": false},
		"string":  {`"x"`: true, "1": false},
		"":        {"1": false},
	} {
		typ := &ir.Type{Kind: ir.KindTensor, DType: dtype, Rank0: true}
		for value, fits := range values {
			if got := assign.New(&ir.Bento{}).Conforms(ir.Const(value), typ); (got.Verdict == assign.Fits) != fits {
				t.Errorf("%s as a scalar of %q: %v", value, dtype, got)
			}
		}
		typ = &ir.Type{Kind: ir.KindTensor, DType: dtype, Shape: []ir.Dim{{Size: 1}}}
		if got := assign.New(&ir.Bento{}).Conforms(ir.Const("1"), typ); got.Verdict != assign.No {
			t.Errorf("1 as a list of %q", dtype)
		}
	}
}
