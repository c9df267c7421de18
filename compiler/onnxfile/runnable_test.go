package onnxfile_test

import (
	"fmt"
	"strings"
	"testing"

	"bentoc.dev/compiler/onnxfile"
)

func TestRunnable(t *testing.T) {
	t.Parallel()
	versions := func(ir, opset uint64, nodes ...enc) *onnxfile.Model {
		g := linear()
		g.nodes = nodes
		m, err := read(t, enc{}.uint(1, ir).bytes(7, g.encode()).bytes(8, enc{}.str(1, "ai.onnx").uint(2, opset)).
			bytes(25, enc{}.str(1, "Own").bytes(7, node("", "Relu")).str(10, "local")))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	cases := []struct {
		model *onnxfile.Model
		want  string
	}{
		{versions(8, 17, node("", "Add"), node("ai.onnx.ml", "Scaler"), node("local", "Own")), ""},
		{versions(99, 17), "the file has format version 99, ONNX Runtime 1.32 reads up to 14"},
		{versions(8, 3), "the model uses opset 3, ONNX Runtime 1.32 runs 7 to 28"},
		{versions(8, 99), "the model uses opset 99"},
		{versions(8, 17, node("my.ops", "Nms"), node("local", "Other")), "does not have: local.Other, my.ops.Nms"},
	}
	for _, c := range cases {
		var got []string
		for _, p := range c.model.Runnable(onnxfile.ORT132()) {
			got = append(got, p.Message)
		}
		if s := fmt.Sprint(got); !strings.Contains(s, c.want) || (c.want == "") != (len(got) == 0) {
			t.Errorf("problems are %s, want %q", s, c.want)
		}
	}
}
