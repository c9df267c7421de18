package onnxfile_test

import "encoding/binary"

// enc writes protobuf messages, enough to make small ONNX models.
type enc []byte

func (e enc) uint(num int, v uint64) enc {
	e = binary.AppendUvarint(e, uint64(num)<<3)
	return binary.AppendUvarint(e, v)
}

func (e enc) bytes(num int, v []byte) enc {
	e = binary.AppendUvarint(e, uint64(num)<<3|2)
	e = binary.AppendUvarint(e, uint64(len(v)))
	return append(e, v...)
}

func (e enc) str(num int, v string) enc { return e.bytes(num, []byte(v)) }

// tensorType gives a TypeProto of a tensor. A dimension is an int (a size), a
// string (a symbol) or nil (unknown); without the shape at all, dims is nil.
func tensorType(dtype uint64, dims []any) enc {
	t := enc{}.uint(1, dtype)
	if dims != nil {
		var shape enc
		for _, d := range dims {
			switch d := d.(type) {
			case int:
				shape = shape.bytes(1, enc{}.uint(1, uint64(d)))
			case string:
				shape = shape.bytes(1, enc{}.str(2, d))
			default:
				shape = shape.bytes(1, nil)
			}
		}
		t = t.bytes(2, shape)
	}
	return enc{}.bytes(1, t)
}

func value(name string, typ enc) enc { return enc{}.str(1, name).bytes(2, typ) }

func node(domain, op string, attributes ...enc) enc {
	n := enc{}.str(1, "in").str(2, "out").str(4, op)
	for _, a := range attributes {
		n = n.bytes(5, a)
	}
	return n.str(7, domain)
}

// weights is an initializer with its data inside.
func weights(name string, dims ...uint64) enc {
	var t enc
	n := uint64(4)
	for _, d := range dims {
		t = t.uint(1, d)
		n *= d
	}
	return t.uint(2, 1).str(8, name).bytes(9, make([]byte, n))
}

// outside is an initializer whose data lies in another file.
func outside(name string, dims []uint64, pairs ...string) enc {
	var packed []byte
	for _, d := range dims {
		packed = binary.AppendUvarint(packed, d)
	}
	t := enc{}.bytes(1, packed).uint(2, 1).str(8, name)
	for i := 0; i < len(pairs); i += 2 {
		t = t.bytes(13, enc{}.str(1, pairs[i]).str(2, pairs[i+1]))
	}
	return t.uint(14, 1)
}

// graph holds the parts of a GraphProto.
type graph struct {
	nodes, inits, inputs, outputs []enc
}

func (g graph) encode() enc {
	var e enc
	for _, n := range g.nodes {
		e = e.bytes(1, n)
	}
	e = e.str(2, "main")
	for _, t := range g.inits {
		e = e.bytes(5, t)
	}
	for _, v := range g.inputs {
		e = e.bytes(11, v)
	}
	for _, v := range g.outputs {
		e = e.bytes(12, v)
	}
	return e
}

// model wraps a graph the way exporters do.
func model(g graph) enc {
	return enc{}.uint(1, 8).str(2, "test").str(3, "1.0").bytes(7, g.encode()).
		bytes(8, enc{}.str(1, "").uint(2, 17)).
		bytes(14, enc{}.str(1, "character").str(2, "a\nb\nc"))
}

// linear is a plain model: x[batch,3] → y[batch,2].
func linear() graph {
	return graph{
		nodes:   []enc{node("", "Gemm")},
		inits:   []enc{weights("w", 2, 3)},
		inputs:  []enc{value("x", tensorType(1, []any{"batch", 3})), value("w", tensorType(1, []any{2, 3}))},
		outputs: []enc{value("y", tensorType(1, []any{"batch", 2}))},
	}
}
