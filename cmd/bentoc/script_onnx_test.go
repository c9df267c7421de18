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
var elementTypes = map[string]uint64{"float32": 1, "uint8": 2, "int64": 7, "string": 8, "float64": 11}

// scriptONNX writes an ONNX file whose graph is y = x·w, with weights of 3 by 2.
// ONNX Runtime runs it where its tensors are what they are by default.
func scriptONNX(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: onnx FILE [in=NAME:TYPE:DIM,DIM…] [out=…] [outside=LOCATION] [bytes=N] [salt=TEXT] [opset=N] (bytes: only the first N)")
	}
	var ins, outs []protobuf
	outside, salt, length, opset := "", "", -1, uint64(17)
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
	data := onnxModel(ins, outs, onnxWeights(outside), salt, opset)
	if length >= 0 {
		data = data[:length]
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

func onnxModel(ins, outs []protobuf, weights protobuf, salt string, opset uint64) protobuf {
	graph := protobuf{}.bytes(1, protobuf{}.str(1, "x").str(1, "w").str(2, "y").str(4, "MatMul")).str(2, "main").bytes(5, weights)
	for _, v := range ins {
		graph = graph.bytes(11, v)
	}
	for _, v := range outs {
		graph = graph.bytes(12, v)
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

// onnxValue reads NAME:TYPE:DIM,DIM…, where a dimension is a size or a symbol.
func onnxValue(ts *testscript.TestScript, text string) protobuf {
	parts := strings.Split(text, ":")
	if len(parts) != 3 || elementTypes[parts[1]] == 0 {
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
	tensor := protobuf{}.uint(1, elementTypes[parts[1]]).bytes(2, shape)
	return protobuf{}.str(1, parts[0]).bytes(2, protobuf{}.bytes(1, tensor))
}
