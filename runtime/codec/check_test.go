package codec_test

import (
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/tensor"
)

func TestCheckErrorSaysWhereAndIsNoFaultOfTheClient(t *testing.T) {
	t.Parallel()
	var c codec.Checker
	c.In("lines")
	codec.CheckList(&c, []float64{0.5, 1.5}, func(c *codec.Checker, v float64) { c.AtMost(v, 1) })
	c.Out()
	err := c.Err("the output of runner spell")
	if want := "the output of runner spell does not fit its type: lines[1]: must be at most 1"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, ok := err.(interface{ StatusCode() int }); ok {
		t.Error("it has a status")
	}
	var fine codec.Checker
	if err := fine.Err("x"); err != nil {
		t.Errorf("no problem is %v", err)
	}
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		check func(*codec.Checker)
		want  string
	}{
		{func(c *codec.Checker) { c.MultipleOf(0.3, "0.1") }, ""},
		{func(c *codec.Checker) { c.MultipleOf(0.35, "0.1") }, "must be a multiple of 0.1"},
		{func(c *codec.Checker) { c.MultipleOf(1e300, "0.1") }, ""},
		{func(c *codec.Checker) { c.MultipleOfInt(7, 2) }, "must be a multiple of 2"},
		{func(c *codec.Checker) { c.OneOf("c", "a", "b") }, `must be "a" or "b"`},
		{func(c *codec.Checker) { c.OneOfFloat(1, 1, 2) }, ""},
		{func(c *codec.Checker) { c.OneOfJSON([]byte(`[1.0,"é"]`), `[1, "\u00e9"]`) }, ""},
		{func(c *codec.Checker) { c.OneOfJSON([]byte(`[2]`), `[1]`) }, "must be [1]"},
		{func(c *codec.Checker) { c.NotJSON([]byte(`{"b":1,"a":2}`), `{"a":2,"b":1.0}`) }, `must not be {"a":2,"b":1.0}`},
		{func(c *codec.Checker) { c.Shape([]int{3, 4}, 12, 3, -1) }, ""},
		{func(c *codec.Checker) { c.Shape([]int{3, 4}, 11, 3, -1) }, "has 11 elements, which is not what the shape [3, 4] holds"},
		{func(c *codec.Checker) { c.Elements([]int{1 << 40, 1 << 40}, 0) }, "has 0 elements, which is not what the shape [1099511627776, 1099511627776] holds"},
		{func(c *codec.Checker) { c.Shape([]int{2}, 2, 3) }, "must have the shape [3], not [2]"},
		{func(c *codec.Checker) {
			c.SameSize("n", codec.SizeOf([]int{3, 4}, 0), codec.SizeOf([]int{3, 4}, 1))
		}, "dimension 1 (n) is 4, but dimension 0 is 3"},
		{func(c *codec.Checker) {
			c.InItem(2)
			c.SameSize("w", codec.SizeOf(nil, 0, "absent"), codec.SizeOf([]int{2}, 0, "a", "x"), codec.SizeOf([]int{2}, 0, "b"), codec.SizeOf([]int{5}, 0, "a", "y"))
			c.Out()
		}, "[2].a.y: dimension 0 (w) is 5, but that of [2].a.x is 2"},
		{func(c *codec.Checker) {
			codec.Unique(c, [][]int64{{1}, {2}, {1}}, func(b []byte, v []int64) []byte { return codec.AppendList(b, v, codec.AppendInt) })
		}, "must have no item twice, but items 0 and 2 are the same"},
	} {
		var checker codec.Checker
		c.check(&checker)
		got := ""
		if err := checker.Err("x"); err != nil {
			got = strings.TrimPrefix(err.Error(), "x does not fit its type: ")
		}
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestTensors(t *testing.T) {
	t.Parallel()
	read := func(in string) string {
		v, err := codec.JSONValue(codec.Literal, func(r *codec.Reader, v *codec.AnyTensor) { r.AnyTensor(v) }).Decode(&spec.Source{Body: []byte(in)})
		if err != nil {
			return err.Error()
		}
		tt := v.(codec.AnyTensor)
		return tt.DType + " " + string(codec.AppendAnyTensor(nil, tt))
	}
	for in, want := range map[string]string{
		`[[1,2],[3,4]]`:    "int64 [[1,2],[3,4]]",
		`[[1,2.5]]`:        "float64 [[1.0,2.5]]",
		`[NaN, -Infinity]`: "float64 [NaN,-Infinity]",
		`["a","b"]`:        `string ["a","b"]`,
		`[[true],[false]]`: "bool [[true],[false]]",
		`[]`:               "int64 []",
		`[[],[]]`:          "int64 [[],[]]",
		`5`:                "int64 5",
	} {
		if got := read(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	for _, in := range []string{`[[1,2],[3]]`, `[1,[2]]`, `[[1],2]`, `{"a":1}`, `[1,"a"]`, `[[`, `[1,]`} {
		if got := read(in); !strings.Contains(got, ":") && !strings.Contains(got, " ") {
			t.Errorf("%s: got %s", in, got)
		}
	}
}

func TestTensorsOfModels(t *testing.T) {
	t.Parallel()
	half, err := codec.ToTensor(codec.Tensor[float32]{Shape: []int{2}, Data: []float32{1, 0.1}}, tensor.Float16)
	if err != nil || half.DType != tensor.Float16 {
		t.Fatalf("got %v %v", half.DType, err)
	}
	back, err := codec.FromTensor[float32](half)
	if err != nil || back.Data[0] != 1 || back.Data[1] != 0.099975586 {
		t.Errorf("got %v %v", back, err)
	}
	if _, err := codec.FromTensor[int64](half); err == nil {
		t.Error("halves are taken for integers")
	}
	var c codec.Checker
	if v := codec.AsTensor[float32](&c, codec.AnyTensor{DType: "int64", Shape: []int{1}, Data: []int64{3}}); v.Data[0] != 3 || c.Err("x") != nil {
		t.Errorf("got %v %v", v, c.Err("x"))
	}
	codec.AsTensor[bool](&c, codec.AnyTensor{DType: "int64", Shape: []int{1}, Data: []int64{3}})
	if err := c.Err("x"); err == nil || !strings.HasSuffix(err.Error(), "must be a tensor of bool, not of int64") {
		t.Errorf("got %v", err)
	}
}
