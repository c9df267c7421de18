package load

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/schema"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// undefined reports a reference to something that is not there, as what it was
// meant to be: a runner, a graph, a model, or the beginning of an edge.
func (c *collector) undefined(f finding) {
	name := ""
	if len(f.args) > 0 {
		name = strings.Trim(fmt.Sprint(f.args[len(f.args)-1]), `"`)
	}
	pos := c.valuePos(f)
	if len(f.users) > 0 {
		pos = f.users[len(f.users)-1]
		pos.EndLine, pos.EndCol = pos.Line, pos.Col+len(name)
	}
	f.users, f.schema = nil, nil
	code, thing := refersTo(splitPath(f.path))
	base, names := missingIn(c.root.LookupPath(cue.ParsePath(f.path)), name)
	switch {
	case base == "" && c.notInSight(f, pos, name):
	case thing != "":
		d := c.report(code, f, pos, "there is no %s %q", thing, name)
		if names == nil {
			names = c.index.names("bento." + thing + "s")
		}
		if slices.Contains(names, name) {
			d.Hintf("write %ss.%s", thing, name)
		} else {
			nameHint(d, name, names)
		}
	case base != "" && code == diag.DanglingEdge && c.hiddenBy(f, pos, base):
	case base != "":
		d := c.report(code, f, pos, "%s has no field %q", base, name)
		nameHint(d, name, names)
	case code == diag.DanglingEdge:
		d := c.report(code, f, pos, "there is nothing called %q here", name)
		c.edgeHint(d, f.path, name)
	default:
		d := c.report(code, f, pos, "there is nothing called %q here", name)
		if near := suggest(name, c.typeNames()); near != "" {
			d.Hintf("did you mean %q?", near)
		}
	}
}

// typeNames are the names that a type may have: CUE's own, and those of the package.
func (c *collector) typeNames() []string {
	names := []string{"string", "int", "float", "number", "bool", "bytes", "null", "uint"}
	for name := range c.index.root.kids {
		if name != "bento" {
			names = append(names, name)
		}
	}
	return slices.Sorted(slices.Values(names))
}

// hiddenBy reports an edge that breaks off because a field beside it has the name that
// it begins with: in #output: {nodes: 1, l: nodes.l.#out} nodes is #output's own.
func (c *collector) hiddenBy(f finding, pos ir.Pos, base string) bool {
	root, _, _ := strings.Cut(base, ".")
	for p := parentPath(f.path); p != ""; p = parentPath(p) {
		if root != "" && root[0] != '#' && c.index.has(join(p, root)) {
			d := c.report(diag.DanglingEdge, f, pos, "%q is %s's own field here", root, lastLabel(p))
			e, _ := c.index.at(f.path)
			if e.value == nil {
				return true
			}
			if better := c.index.nodeFrom(f.path, root, strings.TrimPrefix(exprText(e.value), root)); better != "" {
				d.Hintf("write %s", better)
			}
			return true
		}
		if strings.HasPrefix(lastLabel(p), "#") {
			break
		}
	}
	return false
}

// notInSight reports a name that is there, but not seen from where it is used: a
// package that is not imported, an alias of other braces, a field of bento that a
// comprehension declares or that is used outside of it.
func (c *collector) notInSight(f finding, pos ir.Pos, name string) bool {
	hint := ""
	switch {
	case c.aliases[name]:
		hint = "an alias is seen only inside the braces that it stands before; write the path itself"
	case name == "schema":
		hint = fmt.Sprintf("import %q", schema.ImportPath)
	case slices.Contains(standardPackages, name):
		hint = fmt.Sprintf("import %q", name)
	case strings.HasPrefix(name, "#") && runtimeLabels[name[1:]]:
		hint = name + " is seen only inside the braces that it is declared in; write its path, such as graphs.NAME." + name
	case c.index.root.kids["bento"] != nil && c.index.root.kids["bento"].kids[name] != nil:
		hint = fmt.Sprintf("outside of its braces, and inside for and if, it is called bento.%s", name)
	default:
		return false
	}
	f.path = strings.TrimSuffix(f.path, ".")
	c.report(diag.Incomplete, f, pos, "there is nothing called %q here", name).Hintf("%s", hint)
	return true
}

func nameHint(d *diag.Diagnostic, name string, names []string) {
	if s := suggest(name, names); s != "" {
		d.Hintf("did you mean %q?", s)
	} else if len(names) > 0 {
		d.Hintf("there is %s", strings.Join(names, ", "))
	}
}

// missingIn finds the reference in v that breaks off at name: it gives how
// the user wrote what is there, and the names of the fields in it.
func missingIn(v cue.Value, name string) (string, []string) {
	for _, p := range partsOf(v) {
		if p.form != formRef {
			continue
		}
		for n := len(p.path) - 1; n >= 0; n-- {
			if selName(p.path[n]) != name || p.root.LookupPath(cue.MakePath(p.path[:n+1]...)).Exists() {
				continue
			}
			there := p.root
			if n > 0 {
				there = p.root.LookupPath(cue.MakePath(p.path[:n]...))
			}
			return written(p, len(p.path)-n), fieldNames(there)
		}
	}
	return "", nil
}

// written gives the text of a reference without its last n selectors.
func written(p part, n int) string {
	e := sourceExpr(p.v)
	for ; n > 0; n-- {
		sel, ok := e.(*ast.SelectorExpr)
		if !ok {
			return ""
		}
		e = sel.X
	}
	if e == nil {
		return ""
	}
	return exprText(e)
}

func fieldNames(v cue.Value) []string {
	it, err := v.Fields(cue.Definitions(true))
	if err != nil {
		return nil
	}
	var names []string
	for it.Next() {
		names = append(names, selName(it.Selector()))
	}
	return names
}

// refersTo tells what a reference at a path is meant to be. What a runner takes and gives is a type.
func refersTo(labels []string) (diag.Code, string) {
	for _, l := range labels {
		if len(labels) > 1 && labels[1] == "runners" {
			break
		}
		if l == "#in" || l == "#output" || l == "#each" || l == "#map" || l == "#on" || l == "#fold" || l == "#init" {
			return diag.DanglingEdge, ""
		}
	}
	last := ""
	if len(labels) > 0 {
		last = labels[len(labels)-1]
	}
	switch last {
	case "call", "runner":
		return diag.UnknownRunner, "runner"
	case "graph":
		return diag.UnknownGraph, "graph"
	case "model":
		return diag.BadModel, "model"
	}
	return diag.Incomplete, ""
}

// edgeHint tells how the beginning of an edge is written.
func (c *collector) edgeHint(d *diag.Diagnostic, path, name string) {
	labels := splitPath(path)
	graph := ""
	for i := 0; i+2 < len(labels); i++ {
		if labels[i] == "graphs" {
			graph = join(join(join("", labels[0]), "graphs"), labels[i+1])
			break
		}
	}
	nodes := c.index.names(graph + ".nodes")
	for _, n := range nodes {
		if n == name {
			d.Hintf("outside `nodes` a node is called nodes.%s, so write nodes.%s.#out", name, name)
			return
		}
	}
	if s := suggest(name, nodes); s != "" {
		d.Hintf("did you mean node %q?", s)
	} else if suggest(name, []string{"nodes"}) != "" {
		d.Hintf("did you mean nodes?")
	} else {
		d.Hintf("refer to #input, to a node's #out or to the #item of a map node")
	}
}

// exprText gives the source of an expression in one short line.
func exprText(e ast.Expr) string {
	return shorten(formatExpr(e))
}
