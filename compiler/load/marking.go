package load

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/literal"
)

// marking writes the marks of a [twin] as CUE.
type marking struct {
	twin  *twin
	inst  *build.Instance
	out   strings.Builder
	names []string // that selectors have in the user's files; nil until they are wanted
}

// deepestMark bounds how deep the fields of a run-time value are marked one by one: a
// type may contain itself.
const deepestMark = 8

// overlay gives the file that marks the runners, graphs and models of a bento, and what
// the graphs take and their nodes give back.
func (m *marking) overlay(bento cue.Value) string {
	if name := m.inst.PkgName; name != "" {
		fmt.Fprintf(&m.out, "package %s\n", name)
	}
	m.out.WriteString("bento: {\n")
	for _, collection := range []string{"models", "runners", "graphs"} {
		it, err := get(bento, collection).Fields()
		if err != nil {
			continue
		}
		for it.Next() {
			path := []cue.Selector{cue.Str("bento"), cue.Str(collection), it.Selector()}
			fmt.Fprintf(&m.out, "%s: %s: {%s\n", collection, quoted(it.Selector()), m.mark(path, collection))
			if collection == "graphs" {
				m.runtime(it.Value(), "#input", path)
				m.nodes(it.Value(), path)
			}
			m.out.WriteString("}\n")
		}
	}
	m.out.WriteString("}\n")
	return m.out.String()
}

// mark gives the field that marks a struct.
func (m *marking) mark(path []cue.Selector, collection string) string {
	return fmt.Sprintf("%s: %q", markField, m.next(path, collection))
}

func (m *marking) next(path []cue.Selector, collection string) string {
	m.twin.marks = append(m.twin.marks, mark{slices.Clone(path), collection})
	return markText(len(m.twin.marks) - 1)
}

func quoted(s cue.Selector) string {
	if s.LabelType() == cue.StringLabel {
		return literal.Label.Quote(s.Unquoted())
	}
	return s.String()
}

// nodes marks what nodes give back, and the items of those that map.
func (m *marking) nodes(v cue.Value, path []cue.Selector) {
	it, err := get(v, "nodes").Fields()
	if err != nil {
		return
	}
	for it.Next() {
		at := append(slices.Clone(path), cue.Str("nodes"), it.Selector())
		fmt.Fprintf(&m.out, "nodes: %s: {\n", quoted(it.Selector()))
		m.runtime(it.Value(), "#out", at)
		if it.Value().LookupPath(cue.MakePath(cue.Def("#map"))).Exists() {
			m.runtime(it.Value(), "#item", at)
			m.nodes(it.Value(), at)
		}
		if it.Value().LookupPath(cue.MakePath(cue.Def("#fold"))).Exists() {
			m.runtime(it.Value(), "#item", at)
			m.runtime(it.Value(), "#acc", at)
			m.nodes(it.Value(), at)
		}
		m.arms(it.Value(), at)
		if fallback := get(it.Value(), ir.FallbackArm); fallback.Exists() {
			m.out.WriteString(ir.FallbackArm + ": {\n")
			m.nodes(fallback, append(slices.Clone(at), cue.Str(ir.FallbackArm)))
			m.out.WriteString("}\n")
		}
		m.out.WriteString("}\n")
	}
}

// arms marks what the nodes give back that lie in the arms of a node.
func (m *marking) arms(v cue.Value, path []cue.Selector) {
	it, err := get(v, "arms").Fields()
	if err != nil {
		return
	}
	for it.Next() {
		fmt.Fprintf(&m.out, "arms: %s: {\n", quoted(it.Selector()))
		m.nodes(it.Value(), append(slices.Clone(path), cue.Str("arms"), it.Selector()))
		m.out.WriteString("}\n")
	}
}

// runtime marks a definition that holds a run-time value.
func (m *marking) runtime(v cue.Value, def string, path []cue.Selector) {
	x := v.LookupPath(cue.MakePath(cue.Def(def)))
	at := append(slices.Clone(path), cue.Def(def))
	if def == "#item" && x.IncompleteKind() == cue.TopKind { // of a list that has to have some length
		for _, list := range []string{"#map", "#fold"} {
			if item := itemType(v.LookupPath(cue.MakePath(cue.Def(list))), maxChain); item.Exists() {
				x = item
			}
		}
	}
	fmt.Fprintf(&m.out, "%s: ", def)
	if x.IncompleteKind() == cue.TopKind && def != "#item" {
		m.unknown(at)
	} else {
		m.shape(x, at, deepestMark)
	}
	m.out.WriteString("\n")
}

// itemType gives the type of the items of a list, whatever bounds the list; it does not
// exist where that is not known.
func itemType(list cue.Value, depth int) cue.Value {
	item := list.LookupPath(cue.MakePath(cue.AnyIndex))
	if item.Exists() || depth == 0 {
		return item
	}
	for _, p := range deref(solid(list), maxChain, nil) {
		parts := p.args
		if p.form == formLiteral && p.v != list {
			parts = []cue.Value{p.v}
		}
		for _, a := range parts {
			if item = itemType(a, depth-1); item.Exists() {
				return item
			}
		}
	}
	return item
}

// shape marks a value and each of its fields.
func (m *marking) shape(x cue.Value, path []cue.Selector, depth int) {
	it, err := x.Fields(cue.Optional(true))
	if _, special := helperKind(x); err != nil || special || depth == 0 || x.IncompleteKind() != cue.StructKind {
		fmt.Fprintf(&m.out, "matchN(1, [%q])", m.next(path, ""))
		return
	}
	fmt.Fprintf(&m.out, "{%s\n", m.mark(path, ""))
	some := false
	for it.Next() {
		s := it.Selector()
		if s.LabelType() != cue.StringLabel {
			continue
		}
		some = true
		name := cue.Str(s.Unquoted())
		fmt.Fprintf(&m.out, "%s: ", quoted(name))
		m.shape(it.Value(), append(slices.Clone(path), name), depth-1)
		m.out.WriteString("\n")
	}
	if !some && x.Allows(cue.AnyString) {
		m.fields(path)
	}
	m.out.WriteString("}")
}

// unknown marks a struct of which nothing is known before the models are read: each
// name that a selector has anywhere may be one of its fields.
func (m *marking) unknown(path []cue.Selector) {
	fmt.Fprintf(&m.out, "{%s\n", m.mark(path, ""))
	m.fields(path)
	m.out.WriteString("}")
}

func (m *marking) fields(path []cue.Selector) {
	for _, name := range m.selected() {
		s := cue.Str(name)
		at := append(slices.Clone(path), s)
		if name != ir.SessionField {
			fmt.Fprintf(&m.out, "%s: matchN(1, [%q])\n", quoted(s), m.next(at, ""))
			continue
		}
		// The session of a runner with state is no tensor: it has fields itself.
		fmt.Fprintf(&m.out, "%s: {%s\n", quoted(s), m.mark(at, ""))
		for _, f := range ir.SessionAnswer().Fields {
			s := cue.Str(f.Name)
			fmt.Fprintf(&m.out, "%s: matchN(1, [%q])\n", quoted(s), m.next(append(slices.Clone(at), s), ""))
		}
		m.out.WriteString("}\n")
	}
}

// selected gives the names of fields that the user's files select: .NAME, or ["NAME"].
func (m *marking) selected() []string {
	if m.names != nil {
		return m.names
	}
	found := map[string]bool{}
	seen := map[*build.Instance]bool{}
	var visit func(inst *build.Instance)
	visit = func(inst *build.Instance) {
		if seen[inst] {
			return
		}
		seen[inst] = true
		for _, f := range inst.Files {
			if fromSchemaFile(f.Filename) {
				return
			}
			ast.Walk(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					if name, ok := labelName(n.Sel); ok {
						found[name] = true
					}
				case *ast.BasicLit:
					if name, err := literal.Unquote(n.Value); err == nil && ast.IsValidIdent(name) {
						found[name] = true
					}
				}
				return true
			}, nil)
		}
		for _, imp := range inst.Imports {
			visit(imp)
		}
	}
	visit(m.inst)
	m.names = []string{}
	for name := range found {
		if !strings.HasPrefix(name, "#") && !strings.HasPrefix(name, "_") {
			m.names = append(m.names, name)
		}
	}
	slices.Sort(m.names)
	return m.names
}
