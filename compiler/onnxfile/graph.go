package onnxfile

import "strconv"

func quote(s string) string { return strconv.Quote(s) }

// mainGraphField reads one field of the model's GraphProto.
func (b *builder) mainGraphField(f field) (err error) {
	switch {
	case f.wire != wireBytes:
		return nil
	case f.num == 2:
		b.model.GraphName, err = b.r.text(f, maxName)
	case f.num == 5:
		err = b.initializer(b.tensor(f.end))
	case f.num == 15:
		err = b.initializer(b.sparseTensor(f.end))
	case f.num == 11:
		v, e := b.value(f.end)
		b.inputs, err = append(b.inputs, v), e
	case f.num == 12:
		v, e := b.value(f.end)
		b.model.Outputs, err = append(b.model.Outputs, v), e
	case f.num == 1:
		err = b.node(f.end)
	}
	return err
}

// initializer notes the name of an initializer of the main graph.
func (b *builder) initializer(name string, err error) error {
	if err != nil {
		return err
	}
	b.inits[name] = true
	return b.r.keep(entryLen)
}

// subgraph reads the GraphProto of an attribute, for its operators and
// external weights.
func (b *builder) subgraph(end int64) error {
	return b.r.message(end, func(f field) (err error) {
		switch {
		case f.wire != wireBytes:
		case f.num == 1:
			err = b.node(f.end)
		case f.num == 5:
			_, err = b.tensor(f.end)
		case f.num == 15:
			_, err = b.sparseTensor(f.end)
		}
		return err
	})
}

// node reads a NodeProto.
func (b *builder) node(end int64) error {
	var op Op
	err := b.r.message(end, func(f field) (err error) {
		switch {
		case f.wire != wireBytes:
		case f.num == 4:
			op.Name, err = b.r.text(f, maxName)
		case f.num == 5:
			err = b.r.message(f.end, b.attributeField)
		case f.num == 7:
			op.Domain, err = b.r.text(f, maxName)
		}
		return err
	})
	if op.Domain == "ai.onnx" {
		op.Domain = ""
	}
	if b.ops[op]++; b.ops[op] > 1 {
		b.r.kept -= int64(len(op.Name) + len(op.Domain)) // not kept twice
	}
	return err
}

// attributeField reads one field of AttributeProto: tensors and graphs count.
func (b *builder) attributeField(f field) (err error) {
	if f.wire != wireBytes {
		return nil
	}
	switch f.num {
	case 5, 10:
		_, err = b.tensor(f.end)
	case 6, 11:
		err = b.subgraph(f.end)
	case 22, 23:
		_, err = b.sparseTensor(f.end)
	}
	return err
}

// value reads a ValueInfoProto.
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

// sparseTensor reads a SparseTensorProto and gives the name of its values.
func (b *builder) sparseTensor(end int64) (name string, err error) {
	err = b.r.message(end, func(f field) (err error) {
		switch {
		case f.wire != wireBytes:
		case f.num == 1:
			name, err = b.tensor(f.end)
		case f.num == 2:
			_, err = b.tensor(f.end)
		}
		return err
	})
	return name, err
}
