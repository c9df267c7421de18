package load

import (
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// form tells how one part of a value is written.
type form int

const (
	formLiteral form = iota // a constant, a struct, a list or the name of a kind
	formRef                 // a reference
	formEither              // a disjunction, its default taken off
	formOp                  // a bound, a call, arithmetic
)

// part is one operand of the `&` that a value is made of.
type part struct {
	form form
	v    cue.Value
	op   cue.Op
	args []cue.Value // of formEither and formOp
	root cue.Value   // of formRef: what path begins at
	path []cue.Selector
}

// partsOf takes a value apart at its `&`. References come first: asking a
// reference for its expression evaluates all that it refers to.
func partsOf(v cue.Value) []part {
	if root, path := referencePath(v); len(path.Selectors()) > 0 {
		if target := dereference(v); isBuiltin(root) && !isScalarConst(target) {
			return []part{{form: formOp, v: v, op: cue.CallOp, args: []cue.Value{target}}}
		}
		return []part{{form: formRef, v: v, root: root, path: path.Selectors()}}
	}
	op, args := v.Expr()
	switch {
	case op == cue.AndOp:
		var all []part
		for _, a := range args {
			all = append(all, partsOf(a)...)
		}
		return all
	case op == cue.OrOp:
		return []part{{form: formEither, v: v, op: op, args: args}}
	case op != cue.NoOp:
		return []part{{form: formOp, v: v, op: op, args: args}}
	case len(args) == 1 && args[0] != v:
		// `X | *d` where X takes in d is given as X alone.
		return []part{{form: formEither, v: v, op: op, args: args}}
	}
	return []part{{form: formLiteral, v: v}}
}

// dereference gives what a reference refers to, else v itself. CUE panics at references
// whose target is not evaluated, such as ones in the operands of an expression.
func dereference(v cue.Value) (target cue.Value) {
	target = v
	defer func() { _ = recover() }()
	return cue.Dereference(v)
}

// referencePath gives what a reference begins at and where it leads; the path is empty
// where v is none. CUE sets up an evaluation to tell, which is not needed where the
// syntax does.
func referencePath(v cue.Value) (root cue.Value, path cue.Path) {
	switch sourceExpr(v).(type) {
	case *ast.BasicLit, *ast.UnaryExpr, *ast.BinaryExpr:
		return cue.Value{}, cue.Path{}
	}
	return v.ReferencePath()
}

// isBuiltin reports whether root is a package of CUE's standard library, whose
// paths have no dot in their first element.
func isBuiltin(root cue.Value) bool {
	inst := root.BuildInstance()
	if inst == nil {
		return true
	}
	first, _, _ := strings.Cut(inst.ImportPath, "/")
	return inst.ImportPath != "" && !strings.Contains(first, ".")
}

// isTop reports whether p is `_`, which says nothing.
func (p part) isTop() bool {
	return p.form == formLiteral && p.v.IncompleteKind() == cue.TopKind
}

// solid gives the parts of v without those that say nothing.
func solid(v cue.Value) []part {
	var out []part
	for _, p := range partsOf(v) {
		if !p.isTop() {
			out = append(out, p)
		}
	}
	return out
}

// deref gives the parts of v with references replaced by what they refer to.
// keep tells which references stay; depth bounds chains of them.
func deref(parts []part, depth int, keep func(part) bool) []part {
	var out []part
	for _, p := range parts {
		if p.form != formRef || depth == 0 || keep != nil && keep(p) {
			out = append(out, p)
			continue
		}
		target := dereference(p.v)
		if target == p.v {
			out = append(out, p)
			continue
		}
		out = append(out, deref(solid(target), depth-1, keep)...)
	}
	return out
}

// maxChain bounds how many references a value may be away from what it means.
const maxChain = 50
