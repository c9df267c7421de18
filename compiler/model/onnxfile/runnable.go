package onnxfile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/model/onnxfile/opset"
)

// Runtime is what a release of ONNX Runtime can run.
type Runtime struct {
	Name  string
	MaxIR int64 // version of the file format
	// Opsets has the newest version of each set of operators that it has, by
	// domain; "" is ai.onnx.
	Opsets map[string]int64
}

// ORT132 is ONNX Runtime 1.32 for CPUs. The numbers were found by loading a
// model of each version; its operators are in package opset.
func ORT132() Runtime {
	return Runtime{Name: "ONNX Runtime 1.32", MaxIR: 14, Opsets: map[string]int64{
		"": 28, "ai.onnx.ml": 5, "ai.onnx.preview": 1, "ai.onnx.preview.training": 1, "ai.onnx.training": 1,
		"com.microsoft": 1, "com.microsoft.experimental": 1, "com.microsoft.nchwc": 1, "com.ms.internal.nhwc": 28, "org.pytorch.aten": 1,
	}}
}

// Runnable gives the reasons for which rt cannot load m, as far as the file alone
// tells them, none if there are none: versions, operators, and the structure of
// the graph. It never gives one for a model that rt loads; what it does not find,
// such as shapes that do not fit, shows when rt loads the model.
func (m *Model) Runnable(rt Runtime) []Problem {
	s := &signer{}
	if m.IRVersion > rt.MaxIR {
		s.errorf(diag.BadModel, "", "export the model with an older version of ONNX",
			"the file has format version %d, %s reads up to %d", m.IRVersion, rt.Name, rt.MaxIR)
	}
	for _, o := range m.Opsets {
		if newest, ok := rt.Opsets[o.Domain]; ok && o.Version > newest {
			s.errorf(diag.BadModel, "", fmt.Sprintf("export the model with an opset of at most %d", newest),
				"the model uses opset %d%s, %s has up to %d", o.Version, of(o.Domain), rt.Name, newest)
		}
	}
	if m.graph == nil || s.failed() {
		return s.problems
	}
	d := &dialect{versions: versions(m.Opsets), functions: map[string]*function{}, ir: m.IRVersion, schemas: map[string]*opset.Schema{}}
	for _, f := range m.functions {
		d.functions[f.domain+"."+f.name] = f
	}
	used := m.usedFunctions(d)
	if foreign := m.foreign(rt, d, used); len(foreign) > 0 {
		s.errorf(diag.BadModel, "", "export the model without custom operators",
			"the model uses operators that %s does not have: %s", rt.Name, strings.Join(foreign[:min(5, len(foreign))], ", "))
	}
	faults := slices.Concat(m.graph.structure(), d.operators(rt, m.graph, true))
	for _, f := range used {
		inside := *d
		inside.versions, inside.schemas = versions(f.opsets), map[string]*opset.Schema{}
		for i := range f.nodes {
			if n := &f.nodes[i]; !n.constant() && d.functions[n.domain+"."+n.op] == nil {
				if _, why := inside.schema(rt, n); why != "" {
					faults = append(faults, why)
				}
			}
		}
	}
	if len(faults) == 0 {
		faults = d.elements(rt, m.graph, func(string) uint64 { return 0 })
	}
	const most = 5
	for _, f := range faults[:min(most, len(faults))] {
		s.errorf(diag.BadModel, "", "export the model again; "+rt.Name+" does not load it", "%s", f)
	}
	return s.problems
}

// of names a set of operators in a message, which for ai.onnx nobody does.
func of(domain string) string {
	if domain == "" {
		return ""
	}
	return " of " + domain
}

// versions gives the version of each domain that is imported, 0 where the file
// says two.
func versions(opsets []Opset) map[string]int64 {
	m := map[string]int64{}
	for _, o := range opsets {
		if v, twice := m[o.Domain]; twice && v != o.Version {
			o.Version = 0
		}
		m[o.Domain] = o.Version
	}
	return m
}

// usedFunctions gives the functions of the file that its graph calls: ONNX Runtime
// looks at no others.
func (m *Model) usedFunctions(d *dialect) []*function {
	used := map[*function]bool{}
	var visit func(nodes []node)
	visit = func(nodes []node) {
		for i := range nodes {
			n := &nodes[i]
			for _, sub := range n.subgraphs() {
				visit(sub.nodes)
			}
			if f := d.functions[n.domain+"."+n.op]; f != nil && !used[f] {
				used[f] = true
				visit(f.nodes)
			}
		}
	}
	visit(m.graph.nodes)
	return slices.SortedFunc(maps.Keys(used), func(a, b *function) int { return cmp.Compare(a.domain+"."+a.name, b.domain+"."+b.name) })
}

// foreign gives the operators of domains that rt does not know, such as
// "my.ops.Nms", sorted.
func (m *Model) foreign(rt Runtime, d *dialect, used []*function) []string {
	found := map[string]bool{}
	var visit func(nodes []node)
	visit = func(nodes []node) {
		for i := range nodes {
			n := &nodes[i]
			_, known := rt.Opsets[n.domain]
			if name := n.domain + "." + n.op; !known && d.functions[name] == nil && !n.constant() && !n.empty() {
				found[name] = true
			}
			for _, sub := range n.subgraphs() {
				visit(sub.nodes)
			}
		}
	}
	visit(m.graph.nodes)
	for _, f := range used {
		visit(f.nodes)
	}
	return slices.Sorted(maps.Keys(found))
}
