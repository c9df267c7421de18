//go:build ort && linux && (amd64 || arm64)

package onnx

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/runtime/engine/onnx/onnxtest"
	"bentoc.dev/runtime/engine/onnx/ort"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/tensor"
)

func TestModelsThatDoNotLoad(t *testing.T) {
	t.Parallel()
	good := written(t, onnxtest.Add())
	bad := filepath.Join(t.TempDir(), "bad.onnx")
	if err := os.WriteFile(bad, []byte("not a model"), 0o600); err != nil {
		t.Fatal(err)
	}
	outside := onnxtest.Add()
	outside.Weights = []onnxtest.Weight{{Name: "w", Elem: onnxtest.Float, Dims: []int{4}, File: "missing.bin"}}
	outside.Nodes = append(outside.Nodes, onnxtest.Node{Op: "Add", Inputs: []string{"sum", "w"}, Outputs: []string{"z"}})
	outside.Outputs[0].Name = "z"
	for _, c := range []struct {
		name string
		cfg  Config
		want []string
	}{
		{"missing file", Config{ModelPath: "/nowhere/m.onnx"}, []string{"runner it: loading model /nowhere/m.onnx: ", "File doesn't exist"}},
		{"not ONNX", Config{ModelPath: bad}, []string{"runner it: loading model " + bad, "Protobuf parsing failed"}},
		{"missing weights", Config{ModelPath: written(t, outside)}, []string{"missing.bin"}},
		{"library", Config{ModelPath: good, Library: "/nowhere/lib.so"}, []string{"runner it: opening the ONNX runtime library /nowhere/lib.so", "No such file"}},
		{"option", Config{ModelPath: good, SessionOptions: map[string]string{"session.spin": "1"}}, []string{`unknown session option "session.spin"`}},
		{"own option", Config{ModelPath: good, SessionOptions: map[string]string{"session.intra_op_num_threads": "1"}}, []string{"is set by threads"}},
		{"no such input", Config{ModelPath: good, Inputs: []IO{{Name: "a"}, {Name: "image", File: "c"}}},
			[]string{`no input "c"; the file has "a" (float32 [N 4]), "b" (float32 [N 4])`}},
		{"no such output", Config{ModelPath: good, Outputs: []IO{{Name: "y"}}}, []string{`no output "y"; the file has "sum"`}},
		{"input left out", Config{ModelPath: good, Inputs: []IO{{Name: "a", Batched: true}}}, []string{`input "b" (float32 [N 4]) of the file is not declared`}},
		{"dtype", Config{ModelPath: good, Inputs: []IO{{Name: "a", DType: tensor.Int8}, {Name: "b"}}}, []string{`input "a": declared as int8, but the file has float32 [N 4]`}},
		{"rank", Config{ModelPath: good, Inputs: []IO{{Name: "a", Shape: []int{1, 4}, Batched: true}, {Name: "b"}}}, []string{"declared with 2 dimensions an item"}},
		{"size", Config{ModelPath: good, Inputs: []IO{{Name: "a", Shape: []int{5}, Batched: true}, {Name: "b"}}}, []string{"dimension 0 of an item is declared as 5"}},
		{"axis", Config{ModelPath: good, Inputs: []IO{{Name: "a", Batched: true, Axis: 2}, {Name: "b"}}}, []string{"batch axis 2, but"}},
		{"fixed axis", Config{ModelPath: good, Inputs: []IO{{Name: "a", Batched: true, Axis: 1}, {Name: "b"}}}, []string{"batch axis 1 is fixed to 4"}},
	} {
		if c.cfg.Library == "" {
			c.cfg.Library = library(t)
		}
		m := runner.New(running{Name: "it"}, New(c.cfg))
		err := m.Open(t.Context())
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", c.name, err, want)
			}
		}
		var e *runner.Error
		if _, err := m.Call(t.Context(), nil); !errors.As(err, &e) || e.Status != 503 {
			t.Errorf("%s: Infer gives %v", c.name, err)
		}
		if err := m.Close(t.Context()); err != nil {
			t.Errorf("%s: Close gives %v", c.name, err)
		}
	}
}

func TestExternalWeightsLieBesideTheModel(t *testing.T) {
	t.Parallel()
	m := onnxtest.Add()
	w := onnxtest.Floats("w", []float32{100, 200, 300, 400}, 4)
	raw := w.Raw
	w.File = "weights.bin"
	m.Weights = []onnxtest.Weight{w}
	m.Nodes = append(m.Nodes, onnxtest.Node{Op: "Add", Inputs: []string{"sum", "w"}, Outputs: []string{"z"}})
	m.Outputs[0].Name = "z"
	model := opened(t, m, func(c *setup) {
		if err := os.WriteFile(filepath.Join(filepath.Dir(c.ModelPath), "weights.bin"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	})
	x := tensor.Of([]float32{1, 2, 3, 4}, 4)
	if got := floats(t, infer(t, model, x, x)[0]); !slices.Equal(got, []float32{102, 204, 306, 408}) {
		t.Error(got)
	}
}

// TestSessionOptionsAreKnownToTheLibrary looks for each key in the library's file.
func TestSessionOptionsAreKnownToTheLibrary(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(library(t))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, key := range sessionOptions {
		if !strings.Contains(text, key) {
			t.Errorf("the library does not know %q", key)
		}
	}
	opened(t, onnxtest.Add(), func(c *setup) {
		c.SessionOptions = map[string]string{"session.set_denormal_as_zero": "1"}
	})
}

func TestSignatureOfTheFile(t *testing.T) {
	t.Parallel()
	lib, err := ort.Open(library(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		m    onnxtest.Model
		want string
	}{
		{onnxtest.Add(), "a float32 [N 4], b float32 [N 4] -> sum float32 [N 4]"},
		{onnxtest.ZipMap([]string{"a", "b", "c"}), "x float32 [N 3] -> y sequence of map of string to float32 of any shape"},
		{onnxtest.Zeros(), "shape int64 [rank] -> y float32 of any shape"},
		{onnxtest.Identity(onnxtest.BFloat16, nil, 2, "w"), "x bfloat16 [? 2 w] -> y bfloat16 [? 2 w]"},
	} {
		s, err := lib.Load(written(t, c.m), ort.Options{})
		if err != nil {
			t.Fatal(err)
		}
		show := func(infos []ort.Info) string {
			var out []string
			for _, i := range infos {
				out = append(out, fmt.Sprintf("%s %s", i.Name, i.Type))
			}
			return strings.Join(out, ", ")
		}
		if got := show(s.Inputs()) + " -> " + show(s.Outputs()); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		s.Close()
	}
	if !strings.Contains(lib.Version(), ".") {
		t.Errorf("version %q", lib.Version())
	}
}
