package load

import (
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// closer is a definition of the user's that lets no further field into a struct.
type closer struct {
	name string // as it is referred to, such as #Step
	in   string // the struct inside it, such as engine.go; "" is the whole
	pos  ir.Pos // of that struct's label
}

// closedBy gives the definition that keeps the field at a path out, or nil.
func (c *collector) closedBy(path string) *closer {
	labels := splitPath(path)
	name := labels[len(labels)-1]
	for n := len(labels) - 1; n > 0; n-- {
		s := c.index.find(c.index.root, labels[:n], maxFollowed)
		if s == nil {
			continue
		}
		in := labels[n : len(labels)-1]
		for _, e := range s.from {
			def, isDef := definitionName(e)
			if !isDef {
				continue
			}
			around := c.index.target(e, maxFollowed)
			if around == nil {
				continue
			}
			at := c.index.find(around, in, maxFollowed)
			if at == nil || c.index.find(at, []string{name}, maxFollowed) != nil || isOpen(at.value) {
				continue
			}
			found := &closer{name: def, in: strings.Join(in, ".")}
			if at.label != nil {
				found.pos = spanOf(at.label)
			}
			return found
		}
	}
	return nil
}

// besideReference reports whether a field stands in a run-time value that is one
// reference: {…} & prep.#out.
func (c *collector) besideReference(path string) bool {
	for p := path; p != ""; p = parentPath(p) {
		if e, ok := c.index.at(p); ok && e.value != nil {
			if op, ok := e.value.(*ast.BinaryExpr); ok && op.Op == token.AND && (refersRuntime(op.X) || refersRuntime(op.Y)) {
				return true
			}
			if len(runtimeElements(e.value)) > 0 {
				return true
			}
		}
		if strings.HasPrefix(lastLabel(p), "#") {
			return false
		}
	}
	return false
}

func refersRuntime(e ast.Expr) bool {
	switch e.(type) {
	case *ast.Ident, *ast.SelectorExpr:
		return mentionsRuntime(e, 0)
	}
	return false
}

// definitionName gives how a reference to a definition is written.
func definitionName(e ast.Expr) (string, bool) {
	last := ""
	switch e := e.(type) {
	case *ast.Ident:
		last = e.Name
	case *ast.SelectorExpr:
		last, _ = labelName(e.Sel)
	}
	return exprText(e), strings.HasPrefix(strings.TrimPrefix(last, "_"), "#")
}

// isOpen reports whether a struct is written with "...".
func isOpen(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.StructLit:
		for _, d := range e.Elts {
			if _, ok := d.(*ast.Ellipsis); ok {
				return true
			}
		}
	case *ast.BinaryExpr:
		return e.Op == token.AND && (isOpen(e.X) || isOpen(e.Y))
	}
	return false
}

// keptOut reports a field that the schema knows and a definition does not let in.
func (c *collector) keptOut(f finding, by *closer, pos ir.Pos) {
	name, what := lastLabel(f.path), by.name
	if by.in != "" {
		what = by.in + " of " + by.name
	}
	f.users, f.schema = nil, nil
	d := c.report(diag.UnknownField, f, pos, "%s is closed, so %q cannot be added", what, name)
	if c.schemaAt(f.path).Exists() && !strings.Contains(by.name, ".") && by.in != "" {
		d.Hintf("add ... to %s, or begin %s with the schema's own type, such as schema.#Runner & {…}, which lets its fields in", what, by.name)
	} else {
		d.Hintf("add ... to %s, or add %s there", what, name)
	}
	d.Also(by.pos, "%s is closed here", what)
}
