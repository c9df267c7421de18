package main

import (
	"encoding/binary"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// protobuf writes a message of the wire format, enough for small ONNX models.
type protobuf []byte

func (p protobuf) uint(num int, v uint64) protobuf {
	return binary.AppendUvarint(binary.AppendUvarint(p, uint64(num)<<3), v)
}

func (p protobuf) bytes(num int, v []byte) protobuf {
	p = binary.AppendUvarint(p, uint64(num)<<3|2)
	return append(binary.AppendUvarint(p, uint64(len(v))), v...)
}

func (p protobuf) str(num int, v string) protobuf { return p.bytes(num, []byte(v)) }

// elementTypes are the numbers of TensorProto.DataType.
var elementTypes = map[string]uint64{"float32": 1, "uint8": 2, "int64": 7, "string": 8, "float64": 11, "complex64": 14, "bfloat16": 16, "int4": 22}

// tensorOf is an input or output of a model.
type tensorOf struct {
	name  string
	dtype uint64 // 0 for a sequence
	value protobuf
}

// scriptONNX writes an ONNX file whose graph is y = x·w, with weights of 3 by 2,
// where x is the first input and y the first output; the others are not read, and
// are made of x. With op, the graph is that operator in place of the product, of x and the
// inputs that with names.
func scriptONNX(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: onnx FILE [in=NAME:TYPE:DIM,DIM…] [out=…] [outside=LOCATION] [bytes=N] [salt=TEXT] [opset=N] [op=NAME] [with=INPUT…] [attr=NAME:TEXT] (bytes: only the first N)")
	}
	var ins, outs []tensorOf
	var attributes []protobuf
	var with []string
	outside, salt, length, opset, op := "", "", -1, uint64(17), ""
	for _, a := range args[1:] {
		key, value, _ := strings.Cut(a, "=")
		switch key {
		case "in":
			ins = append(ins, onnxValue(ts, value))
		case "out":
			outs = append(outs, onnxValue(ts, value))
		case "outside":
			outside = value
		case "salt":
			salt = value
		case "op":
			op = value
		case "with":
			with = append(with, value)
		case "attr":
			name, text, _ := strings.Cut(value, ":")
			attributes = append(attributes, protobuf{}.str(1, name).str(4, text).uint(20, 3))
		case "bytes":
			n, err := strconv.Atoi(value)
			ts.Check(err)
			length = n
		case "opset":
			n, err := strconv.ParseUint(value, 10, 32)
			ts.Check(err)
			opset = n
		default:
			ts.Fatalf("onnx: there is no %s", a)
		}
	}
	if ins == nil {
		ins = append(ins, onnxValue(ts, "x:float32:batch,3"))
	}
	if outs == nil {
		outs = append(outs, onnxValue(ts, "y:float32:batch,2"))
	}
	data := onnxModel(onnxNodes(ins[0], outs, op, with, attributes), ins, outs, onnxWeights(outside), salt, opset)
	if length >= 0 {
		data = data[:length]
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

// onnxNodes gives the nodes of a graph that makes outs of in.
func onnxNodes(in tensorOf, outs []tensorOf, op string, with []string, attributes []protobuf) (nodes []protobuf) {
	cast := func(from, to string, dtype uint64) {
		nodes = append(nodes, protobuf{}.str(1, from).str(2, to).str(4, "Cast").bytes(5, protobuf{}.str(1, "to").uint(3, dtype).uint(20, 2)))
	}
	const float32Type = 1
	for i, out := range outs {
		switch {
		case i == 0 && op != "":
			node := protobuf{}.str(1, in.name)
			for _, other := range with {
				node = node.str(1, other)
			}
			node = node.str(2, out.name).str(4, op)
			for _, a := range attributes {
				node = node.bytes(5, a)
			}
			nodes = append(nodes, node)
		case i == 0 && in.dtype == float32Type && out.dtype == float32Type:
			nodes = append(nodes, protobuf{}.str(1, in.name).str(1, "w").str(2, out.name).str(4, "MatMul"))
		default:
			cast(in.name, out.name, out.dtype)
		}
	}
	return nodes
}

func onnxModel(nodes []protobuf, ins, outs []tensorOf, weights protobuf, salt string, opset uint64) protobuf {
	graph := protobuf{}.str(2, "main").bytes(5, weights)
	for _, n := range nodes {
		graph = graph.bytes(1, n)
	}
	for _, v := range ins {
		graph = graph.bytes(11, v.value)
	}
	for _, v := range outs {
		graph = graph.bytes(12, v.value)
	}
	return protobuf{}.uint(1, 8).str(2, "test").str(6, salt).bytes(7, graph).bytes(8, protobuf{}.str(1, "").uint(2, opset))
}

// onnxWeights is the initializer w, with its data in it or in another file.
func onnxWeights(outside string) protobuf {
	w := protobuf{}.uint(1, 3).uint(1, 2).uint(2, 1).str(8, "w")
	if outside == "" {
		return w.bytes(9, make([]byte, 24))
	}
	for _, pair := range [][2]string{{"location", outside}, {"offset", "0"}, {"length", "24"}} {
		w = w.bytes(13, protobuf{}.str(1, pair[0]).str(2, pair[1]))
	}
	return w.uint(14, 1)
}

// onnxValue reads NAME:TYPE:DIM,DIM…, where a dimension is a size or a symbol and
// the type may be sequence, of float32.
func onnxValue(ts *testscript.TestScript, text string) tensorOf {
	parts := strings.Split(text, ":")
	dtype := uint64(0)
	if len(parts) == 3 {
		dtype = elementTypes[parts[1]]
	}
	if len(parts) != 3 || dtype == 0 && parts[1] != "sequence" {
		ts.Fatalf("onnx: %s is not NAME:TYPE:DIMS", text)
	}
	var shape protobuf
	for _, d := range slices.DeleteFunc(strings.Split(parts[2], ","), func(s string) bool { return s == "" }) {
		dim := protobuf{}.str(2, d)
		if n, err := strconv.ParseUint(d, 10, 64); err == nil {
			dim = protobuf{}.uint(1, n)
		}
		shape = shape.bytes(1, dim)
	}
	typ := protobuf{}.bytes(1, protobuf{}.uint(1, max(dtype, 1)).bytes(2, shape))
	if dtype == 0 {
		typ = protobuf{}.bytes(4, protobuf{}.bytes(1, typ))
	}
	return tensorOf{parts[0], dtype, protobuf{}.str(1, parts[0]).bytes(2, typ)}
}
