package onnxfile

import (
	"strings"

	"bentoc.dev/compiler/model/onnxfile/opset"
)

// dialect is what the operators of one graph mean: the versions of the sets that
// are imported and the functions of the file.
type dialect struct {
	versions  map[string]int64 // by domain; 0 where the file says two
	functions map[string]*function
	ir        int64
	schemas   map[string]*opset.Schema // found so far, by domain and name
}

// function is a FunctionProto.
type function struct {
	name, domain string
	ins          int
	opsets       []Opset
	nodes        []node
}

// version gives the version of a set of operators; the newest one where the file
// imports none.
func (d *dialect) version(rt Runtime, domain string) int64 {
	if v, ok := d.versions[domain]; ok {
		return v
	}
	return rt.Opsets[domain]
}

// operators compares every node with the schema of its operator: that there is
// one, how many tensors it takes and gives, its attributes.
func (d *dialect) operators(rt Runtime, g *graph, main bool) (faults []fault) {
	for i := range g.nodes {
		n := &g.nodes[i]
		for _, sub := range n.subgraphs() {
			faults = append(faults, d.operators(rt, sub, false)...)
		}
		if n.constant() {
			if len(n.attrs) == 0 && n.domain == "" {
				faults = append(faults, faultf("%s has no value", n))
			}
			continue
		}
		if main && n.empty() {
			continue
		}
		if f := d.functions[n.domain+"."+n.op]; f != nil {
			if len(n.ins) > f.ins {
				faults = append(faults, faultf("%s takes %d tensors, the function takes %d", n, len(n.ins), f.ins))
			}
			continue
		}
		schema, why := d.schema(rt, n)
		if why != "" {
			faults = append(faults, why)
		}
		if schema != nil {
			faults = append(faults, n.against(schema)...)
			faults = append(faults, n.attributesAgainst(schema, d.ir)...)
		}
	}
	return faults
}

// schema gives what n is to be compared with; nil where that is not known.
func (d *dialect) schema(rt Runtime, n *node) (*opset.Schema, fault) {
	if _, ok := rt.Opsets[n.domain]; !ok {
		return nil, "" // reported with the other foreign operators
	}
	version := d.version(rt, n.domain)
	if version == 0 {
		return nil, ""
	}
	schema, ok := d.schemas[n.domain+" "+n.op]
	if !ok {
		schema = opset.Lookup(n.domain, n.op, version)
		d.schemas[n.domain+" "+n.op] = schema
	}
	domain := n.domain
	if domain == "" {
		domain = "ai.onnx"
	}
	switch {
	case schema == nil:
		return nil, faultf("%s has no operator %s in version %d of %s", rt.Name, n.op, version, domain)
	case schema.Deprecated:
		return nil, faultf("the operator %s is not to be used any more in version %d of %s", n.op, version, domain)
	}
	if schema.Unchecked {
		return nil, ""
	}
	return schema, ""
}

// against compares the numbers of a node's tensors with those of its schema.
func (n *node) against(s *opset.Schema) (faults []fault) {
	sides := []struct {
		verb        string
		names       []string
		formals     []opset.Formal
		least, most int
	}{{"takes", n.ins, s.In, s.MinIn, s.MaxIn}, {"gives", n.outs, s.Out, s.MinOut, s.MaxOut}}
	for _, side := range sides {
		switch {
		case len(side.names) < side.least:
			faults = append(faults, faultf("%s %s %d tensors, at least %d are needed", n, side.verb, len(side.names), side.least))
		case len(side.names) > side.most:
			faults = append(faults, faultf("%s %s %d tensors, at most %d are allowed", n, side.verb, len(side.names), side.most))
		}
		for i, name := range side.names {
			if name == "" && i < len(side.formals) && side.formals[i].Option == opset.Single {
				faults = append(faults, faultf("%s %s no tensor %d, which may not be left out", n, side.verb, i))
			}
		}
	}
	return faults
}

// attributesAgainst compares a node's attributes with those of its schema.
func (n *node) attributesAgainst(s *opset.Schema, ir int64) (faults []fault) {
	seen := map[string]bool{}
	for _, a := range n.attrs {
		want, known := s.Attributes[a.name]
		switch {
		case seen[a.name]:
			faults = append(faults, faultf("%s has the attribute %s twice", n, a.name))
		case !known && !s.AnyAttribute && !strings.HasPrefix(a.name, "__"):
			faults = append(faults, faultf("%s has an attribute %s, which the operator does not know", n, a.name))
		case a.typ == 0 && ir >= 2 && !a.ref:
			faults = append(faults, faultf("the attribute %s of %s has no type", a.name, n))
		case known && a.typ != 0 && want.Type != 0 && int(a.typ) != want.Type:
			faults = append(faults, faultf("the attribute %s of %s is of another type than the operator takes", a.name, n))
		}
		seen[a.name] = true
	}
	for name, want := range s.Attributes {
		if want.Required && !seen[name] {
			faults = append(faults, faultf("%s lacks the attribute %s", n, name))
		}
	}
	return faults
}
