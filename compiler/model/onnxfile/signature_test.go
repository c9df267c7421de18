package onnxfile_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model/onnxfile"
)

func io1(inputs, outputs []enc) graph {
	return graph{nodes: []enc{node("", "Op")}, inputs: inputs, outputs: outputs}
}

func f32(name string, dims ...any) enc { return value(name, tensorType(1, dims)) }

// detector has the names and shapes of PP-OCRv4's detection model.
func detector() graph {
	return io1([]enc{f32("x", "d.0", 3, "d.1", "d.2")}, []enc{f32("sigmoid_0.tmp_0", "d.3", 1, "d.4", "d.5")})
}

// voice has the names and shapes of Silero's voice detector: a state whose
// first dimension is fixed and a scalar.
func voice() graph {
	return io1(
		[]enc{f32("input", nil, nil), f32("state", 2, nil, 128), value("sr", tensorType(7, []any{}))},
		[]enc{f32("output", nil, 1), f32("stateN", nil, nil, nil)})
}

func axis(n int) *int { return &n }

// shown writes a signature on one line: * marks batched tensors.
func shown(s *ir.Signature) string {
	var parts []string
	for _, list := range [][]ir.TensorField{s.Inputs, s.Outputs} {
		var side []string
		for _, f := range list {
			shape, _ := json.Marshal(f.Shape)
			mark := ""
			if f.Batched {
				mark = "*"
			}
			side = append(side, fmt.Sprintf("%s%s %s%s", f.Name, mark, f.DType, strings.ReplaceAll(string(shape), `"`, "")))
		}
		parts = append(parts, strings.Join(side, ", "))
	}
	return strings.Join(parts, " -> ")
}

func TestSignature(t *testing.T) {
	t.Parallel()
	fixed := io1([]enc{f32("image", 1, 3, 224, 224)}, []enc{f32("logits", 1, 1000)})
	cases := []struct {
		name  string
		graph graph
		decl  ir.Model
		want  string
	}{
		{"default batch axis", linear(), ir.Model{}, "x* float32[{size:3}] -> y* float32[{size:2}]"},
		{"renamed", detector(), ir.Model{Outputs: map[string]string{"y": "sigmoid_0.tmp_0"}, BatchAxis: axis(0)},
			"x* float32[{size:3},{symbol:d.1},{symbol:d.2}] -> y* float32[{size:1},{symbol:d.4},{symbol:d.5}]"},
		{"sanitised", detector(), ir.Model{BatchAxis: axis(0)},
			"x* float32[{size:3},{symbol:d.1},{symbol:d.2}] -> sigmoid_0_tmp_0* float32[{size:1},{symbol:d.4},{symbol:d.5}]"},
		{"no batch axis by default", voice(), ir.Model{},
			"input float32[{},{}], state float32[{size:2},{},{size:128}], sr int64[] -> output float32[{},{size:1}], stateN float32[{},{},{}]"},
		{"switched off", linear(), ir.Model{BatchAxis: axis(onnxfile.NoBatchAxis)},
			"x float32[{symbol:batch},{size:3}] -> y float32[{symbol:batch},{size:2}]"},
		{"fixed to one", fixed, ir.Model{BatchAxis: axis(0)},
			"image* float32[{size:3},{size:224},{size:224}] -> logits* float32[{size:1000}]"},
		{"unknown rank", io1([]enc{value("x", tensorType(1, nil))}, []enc{value("y", tensorType(1, nil))}), ir.Model{},
			"x float32null -> y float32null"},
		{"unknown rank, declared", io1([]enc{value("x", tensorType(1, nil))}, []enc{value("y", tensorType(1, nil))}), ir.Model{BatchAxis: axis(0)},
			"x* float32null -> y* float32null"},
		{"second axis", io1([]enc{f32("x", 10, "n", 3)}, []enc{f32("y", 10, "n")}), ir.Model{BatchAxis: axis(1)},
			"x* float32[{size:10},{size:3}] -> y* float32[{size:10}]"},
	}
	for _, c := range cases {
		sig, problems := onnxfile.Signature(mustRead(t, c.graph), &c.decl)
		if len(problems) > 0 {
			t.Errorf("%s: problems %v", c.name, problems)
		} else if got := shown(sig); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestSignatureKeepsTheFilesNames(t *testing.T) {
	t.Parallel()
	sig, _ := onnxfile.Signature(mustRead(t, detector()), &ir.Model{Outputs: map[string]string{"y": "sigmoid_0.tmp_0"}})
	if sig.Inputs[0].File != "" || sig.Outputs[0].File != "sigmoid_0.tmp_0" {
		t.Errorf("names in the file are %q and %q", sig.Inputs[0].File, sig.Outputs[0].File)
	}
	fixed := io1([]enc{f32("x", 1, 3)}, []enc{f32("y", 1, 2)})
	one, _ := onnxfile.Signature(mustRead(t, fixed), &ir.Model{BatchAxis: axis(0)})
	if sig.MaxBatch != 0 || one.MaxBatch != 1 {
		t.Errorf("largest batches are %d and %d", sig.MaxBatch, one.MaxBatch)
	}
}

// Two tensors never share a name in silence: one would be fed with the other's
// values. The line that is shown is the cure.
func TestNamesStayUnique(t *testing.T) {
	t.Parallel()
	g := io1([]enc{f32("a b", "n"), f32("a_b", "n"), f32("a.b.2", "n"), f32("0", "n"), f32("__", "n")}, []enc{f32("y", "n")})
	_, problems := onnxfile.Signature(mustRead(t, g), &ir.Model{})
	if len(problems) != 1 || problems[0].Message != `the inputs "a b" and "a_b" of the file would both be called a_b` ||
		problems[0].Hint != "give one of them a name of its own here, such as `inputs: a_b_3: \"a_b\"`" {
		t.Fatalf("problems are %v", problems)
	}
	for _, c := range []struct {
		renames map[string]string
		want    string
	}{
		{map[string]string{"a_b_3": "a_b"}, "a_b a_b_3 a_b_2 t0 t"},
		{map[string]string{"a_b": "a_b", "gap": "a b"}, "gap a_b a_b_2 t0 t"},
	} {
		sig, problems := onnxfile.Signature(mustRead(t, g), &ir.Model{Inputs: c.renames})
		if problems != nil {
			t.Fatal(problems)
		}
		var names []string
		for _, f := range sig.Inputs {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("names are %s, want %s", got, c.want)
		}
	}
	_, problems = onnxfile.Signature(mustRead(t, g), &ir.Model{Inputs: map[string]string{"a_b": "a.b.2"}})
	if len(problems) != 2 {
		t.Errorf("two are called as one that is renamed to it: %v", problems)
	}
}

func TestSignatureProblems(t *testing.T) {
	t.Parallel()
	zipmap := enc{}.bytes(4, enc{}.bytes(1, enc{}.bytes(5, enc{}.uint(1, 7).bytes(2, tensorType(1, []any{})))))
	seq := func(name string) enc { return value(name, enc{}.bytes(4, enc{}.bytes(1, tensorType(1, []any{"k"})))) }
	cases := []struct {
		name  string
		graph graph
		decl  ir.Model
		want  string
	}{
		{"int4 input", io1([]enc{value("x", tensorType(22, []any{2}))}, []enc{f32("y", 2)}), ir.Model{},
			`error unsupported : the input "x" is int4[2], which a bento cannot pass on (export the model with a Cast to one of bool, int8,`},
		{"complex output", io1([]enc{f32("x", 2)}, []enc{f32("y", 2), value("z", tensorType(14, []any{2}))}), ir.Model{},
			`warning unsupported : the output "z" is complex64[2], which a bento cannot pass on: it is left out (export`},
		{"complex output wanted", io1([]enc{f32("x", 2)}, []enc{f32("y", 2), value("z", tensorType(14, []any{2}))}), ir.Model{Outputs: map[string]string{"z": "z"}},
			`error unsupported outputs.z: the output "z" is complex64[2], which a bento cannot pass on (export`},
		{"int4 input with a name", io1([]enc{value("x", tensorType(22, []any{2}))}, []enc{f32("y", 2)}), ir.Model{Inputs: map[string]string{"in": "x"}},
			`error unsupported inputs.in: the input "x" is int4[2]`},
		{"nothing but a sequence", io1([]enc{f32("x", "n", 2)}, []enc{seq("y")}), ir.Model{},
			`error unsupported : the model gives nothing back that a bento can pass on: "y" is sequence(float32[k]) (export the model so that it gives tensors)`},
		{"nothing but float8", io1([]enc{f32("x", "n", 2)}, []enc{value("y", tensorType(17, []any{2}))}), ir.Model{},
			`error unsupported : the model gives nothing back that a bento can pass on: "y" is float8e4m3fn[2]`},
		{"unknown output", detector(), ir.Model{Outputs: map[string]string{"y": "sigmoid_0_tmp_0"}},
			`error unknown-tensor outputs.y: the model file has no output "sigmoid_0_tmp_0"; it has "sigmoid_0.tmp_0" (did you mean "sigmoid_0.tmp_0"?)`},
		{"unknown input", linear(), ir.Model{Inputs: map[string]string{"image": "pictures"}},
			`error unknown-tensor inputs.image: the model file has no input "pictures"; it has "x"`},
		{"weight", linear(), ir.Model{Inputs: map[string]string{"w": "w"}},
			`error unknown-tensor inputs.w: "w" is a weight of the file with a value of its own, not an input`},
		{"named twice", linear(), ir.Model{Inputs: map[string]string{"a": "x", "b": "x"}},
			`error conflict inputs.b: a and b both name the tensor "x" of the file`},
		{"no such axis", linear(), ir.Model{BatchAxis: axis(2)},
			`error bad-model batchAxis: no input has an axis 2: "x" is float32[batch,3]`},
		{"fixed axis", linear(), ir.Model{BatchAxis: axis(1)},
			`error bad-model batchAxis: axis 1 of the input "x" has the fixed size 3: float32[batch,3]`},
		{"output not batched", io1([]enc{f32("x", "n", 3)}, []enc{value("loss", tensorType(1, []any{}))}), ir.Model{BatchAxis: axis(0)},
			`error bad-model batchAxis: the output "loss" has no axis 0 to take items from: float32[]`},
		{"zipmap", io1([]enc{f32("x", "n", 3)}, []enc{f32("y", "n"), value("p", zipmap)}), ir.Model{},
			`warning unsupported : the output "p" is sequence(map(int64,float32[])), which a bento cannot pass on: it is left out`},
		{"zipmap wanted", io1([]enc{f32("x", "n", 3)}, []enc{f32("y", "n"), value("p", zipmap)}), ir.Model{Outputs: map[string]string{"p": "p"}},
			`error unsupported outputs.p: the output "p" is sequence(map(int64,float32[])), which a bento cannot pass on`},
	}
	for _, c := range cases {
		sig, problems := onnxfile.Signature(mustRead(t, c.graph), &c.decl)
		if len(problems) == 0 {
			t.Errorf("%s: no problem, signature %s", c.name, shown(sig))
			continue
		}
		p := problems[max(0, slices.IndexFunc(problems, func(p onnxfile.Problem) bool { return p.Severity == diag.Error }))]
		got := fmt.Sprintf("%s %s %s: %s (%s)", p.Severity, p.Code, p.Field, p.Message, p.Hint)
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if (sig == nil) != (p.Severity == diag.Error) {
			t.Errorf("%s: signature is %v beside a problem of severity %s", c.name, sig, p.Severity)
		}
	}
}

func TestProblemIn(t *testing.T) {
	t.Parallel()
	pos := func(line int) diag.Pos { return diag.Pos{File: "bento.cue", Line: line, Col: 1} }
	b := &ir.Bento{
		Models: map[string]*ir.Model{"det": {Pos: pos(3)}},
		At:     map[string]diag.Pos{"models.det.outputs": pos(5), "models.det.outputs.y": pos(6)},
	}
	for field, line := range map[string]int{"": 3, "outputs.y": 6, "outputs.z": 5, "batchAxis": 3} {
		d := onnxfile.Problem{Code: diag.UnknownTensor, Severity: diag.Error, Field: field, Message: "m", Hint: "h"}.In(b, "det")
		if d.Pos.Line != line || d.Message != "m" || d.Hint != "h" || d.Code != diag.UnknownTensor {
			t.Errorf("the problem of %q is %+v, want line %d", field, d, line)
		}
		if want := strings.TrimSuffix("bento.models.det."+field, "."); d.Path != want {
			t.Errorf("its path is %s, want %s", d.Path, want)
		}
	}
}
