package onnxfile

import (
	"cmp"
	"slices"
)

// builder gathers a Model while a reader walks the file.
type builder struct {
	r         *reader
	model     *Model
	inputs    []Value           // all of them; initializers are known only at the end
	graph     graph             // the main one
	names     map[string]string // all that were read, each once
	functions []*function
	ops       map[Op]int // by an Op without Count
	graphs    int        // main graphs seen
}

// modelField reads one field of ModelProto.
func (b *builder) modelField(f field) (err error) {
	m, r := b.model, b.r
	switch f.num {
	case 1, 5:
		if _, err := r.is(f, f.num, wireVarint); err != nil {
			return err
		}
		if f.num == 1 {
			m.IRVersion = int64(f.value)
		} else {
			m.ModelVersion = int64(f.value)
		}
		return nil
	case 2, 3, 4, 6, 7, 8, 14, 25:
		if _, err := r.is(f, f.num, wireBytes); err != nil {
			return err
		}
	}
	switch f.num {
	case 2:
		m.Producer, err = r.text(f, maxName)
	case 3:
		m.ProducerVersion, err = r.text(f, maxName)
	case 4:
		m.Domain, err = r.text(f, maxName)
	case 6:
		m.Doc, err = r.text(f, maxText)
	case 7:
		b.graphs++
		err = r.message(f.end, b.mainGraphField)
	case 8:
		var o Opset
		o, err = b.opset(f.end)
		m.Opsets = append(m.Opsets, o)
	case 14:
		err = b.metadata(f.end)
	case 25:
		err = b.function(f.end)
	}
	return err
}

func (b *builder) opset(end int64) (Opset, error) {
	var o Opset
	err := b.r.message(end, func(f field) (err error) {
		switch {
		case f.num == 1 && f.wire == wireBytes:
			o.Domain, err = b.r.text(f, maxName)
		case f.num == 2 && f.wire == wireVarint:
			o.Version = int64(f.value)
		}
		return err
	})
	if o.Domain == "ai.onnx" {
		o.Domain = ""
	}
	if err != nil {
		return o, err
	}
	return o, b.r.keep(entryLen)
}

func (b *builder) metadata(end int64) error {
	key, value, err := b.pair(end)
	if err != nil {
		return err
	}
	b.model.Metadata[key] = value
	return b.r.keep(entryLen)
}

// pair reads a StringStringEntryProto.
func (b *builder) pair(end int64) (key, value string, err error) {
	err = b.r.message(end, func(f field) (err error) {
		switch {
		case f.num == 1 && f.wire == wireBytes:
			key, err = b.r.text(f, maxName)
		case f.num == 2 && f.wire == wireBytes:
			value, err = b.r.text(f, maxText)
		}
		return err
	})
	return key, value, err
}

// function reads a FunctionProto.
func (b *builder) function(end int64) error {
	f := &function{}
	err := b.r.message(end, func(is field) (err error) {
		switch {
		case is.wire != wireBytes:
		case is.num == 1:
			f.name, err = b.r.text(is, maxName)
		case is.num == 4:
			f.ins++
		case is.num == 7:
			var n node
			n, err = b.node(is.end)
			f.nodes = append(f.nodes, n)
		case is.num == 9:
			var o Opset
			o, err = b.opset(is.end)
			f.opsets = append(f.opsets, o)
		case is.num == 10:
			f.domain, err = b.r.text(is, maxName)
		}
		return err
	})
	if f.domain == "ai.onnx" {
		f.domain = ""
	}
	b.functions = append(b.functions, f)
	b.model.Functions = append(b.model.Functions, f.domain+"."+f.name)
	if err != nil {
		return err
	}
	return b.r.keep(entryLen)
}

// finish sorts what was gathered and refuses what cannot be a model.
func (b *builder) finish() (*Model, error) {
	m := b.model
	if b.graphs != 1 || m.IRVersion <= 0 || len(m.Opsets) == 0 {
		return nil, &FormatError{Offset: b.r.size, Reason: b.lacking()}
	}
	inits := b.graph.constants()
	for _, in := range b.inputs {
		if _, ok := inits[in.Name]; ok {
			m.Overrides = append(m.Overrides, in)
		} else {
			m.Inputs = append(m.Inputs, in)
		}
	}
	for i, out := range m.Outputs {
		if t := b.graph.given(out.Name, inits); t != 0 && out.Type.Kind == Tensor {
			m.Outputs[i].Type.DType = dtypeName(t)
		}
	}
	if len(m.Outputs) == 0 {
		return nil, &FormatError{Offset: b.r.size, Reason: "the graph has no outputs"}
	}
	for _, list := range [][]Value{b.inputs, m.Outputs} {
		if err := b.checkNames(list); err != nil {
			return nil, err
		}
	}
	for op, n := range b.ops {
		op.Count = n
		m.Ops = append(m.Ops, op)
	}
	slices.SortFunc(m.Ops, func(x, y Op) int {
		return cmp.Or(cmp.Compare(x.Domain, y.Domain), cmp.Compare(x.Name, y.Name))
	})
	slices.Sort(m.Functions)
	m.FileName = mainName(m.External)
	m.graph, m.functions = &b.graph, b.functions
	return m, nil
}

// given gives the element type of a tensor that is an input or has a value in the
// file, 0 for others. Where such a tensor is an output, it counts, whatever the
// output says of itself.
func (g *graph) given(name string, inits map[string]uint64) uint64 {
	for _, in := range g.inputs {
		if in.name == name {
			return in.dtype
		}
	}
	return inits[name]
}

func (b *builder) lacking() string {
	switch {
	case b.graphs > 1:
		return "not an ONNX model: it has more than one graph"
	case b.graphs == 0:
		return "not an ONNX model: it has no graph"
	case b.model.IRVersion <= 0:
		return "not an ONNX model: it has no IR version"
	}
	return "not an ONNX model: it imports no set of operators"
}

func (b *builder) checkNames(list []Value) error {
	seen := map[string]bool{}
	for _, v := range list {
		if v.Name == "" {
			return &FormatError{Offset: b.r.size, Reason: "an input or output has no name"}
		}
		if seen[v.Name] {
			return &FormatError{Offset: b.r.size, Reason: "two inputs or outputs are named " + quote(v.Name)}
		}
		seen[v.Name] = true
	}
	return nil
}
