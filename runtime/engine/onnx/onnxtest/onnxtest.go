// Package onnxtest writes small ONNX models for tests, so that tests need neither
// Python nor model files. It encodes the few messages of onnx.proto that it needs
// by hand.
package onnxtest

import (
	"encoding/binary"
	"math"
)

// Element types of onnx.proto (TensorProto.DataType).
const (
	Float    = 1
	Uint8    = 2
	Int8     = 3
	Uint16   = 4
	Int16    = 5
	Int32    = 6
	Int64    = 7
	String   = 8
	Bool     = 9
	Float16  = 10
	Double   = 11
	Uint32   = 12
	Uint64   = 13
	BFloat16 = 16
)

// Model is a model of one graph.
type Model struct {
	Opset   int // of the default domain; 0 means 17
	Inputs  []Value
	Outputs []Value
	Nodes   []Node
	Weights []Weight
}

// Value is an input or output: a tensor, or a sequence of maps where Keys is set.
type Value struct {
	Name string
	Elem int   // element type
	Dims []any // int for a size, string for a name, nil for neither; no Dims: any rank
	Keys int   // key type of the maps; their values are of Elem
}

// Node is an operation. Attributes are int, []int, float32, []float32, string or
// []string.
type Node struct {
	Op, Domain      string
	Inputs, Outputs []string
	Attrs           map[string]any
}

// Weight is a constant tensor.
type Weight struct {
	Name string
	Elem int
	Dims []int
	Raw  []byte // elements, little-endian
	File string // external file that holds Raw instead, beside the model
}

// Floats makes a weight of float32.
func Floats(name string, data []float32, dims ...int) Weight {
	raw := make([]byte, 0, 4*len(data))
	for _, f := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
	}
	return Weight{Name: name, Elem: Float, Dims: dims, Raw: raw}
}

// Ints makes a weight of int64.
func Ints(name string, data []int64, dims ...int) Weight {
	raw := make([]byte, 0, 8*len(data))
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return Weight{Name: name, Elem: Int64, Dims: dims, Raw: raw}
}

// Encode gives the bytes of the model's file.
func (m Model) Encode() []byte {
	opset := m.Opset
	if opset == 0 {
		opset = 17
	}
	var b message
	b.number(1, 8) // ir_version
	b.text(2, "onnxtest")
	b.nested(7, m.graph())
	b.nested(8, message{}.with(func(o *message) { o.number(2, opset) }))
	b.nested(8, message{}.with(func(o *message) { o.text(1, "ai.onnx.ml"); o.number(2, 3) }))
	return b
}

func (m Model) graph() message {
	var g message
	for _, n := range m.Nodes {
		g.nested(1, n.encode())
	}
	g.text(2, "graph")
	for _, w := range m.Weights {
		g.nested(5, w.encode())
	}
	for _, v := range m.Inputs {
		g.nested(11, v.encode())
	}
	for _, v := range m.Outputs {
		g.nested(12, v.encode())
	}
	return g
}

func (n Node) encode() message {
	var b message
	for _, s := range n.Inputs {
		b.text(1, s)
	}
	for _, s := range n.Outputs {
		b.text(2, s)
	}
	b.text(4, n.Op)
	for _, name := range sorted(n.Attrs) {
		b.nested(5, attribute(name, n.Attrs[name]))
	}
	if n.Domain != "" {
		b.text(7, n.Domain)
	}
	return b
}

func attribute(name string, value any) message {
	var b message
	b.text(1, name)
	kind := 0
	switch v := value.(type) {
	case float32:
		kind = 1
		b.float(2, v)
	case int:
		kind = 2
		b.number(3, v)
	case string:
		kind = 3
		b.text(4, v)
	case []float32:
		kind = 6
		for _, f := range v {
			b.float(7, f)
		}
	case []int:
		kind = 7
		for _, i := range v {
			b.number(8, i)
		}
	case []string:
		kind = 8
		for _, s := range v {
			b.text(9, s)
		}
	}
	b.number(20, kind)
	return b
}

func (w Weight) encode() message {
	var b message
	for _, d := range w.Dims {
		b.number(1, d)
	}
	b.number(2, w.Elem)
	b.text(8, w.Name)
	if w.File == "" {
		b.nested(9, w.Raw)
		return b
	}
	b.nested(13, message{}.with(func(o *message) { o.text(1, "location"); o.text(2, w.File) }))
	b.number(14, 1)
	return b
}

func (v Value) encode() message {
	var b message
	b.text(1, v.Name)
	typ := v.tensor()
	if v.Keys != 0 {
		m := message{}.with(func(o *message) {
			o.number(1, v.Keys)
			o.nested(2, message{}.with(func(e *message) { e.nested(1, v.bare()) }))
		})
		elem := message{}.with(func(o *message) { o.nested(5, m) })
		seq := message{}.with(func(o *message) { o.nested(1, elem) })
		typ = message{}.with(func(o *message) { o.nested(4, seq) })
	}
	b.nested(2, typ)
	return b
}

func (v Value) bare() message { return message{}.with(func(o *message) { o.number(1, v.Elem) }) }

func (v Value) tensor() message {
	shape := message{}
	for _, d := range v.Dims {
		var dim message
		switch d := d.(type) {
		case int:
			dim.number(1, d)
		case string:
			dim.text(2, d)
		}
		shape.nested(1, dim)
	}
	t := v.bare()
	if v.Dims != nil {
		t.nested(2, shape)
	}
	return message{}.with(func(o *message) { o.nested(1, t) })
}
