package main

import (
	"encoding/binary"
	"math"
)

// message is a protobuf message being written. The field numbers below are
// those of onnx.proto.
type message []byte

func (m message) number(field int, v uint64) message {
	m = binary.AppendUvarint(m, uint64(field)<<3)
	return binary.AppendUvarint(m, v)
}

func (m message) bytes(field int, v []byte) message {
	m = binary.AppendUvarint(m, uint64(field)<<3|2)
	m = binary.AppendUvarint(m, uint64(len(v)))
	return append(m, v...)
}

func (m message) text(field int, v string) message { return m.bytes(field, []byte(v)) }

// Element types of tensors.
const (
	float32Type = 1
	int64Type   = 7
)

// encode writes the network as an ONNX model: pixels[batch,8,8] become
// digit[batch] and probabilities[batch,10].
func (n *network) encode() []byte {
	graph := message{}.
		bytes(1, node("Flatten", []string{"pixels"}, "flat", integer("axis", 1))).
		bytes(1, node("Gemm", []string{"flat", "w1", "b1"}, "sum", integer("transB", 1))).
		bytes(1, node("Relu", []string{"sum"}, "hidden")).
		bytes(1, node("Gemm", []string{"hidden", "w2", "b2"}, "scores", integer("transB", 1))).
		bytes(1, node("Softmax", []string{"scores"}, "probabilities", integer("axis", 1))).
		bytes(1, node("ArgMax", []string{"scores"}, "digit", integer("axis", 1), integer("keepdims", 0))).
		text(2, "digits").
		bytes(5, tensor("w1", n.first.w, hidden, inputs)).
		bytes(5, tensor("b1", n.first.b, hidden)).
		bytes(5, tensor("w2", n.second.w, outputs, hidden)).
		bytes(5, tensor("b2", n.second.b, outputs)).
		bytes(11, value("pixels", float32Type, side, side)).
		bytes(12, value("digit", int64Type)).
		bytes(12, value("probabilities", float32Type, outputs))
	return message{}.
		number(1, 8). // IR version
		text(2, "example.com/digits/train").
		bytes(7, graph).
		bytes(8, message{}.text(1, "").number(2, 13)) // operators of version 13
}

func node(op string, inputs []string, output string, attributes ...message) message {
	var m message
	for _, in := range inputs {
		m = m.text(1, in)
	}
	m = m.text(2, output).text(3, op+"_"+output).text(4, op)
	for _, a := range attributes {
		m = m.bytes(5, a)
	}
	return m
}

// integer is an attribute of a node.
func integer(name string, v uint64) message {
	return message{}.text(1, name).number(3, v).number(20, 2)
}

func tensor(name string, values []float64, dims ...uint64) message {
	var m message
	for _, d := range dims {
		m = m.number(1, d)
	}
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
	}
	return m.number(2, float32Type).text(8, name).bytes(9, raw)
}

// value declares an input or output whose first dimension is the batch.
func value(name string, elem uint64, dims ...uint64) message {
	shape := message{}.bytes(1, message{}.text(2, "batch"))
	for _, d := range dims {
		shape = shape.bytes(1, message{}.number(1, d))
	}
	typ := message{}.bytes(1, message{}.number(1, elem).bytes(2, shape))
	return message{}.text(1, name).bytes(2, typ)
}
