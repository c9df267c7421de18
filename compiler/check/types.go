package check

import (
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkTypes finds the types that CUE knows and the server's Go code has no
// counterpart for.
func checkTypes(p *pass) {
	for _, name := range sorted(p.b.Types) {
		if t := p.b.Types[name]; p.endless(t, t, map[*ir.Type]bool{}) {
			p.unsupported(t, "types."+name, "#%s contains itself with no struct between", name).
				Hintf("put the inner value in a field: #Tree: {children: [...#Tree]}")
		}
	}
	seen := map[*ir.Type]bool{}
	ir.WalkTypes(p.b, func(path string, t *ir.Type) {
		if !seen[t] {
			seen[t] = true
			p.tuple(path, t)
			p.integers(path, t)
		}
	})
}

// unsupported reports a type at the path that [ir.WalkTypes] gives.
func (p *pass) unsupported(t *ir.Type, path, format string, args ...any) *diag.Diagnostic {
	if name, ok := strings.CutPrefix(path, "types."); ok {
		path = "#" + name
	} else {
		path = "bento." + strings.NewReplacer(".input", ".#input", ".output", ".#output").Replace(path)
	}
	return p.diags.Errorf(diag.UnsupportedType, first(t.Pos, p.b.Pos), path, format, args...)
}

// endless reports whether t leads back to start through lists, maps and null
// alone. What holds it in Go would be a type that is made of itself.
func (p *pass) endless(t, start *ir.Type, seen map[*ir.Type]bool) bool {
	var parts []*ir.Type
	switch t.Kind {
	case ir.KindList, ir.KindMap:
		parts = append(slices.Clip(t.Prefix), t.Elem)
	case ir.KindUnion:
		parts = []*ir.Type{p.b.Bare(t)}
	}
	for _, part := range parts {
		if part = p.b.Resolve(part); part == start {
			return true
		}
		if part != nil && !seen[part] {
			seen[part] = true
			if p.endless(part, start, seen) {
				return true
			}
		}
	}
	return false
}

// tuple reports a tuple that goes on with items of another type.
func (p *pass) tuple(path string, t *ir.Type) {
	if t.Kind != ir.KindList || len(t.Prefix) == 0 || t.Elem == nil {
		return
	}
	if !p.b.Uniform(append(slices.Clip(t.Prefix), t.Elem)...) {
		p.unsupported(t, path, "a list that begins with items of fixed types can only go on with items of that same type").
			Hintf("use a struct for the first items and a list for the rest: {head: …, rest: [...%s]}", describe(p.b, t.Elem))
	}
}

// integers reports constants that no integer of 64 bits holds.
func (p *pass) integers(path string, t *ir.Type) {
	f := newFitter(p.b)
	for _, c := range t.Enum {
		if a := f.conforms(c, &ir.Type{Kind: t.Kind}); t.Kind == ir.KindInt && a.verdict == no {
			p.unsupported(t, path, "%s", a)
		}
	}
	for _, field := range t.Fields {
		if field.Default == nil {
			continue
		}
		if a := f.conforms(field.Default, field.Type); a.verdict == no {
			p.unsupported(field.Type, path+"."+field.Name, "the default does not fit: %s", a)
		}
	}
}
