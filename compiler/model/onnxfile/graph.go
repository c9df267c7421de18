package onnxfile

import "strconv"

func quote(s string) string { return strconv.Quote(s) }

// graph is what the structure of a GraphProto is made of.
type graph struct {
	nodes   []node
	inits   []typed // dense and sparse ones
	inputs  []typed
	outputs []typed
	values  map[string]uint64 // element types by name of a tensor, of those that value_info gives
}

// typed is the name of a tensor and its element type, by the number of
// TensorProto.DataType; 0 for one that is not known, or no tensor.
type typed struct {
	name  string
	dtype uint64
}

// node is a NodeProto.
type node struct {
	name, op, domain string // domain is "" for ai.onnx
	ins, outs        []string
	attrs            []attribute
}

// attribute is an AttributeProto without what it holds but for what types and
// subgraphs need.
type attribute struct {
	name   string
	typ    uint64 // AttributeProto.type, 0 where the file does not say it
	i      uint64
	dtype  uint64 // of the tensor t
	ref    bool   // it stands for an attribute of the function that it is in
	graphs []*graph
}

// mainGraphField reads one field of the model's GraphProto.
func (b *builder) mainGraphField(f field) (err error) {
	if f.wire != wireBytes {
		return nil
	}
	switch f.num {
	case 2:
		b.model.GraphName, err = b.r.text(f, maxName)
	case 11:
		v, e := b.value(f.end)
		b.inputs, err = append(b.inputs, v), e
		b.graph.inputs = append(b.graph.inputs, typed{v.Name, codeOf(v.Type)})
	case 12:
		v, e := b.value(f.end)
		b.model.Outputs, err = append(b.model.Outputs, v), e
		b.graph.outputs = append(b.graph.outputs, typed{v.Name, codeOf(v.Type)})
	default:
		err = b.graphField(&b.graph, f)
	}
	return err
}

// codeOf gives the number of a tensor's element type, 0 for other types.
func codeOf(t Type) uint64 {
	if t.Kind == Tensor {
		for code, d := range dtypes {
			if d.name == t.DType {
				return uint64(code)
			}
		}
	}
	return 0
}

// graphField reads one field of any GraphProto.
func (b *builder) graphField(g *graph, f field) (err error) {
	if f.wire != wireBytes {
		return nil
	}
	switch f.num {
	case 1:
		var n node
		n, err = b.node(f.end)
		g.nodes = append(g.nodes, n)
	case 5, 15:
		var t typed
		if f.num == 5 {
			t, err = b.tensor(f.end)
		} else {
			t, err = b.sparseTensor(f.end)
		}
		g.inits = append(g.inits, t)
	case 11, 12, 13:
		var v typed
		if v, err = b.typedValue(f.end); err != nil {
			return err
		}
		switch f.num {
		case 11:
			g.inputs = append(g.inputs, v)
		case 12:
			g.outputs = append(g.outputs, v)
		case 13:
			if g.values == nil {
				g.values = map[string]uint64{}
			}
			if _, twice := g.values[v.name]; twice {
				v.dtype = 0 // two types of one tensor: neither is relied on
			}
			g.values[v.name] = v.dtype
		}
	default:
		return nil
	}
	if err != nil {
		return err
	}
	return b.r.keep(entryLen)
}

// subgraph reads the GraphProto of an attribute.
func (b *builder) subgraph(end int64) (*graph, error) {
	g := &graph{}
	return g, b.r.message(end, func(f field) error { return b.graphField(g, f) })
}

// name reads the name of a tensor, node or the like. Each is kept once.
func (b *builder) name(f field) (string, error) {
	s, err := b.r.text(f, maxName)
	if err != nil {
		return "", err
	}
	if known, ok := b.names[s]; ok {
		b.r.kept -= int64(len(s))
		return known, nil
	}
	b.names[s] = s
	return s, b.r.keep(entryLen)
}

// node reads a NodeProto.
func (b *builder) node(end int64) (node, error) {
	var n node
	err := b.r.message(end, func(f field) (err error) {
		if f.wire != wireBytes {
			return nil
		}
		var s string
		switch f.num {
		case 1, 2:
			if s, err = b.name(f); f.num == 1 {
				n.ins = append(n.ins, s)
			} else {
				n.outs = append(n.outs, s)
			}
			if err == nil {
				err = b.r.keep(entryLen / 4)
			}
		case 3:
			n.name, err = b.name(f)
		case 4:
			n.op, err = b.name(f)
		case 5:
			var a attribute
			a, err = b.attribute(f.end)
			n.attrs = append(n.attrs, a)
		case 7:
			n.domain, err = b.name(f)
		}
		return err
	})
	if n.domain == "ai.onnx" {
		n.domain = ""
	}
	b.ops[Op{Domain: n.domain, Name: n.op}]++
	return n, err
}

// attribute reads an AttributeProto.
func (b *builder) attribute(end int64) (attribute, error) {
	var a attribute
	err := b.r.message(end, func(f field) (err error) {
		switch {
		case f.num == 3 && f.wire == wireVarint:
			a.i = f.value
		case f.num == 20 && f.wire == wireVarint:
			a.typ = f.value
		case f.wire != wireBytes:
		case f.num == 1:
			a.name, err = b.name(f)
		case f.num == 5, f.num == 10:
			var t typed
			t, err = b.tensor(f.end)
			a.dtype = t.dtype
		case f.num == 6, f.num == 11:
			var g *graph
			g, err = b.subgraph(f.end)
			a.graphs = append(a.graphs, g)
		case f.num == 21:
			a.ref = f.value > 0
		case f.num == 22, f.num == 23:
			_, err = b.sparseTensor(f.end)
		}
		return err
	})
	if err != nil {
		return a, err
	}
	return a, b.r.keep(entryLen)
}

// value reads a ValueInfoProto of an input or output.
func (b *builder) value(end int64) (Value, error) {
	var v Value
	err := b.r.message(end, func(f field) (err error) {
		switch {
		case f.wire != wireBytes:
		case f.num == 1:
			v.Name, err = b.r.text(f, maxName)
		case f.num == 2:
			v.Type, err = b.typ(f.end)
		}
		return err
	})
	if err == nil && v.Type.Kind == "" {
		err = b.r.errorf("%s has no type", quote(v.Name))
	}
	if err == nil {
		err = b.r.keep(entryLen * int64(1+len(v.Type.Shape)))
	}
	return v, err
}

// typedValue reads the name and the element type of a ValueInfoProto, which may
// have none.
func (b *builder) typedValue(end int64) (typed, error) {
	var v typed
	err := b.r.message(end, func(f field) (err error) {
		switch {
		case f.wire != wireBytes:
		case f.num == 1:
			v.name, err = b.name(f)
		case f.num == 2: // TypeProto
			err = b.r.message(f.end, func(f field) error {
				if f.num != 1 || f.wire != wireBytes {
					return nil
				}
				return b.r.message(f.end, func(f field) error {
					if f.num == 1 && f.wire == wireVarint {
						v.dtype = f.value
					}
					return nil
				})
			})
		}
		return err
	})
	return v, err
}

// sparseTensor reads a SparseTensorProto and gives its values.
func (b *builder) sparseTensor(end int64) (values typed, err error) {
	err = b.r.message(end, func(f field) (err error) {
		switch {
		case f.wire != wireBytes:
		case f.num == 1:
			values, err = b.tensor(f.end)
		case f.num == 2:
			_, err = b.tensor(f.end)
		}
		return err
	})
	return values, err
}
