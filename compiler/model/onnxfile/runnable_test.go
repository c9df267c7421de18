package onnxfile_test

import (
	"fmt"
	"strings"
	"testing"

	"bentoc.dev/compiler/model/onnxfile"
)

// wired is a node that reads and makes tensors. What is not an attribute comes
// first: "op name: in in -> out out", where the name may be left out and _ stands
// for an empty name.
func wired(text string, attributes ...enc) enc {
	head, tensors, _ := strings.Cut(text, ":")
	ins, outs, _ := strings.Cut(tensors, "->")
	var n enc
	for _, in := range strings.Fields(ins) {
		n = n.str(1, strings.Trim(in, "_"))
	}
	for _, out := range strings.Fields(outs) {
		n = n.str(2, strings.Trim(out, "_"))
	}
	words := strings.Fields(head)
	if len(words) > 1 {
		n = n.str(3, words[1])
	}
	domain, op := "", words[0]
	if i := strings.LastIndexByte(op, '.'); i >= 0 {
		domain, op = op[:i], op[i+1:]
	}
	n = n.str(4, op)
	for _, a := range attributes {
		n = n.bytes(5, a)
	}
	return n.str(7, domain)
}

// integer and branch are attributes.
func integer(name string, v uint64) enc { return enc{}.str(1, name).uint(3, v).uint(20, 2) }
func branch(name string, nodes ...enc) enc {
	g := graph{nodes: nodes, outputs: []enc{f32("t", "n", 3)}}
	return enc{}.str(1, name).bytes(6, g.encode()).uint(20, 5)
}

// versions encodes a model with a format version and sets of operators, such as
// ai.onnx 17.
func versions(ir uint64, g graph, sets ...any) enc {
	m := enc{}.uint(1, ir).bytes(7, g.encode())
	for i := 0; i < len(sets); i += 2 {
		m = m.bytes(8, enc{}.str(1, sets[i].(string)).uint(2, uint64(sets[i+1].(int))))
	}
	return m
}

func problems(t *testing.T, data enc) string {
	t.Helper()
	m, err := read(t, data)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range m.Runnable(onnxfile.ORT132()) {
		all = append(all, p.Message)
	}
	return strings.Join(all, "\n")
}

func xy(nodes ...enc) graph {
	return graph{nodes: nodes, inputs: []enc{f32("x", "n", 3), value("c", tensorType(9, []any{}))}, outputs: []enc{f32("y", "n", 3)}}
}

func TestRunnable(t *testing.T) {
	t.Parallel()
	own := func(nodes ...enc) enc {
		f := enc{}.str(1, "Own").str(4, "a").str(5, "b")
		for _, n := range nodes {
			f = f.bytes(7, n)
		}
		return enc{}.bytes(25, f.bytes(9, enc{}.str(1, "").uint(2, 17)).str(10, "local"))
	}
	relu := xy(wired("Relu: x -> y"))
	cases := []struct {
		model enc
		want  string
	}{
		{versions(8, relu, "ai.onnx", 17), ""},
		{versions(8, xy(wired("Relu: x -> a"), wired("local.Own: a -> y")), "", 17, "local", 1), "the model uses operators that ONNX Runtime 1.32 does not have: local.Own"},
		{append(versions(8, xy(wired("Relu: x -> a"), wired("local.Own: a -> y")), "", 17, "local", 1), own(wired("Relu: a -> b"))...), ""},
		{append(versions(8, xy(wired("local.Own: x -> y")), "", 17, "local", 1), own(wired("Nope: a -> b"))...), "ONNX Runtime 1.32 has no operator Nope in version 17 of ai.onnx"},
		{append(versions(8, relu, "", 17), own(wired("other.Nope: a -> b"))...), ""}, // nobody calls it
		{append(versions(8, xy(wired("local.Own: x x -> y")), "", 17, "local", 1), own(wired("Relu: a -> b"))...), `the Own that makes "y" takes 2 tensors, the function takes 1`},
		{versions(99, relu, "", 17), "the file has format version 99, ONNX Runtime 1.32 reads up to 14"},
		{versions(8, relu, "", 6), ""},
		{versions(8, relu, "", 99), "the model uses opset 99, ONNX Runtime 1.32 has up to 28"},
		{versions(8, relu, "", 17, "ai.onnx.ml", 6), "the model uses opset 6 of ai.onnx.ml, ONNX Runtime 1.32 has up to 5"},
		{versions(8, relu, "", 17, "my.ops", 6), ""},
		{versions(8, xy(wired("my.ops.Nms: x -> a"), wired("local.Other: a -> y")), "", 17), "the model uses operators that ONNX Runtime 1.32 does not have: local.Other, my.ops.Nms"},
		{versions(8, xy(wired("Gelu: x -> y")), "", 17), "ONNX Runtime 1.32 has no operator Gelu in version 17 of ai.onnx"},
		{versions(8, xy(wired("com.microsoft.Gelu: x -> y")), "", 17), ""}, // the newest version where none is imported
		{versions(8, xy(wired("Upsample: x x -> y")), "", 17), "the operator Upsample is not to be used any more in version 17 of ai.onnx"},
	}
	for i, c := range cases {
		if got := problems(t, c.model); got != c.want {
			t.Errorf("%d: problems are %s, want %q", i, got, c.want)
		}
	}
}

// TestStructure has a graph of each kind that family.py makes, right and wrong
// ones, with the verdict of ONNX Runtime.
func TestStructure(t *testing.T) {
	t.Parallel()
	weight := func(g graph, inits ...enc) graph { g.inits = inits; return g }
	outputs := func(g graph, outs ...enc) graph { g.outputs = outs; return g }
	constant := wired("Constant same: -> k", enc{}.str(1, "value").bytes(5, weights("", 3)).uint(20, 4))
	if2 := func(nodes ...enc) enc {
		return wired("If: c -> y", branch("then_branch", nodes...), branch("else_branch", wired("Relu: x -> t")))
	}
	cases := []struct {
		name  string
		graph graph
		want  string
	}{
		{"right", xy(wired("Relu a: x -> y")), ""},
		{"without names", xy(wired("Relu: x -> a"), wired("Relu: a -> y")), ""},
		{"out of order", xy(wired("Relu: a -> y"), wired("Relu: x -> a")), ""},
		{"two nodes of one name", xy(wired("Relu n: x -> a"), wired("Abs n: a -> y")), `two nodes are named "n"`},
		{"names of constants", xy(constant, wired("Add same: x k -> y")), ""},
		{"a constant twice", xy(constant, constant, wired("Add: x k -> y")), ""},
		{"a constant after its reader", xy(wired("Add: x k -> y"), constant), ""},
		{"a constant without value", xy(wired("Constant: -> k"), wired("Add: x k -> y")), `the Constant that makes "k" has no value`},
		{"nobody makes it", xy(wired("Add: x q -> y")), `the Add that makes "y" reads the tensor "q", which nothing makes`},
		{"nobody makes it or wants it", xy(wired("Relu: x -> y"), wired("Relu r: q -> z")), `the node "r" (Relu) reads the tensor "q", which nothing makes`},
		{"made twice", xy(wired("Relu: x -> y"), wired("Abs b: x -> y")), `the tensor "y" is made twice, the second time by the node "b" (Abs)`},
		{"an input made again", xy(wired("Relu: x -> c"), wired("Relu: x -> y")), `the tensor "c" is made twice, the second time by the Relu that makes "c"`},
		{"a weight made again", weight(xy(wired("Relu: x -> w"), wired("Relu: x -> y")), weights("w", 3)), `the tensor "w" is made twice, the second time by the Relu that makes "w"`},
		{"a circle", xy(wired("Add: x b -> a"), wired("Relu: a -> b"), wired("Relu: b -> y")), `the nodes are no graph without circles: the Add that makes "a" waits for its own result`},
		{"a circle of one", xy(wired("Add: x y -> y")), `the nodes are no graph without circles: the Add that makes "y" waits for its own result`},
		{"a circle beside", xy(wired("Relu: x -> y"), wired("Relu: p -> q"), wired("Relu: q -> p")), `the nodes are no graph without circles: the Relu that makes "q" waits for its own result`},
		{"no such output", xy(wired("Relu: x -> a")), `nothing makes the output "y"`},
		{"an output that is the input", outputs(xy(), f32("x", "n", 3)), ""},
		{"an output that is a weight", outputs(weight(xy(), weights("w", 3)), f32("w", 3)), ""},
		{"nothing taken or given", xy(wired("Foo:"), wired("Relu: x -> y")), ""},
		{"too few", xy(wired("Add: x -> y")), `the Add that makes "y" takes 1 tensors, at least 2 are needed`},
		{"too many", xy(wired("Relu: x x -> y")), `the Relu that makes "y" takes 2 tensors, at most 1 are allowed`},
		{"too many made", xy(wired("Relu: x -> y z")), `the Relu that makes "y" gives 2 tensors, at most 1 are allowed`},
		{"left out", xy(wired("Clip: x _ _ -> y")), ""},
		{"wrongly left out", xy(wired("Add: x _ -> y")), `the Add that makes "y" takes no tensor 1, which may not be left out`},
		{"no attribute", xy(wired("Cast: x -> y")), `the Cast that makes "y" lacks the attribute to`},
		{"an attribute", xy(wired("Cast: x -> y", integer("to", 1))), ""},
		{"an attribute twice", xy(wired("Cast: x -> y", integer("to", 1), integer("to", 1))), `the Cast that makes "y" has the attribute to twice`},
		{"a strange attribute", xy(wired("Relu: x -> y", integer("alpha", 1))), `the Relu that makes "y" has an attribute alpha, which the operator does not know`},
		{"an attribute of ONNX Runtime", xy(wired("Relu: x -> y", integer("__alpha", 1))), ""},
		{"an attribute of another type", xy(wired("Cast: x -> y", enc{}.str(1, "to").str(4, "float").uint(20, 3))), `the attribute to of the Cast that makes "y" is of another type than the operator takes`},
		{"an attribute without type", xy(wired("Cast: x -> y", enc{}.str(1, "to").uint(3, 1))), `the attribute to of the Cast that makes "y" has no type`},
		{"another element type", outputs(xy(wired("Relu: x -> y")), value("y", tensorType(7, []any{"n", 3}))), `the Relu that makes "y" gives "y" as float32, but the file says that it is int64`},
		{"a cast", outputs(xy(wired("Cast: x -> y", integer("to", 7))), value("y", tensorType(7, []any{"n", 3}))), ""},
		{"a cast to another type", xy(wired("Cast: x -> y", integer("to", 7))), `the Cast that makes "y" gives "y" as int64, but the file says that it is float32`},
		{"always the same type", xy(wired("Shape: x -> y")), `the Shape that makes "y" gives "y" as int64, but the file says that it is float32`},
		{"two element types", xy(wired("Cast: x -> i", integer("to", 7)), wired("Add: x i -> y")), `the Add that makes "y" takes tensors of one type, "i" is int64 beside float32`},
		{"a type that it does not take", xy(wired("Cast: x -> i", integer("to", 7)), wired("Sin: i -> z"), wired("Relu: x -> y")), `the Sin that makes "z" takes no int64 as tensor 0, "i"`},
		{"a branch", xy(if2(wired("Relu: x -> t"))), ""},
		{"a branch that reads what comes later", xy(if2(wired("Relu: a -> t")), wired("Relu: x -> a")), ""},
		{"a branch in a circle", xy(if2(wired("Relu: a -> t")), wired("Relu: y -> a")), `the nodes are no graph without circles: the If that makes "y" waits for its own result`},
		{"a branch of nothing", xy(if2(wired("Relu: q -> t"))), `the Relu that makes "t", in a subgraph, reads the tensor "q", which nothing before it makes`},
		{"a branch out of order", xy(if2(wired("Relu: a -> t"), wired("Relu: x -> a"))), `the Relu that makes "t", in a subgraph, reads the tensor "a", which nothing before it makes`},
		{"a branch without result", xy(if2(wired("Relu: x -> a"))), `nothing makes the output "t" of a subgraph`},
		{"a branch with too few", xy(if2(wired("Add: x -> t"))), `the Add that makes "t" takes 1 tensors, at least 2 are needed`},
		{"a branch that gives back what is outside", xy(wired("Relu: x -> t"), if2()), `a subgraph gives "t" back, a tensor of the graph around it, without an Identity between`},
		{"a branch of two types", xy(wired("Cast: x -> i", integer("to", 7)), if2(wired("Add: x i -> t"))), `the Add that makes "t" takes tensors of one type, "i" is int64 beside float32`},
	}
	for _, c := range cases {
		if got := problems(t, versions(8, c.graph, "", 17)); got != c.want {
			t.Errorf("%s: problems are %s, want %q", c.name, got, c.want)
		}
	}
}

// A file with thousands of faults gives a few.
func TestFewProblems(t *testing.T) {
	t.Parallel()
	var nodes []enc
	for i := range 1000 {
		nodes = append(nodes, wired(fmt.Sprintf("Relu: q%d -> a%d", i, i)))
	}
	if got := strings.Count(problems(t, versions(8, xy(nodes...), "", 17)), "\n"); got != 4 {
		t.Errorf("%d lines", got+1)
	}
}
