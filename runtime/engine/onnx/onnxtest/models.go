package onnxtest

import (
	"fmt"
	"math/rand/v2"
)

// Add adds two matrices of 4 columns.
func Add() Model {
	dims := []any{"N", 4}
	return Model{
		Inputs:  []Value{{Name: "a", Elem: Float, Dims: dims}, {Name: "b", Elem: Float, Dims: dims}},
		Outputs: []Value{{Name: "sum", Elem: Float, Dims: dims}},
		Nodes:   []Node{{Op: "Add", Inputs: []string{"a", "b"}, Outputs: []string{"sum"}}},
	}
}

// Identity gives a tensor of any element type and shape back.
func Identity(elem int, dims ...any) Model {
	return Model{
		Inputs:  []Value{{Name: "x", Elem: elem, Dims: dims}},
		Outputs: []Value{{Name: "y", Elem: elem, Dims: dims}},
		Nodes:   []Node{{Op: "Identity", Inputs: []string{"x"}, Outputs: []string{"y"}}},
	}
}

// Cast converts elements.
func Cast(from, to int) Model {
	return Model{
		Inputs:  []Value{{Name: "x", Elem: from, Dims: []any{"N", "W"}}},
		Outputs: []Value{{Name: "y", Elem: to, Dims: []any{"N", "W"}}},
		Nodes:   []Node{{Op: "Cast", Inputs: []string{"x"}, Outputs: []string{"y"}, Attrs: map[string]any{"to": to}}},
	}
}

// MLP is a perceptron with the given layer sizes, ReLU between them and random
// weights.
func MLP(sizes ...int) Model {
	r := rand.New(rand.NewPCG(1, 2))
	m := Model{
		Inputs:  []Value{{Name: "x", Elem: Float, Dims: []any{"N", sizes[0]}}},
		Outputs: []Value{{Name: "y", Elem: Float, Dims: []any{"N", sizes[len(sizes)-1]}}},
	}
	at := "x"
	for i := range len(sizes) - 1 {
		w := make([]float32, sizes[i]*sizes[i+1])
		for j := range w {
			w[j] = (r.Float32() - 0.5) * 0.1
		}
		weight, bias := fmt.Sprintf("w%d", i), fmt.Sprintf("b%d", i)
		m.Weights = append(m.Weights, Floats(weight, w, sizes[i], sizes[i+1]),
			Floats(bias, make([]float32, sizes[i+1]), sizes[i+1]))
		next := fmt.Sprintf("h%d", i)
		if i == len(sizes)-2 {
			next = "y"
		}
		m.Nodes = append(m.Nodes, Node{Op: "Gemm", Inputs: []string{at, weight, bias}, Outputs: []string{next}})
		at = next
		if next != "y" {
			at = fmt.Sprintf("r%d", i)
			m.Nodes = append(m.Nodes, Node{Op: "Relu", Inputs: []string{next}, Outputs: []string{at}})
		}
	}
	return m
}

// ZipMap labels the columns of a matrix, as classifiers exported by skl2onnx do.
func ZipMap(labels any) Model {
	attr, keys := "classlabels_int64s", Int64
	if _, ok := labels.([]string); ok {
		attr, keys = "classlabels_strings", String
	}
	return Model{
		Inputs:  []Value{{Name: "x", Elem: Float, Dims: []any{"N", 3}}},
		Outputs: []Value{{Name: "y", Elem: Float, Keys: keys}},
		Nodes: []Node{{Op: "ZipMap", Domain: "ai.onnx.ml", Inputs: []string{"x"}, Outputs: []string{"y"},
			Attrs: map[string]any{attr: labels}}},
	}
}

// Lookup gathers rows of a table of n rows by index. An index out of range is an
// error of the run.
func Lookup(n int) Model {
	table := make([]float32, n)
	for i := range table {
		table[i] = float32(i) * 10
	}
	return Model{
		Inputs:  []Value{{Name: "i", Elem: Int64, Dims: []any{"N"}}},
		Outputs: []Value{{Name: "v", Elem: Float, Dims: []any{"N"}}},
		Nodes:   []Node{{Op: "Gather", Inputs: []string{"table", "i"}, Outputs: []string{"v"}}},
		Weights: []Weight{Floats("table", table, n)},
	}
}

// Zeros makes a tensor of the shape that it is given.
func Zeros() Model {
	return Model{
		Inputs:  []Value{{Name: "shape", Elem: Int64, Dims: []any{"rank"}}},
		Outputs: []Value{{Name: "y", Elem: Float}},
		Nodes:   []Node{{Op: "ConstantOfShape", Inputs: []string{"shape"}, Outputs: []string{"y"}}},
	}
}

// Slow multiplies a square matrix of n rows by itself, many times over.
func Slow(n, times int) Model {
	m := Model{
		Inputs:  []Value{{Name: "x", Elem: Float, Dims: []any{n, n}}},
		Outputs: []Value{{Name: "y", Elem: Float, Dims: []any{n, n}}},
	}
	at := "x"
	for i := range times {
		next := fmt.Sprintf("m%d", i)
		if i == times-1 {
			next = "y"
		}
		m.Nodes = append(m.Nodes, Node{Op: "MatMul", Inputs: []string{at, "x"}, Outputs: []string{next}})
		at = next
	}
	return m
}
