package onnxfile

import "bentoc.dev/compiler/model/onnxfile/opset"

// elements follows the element types through a graph, as far as the schemas of
// the operators tell them, and reports where they do not agree with each other
// or with what the file says. Outside has those of the graphs around it.
func (d *dialect) elements(rt Runtime, g *graph, outside func(string) uint64) (faults []fault) {
	types := map[string]uint64{}
	for _, t := range g.inputs {
		types[t.name] = t.dtype
	}
	for _, t := range g.inits {
		if was, ok := types[t.name]; ok && was != 0 && t.dtype != 0 && was != t.dtype {
			faults = append(faults, faultf("the weight %s is %s, but the file says elsewhere that it is %s", quote(t.name), dtypeName(t.dtype), dtypeName(was)))
		}
		if types[t.name] == 0 {
			types[t.name] = t.dtype
		}
	}
	declared := map[string]uint64{}
	for name, dtype := range g.values {
		declared[name] = dtype
	}
	for _, t := range g.outputs {
		if t.dtype != 0 {
			declared[t.name] = t.dtype
		}
	}
	of := func(name string) uint64 {
		if t, ok := types[name]; ok {
			return t
		}
		return outside(name)
	}
	for i := range g.nodes {
		if n := &g.nodes[i]; n.constant() && len(n.outs) > 0 && types[n.outs[0]] == 0 {
			types[n.outs[0]] = n.constantType()
		}
	}
	for _, i := range g.order(g.makers()) {
		n := &g.nodes[i]
		if n.constant() {
			continue
		}
		found, outs := d.elementsOf(rt, n, of)
		faults = append(faults, found...)
		for k, name := range n.outs {
			said := declared[name]
			if outs[k] != 0 && said != 0 && outs[k] != said && name != "" {
				faults = append(faults, faultf("%s gives %s as %s, but the file says that it is %s", n, quote(name), dtypeName(outs[k]), dtypeName(said)))
			}
			types[name] = outs[k]
			if outs[k] == 0 {
				types[name] = said
			}
		}
		for _, sub := range n.subgraphs() {
			faults = append(faults, d.elements(rt, sub, of)...)
		}
	}
	return faults
}

// elementsOf gives the element types of what n makes, 0 for what is not known.
func (d *dialect) elementsOf(rt Runtime, n *node, of func(string) uint64) (faults []fault, outs []uint64) {
	outs = make([]uint64, len(n.outs))
	if d.functions[n.domain+"."+n.op] != nil {
		return nil, outs
	}
	schema, _ := d.schema(rt, n)
	if schema == nil || n.empty() {
		return nil, outs
	}
	bound := map[string]uint64{} // by parameter of the schema
	for i, name := range n.ins {
		formal, ok := formalAt(schema.In, i)
		t := of(name)
		if !ok || name == "" || t == 0 || t >= uint64(len(dtypes)) {
			continue
		}
		if formal.Types&(1<<t) == 0 {
			faults = append(faults, faultf("%s takes no %s as tensor %d, %s", n, dtypeName(t), i, quote(name)))
			continue
		}
		if formal.Param == "" || formal.Mixed {
			continue
		}
		if was, ok := bound[formal.Param]; ok && was != t {
			faults = append(faults, faultf("%s takes tensors of one type, %s is %s beside %s", n, quote(name), dtypeName(t), dtypeName(was)))
			continue
		}
		bound[formal.Param] = t
	}
	for i := range n.outs {
		formal, ok := formalAt(schema.Out, i)
		if !ok || formal.Others || formal.Mixed {
			if t := bound[formal.Param]; ok && !formal.Mixed {
				outs[i] = t
			}
			continue
		}
		outs[i] = bound[formal.Param]
		if outs[i] == 0 {
			outs[i] = only(formal.Types)
		}
		if outs[i] == 0 && i == 0 {
			outs[i] = n.chosenType()
		}
	}
	return faults, outs
}

// formalAt gives the formal that the tensor at i stands for.
func formalAt(list []opset.Formal, i int) (opset.Formal, bool) {
	if i < len(list) {
		return list[i], true
	}
	if n := len(list); n > 0 && list[n-1].Option == opset.Variadic {
		return list[n-1], true
	}
	return opset.Formal{}, false
}

// only gives the one member of a set of types, 0 where there are more.
func only(set uint32) uint64 {
	for t := range uint64(len(dtypes)) {
		if set == 1<<t {
			return t
		}
	}
	return 0
}

// chosenType gives the element type that a node's attributes choose for what it
// makes, 0 where they do not.
func (n *node) chosenType() uint64 {
	if n.domain != "" {
		return 0
	}
	for _, a := range n.attrs {
		switch {
		case n.op == "Cast" && a.name == "to" && a.typ == 2:
			return a.i
		case n.op == "ConstantOfShape" && a.name == "value":
			return a.dtype
		}
	}
	return 0
}

// constantType gives the element type of what a Constant makes.
func (n *node) constantType() uint64 {
	if len(n.attrs) != 1 {
		return 0
	}
	switch a := n.attrs[0]; a.name {
	case "value":
		return a.dtype
	case "value_float", "value_floats":
		return 1
	case "value_int", "value_ints":
		return 7
	case "value_string", "value_strings":
		return 8
	}
	return 0
}

func dtypeName(code uint64) string {
	if code < uint64(len(dtypes)) {
		return dtypes[code].name
	}
	return "unknown"
}
