package check

import (
	"slices"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ecma"
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
	seen, told := map[*ir.Type]bool{}, map[ir.Pos]bool{}
	ir.WalkTypes(p.b, func(path string, t *ir.Type) {
		if !seen[t] {
			seen[t] = true
			p.refused(path, t, told)
			p.tuple(path, t)
			p.numbers(path, t)
			p.patterns(path, t)
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

// refused reports a type that is known and that no server has, once for its place.
func (p *pass) refused(path string, t *ir.Type, told map[ir.Pos]bool) {
	if why := t.Kind.Refused(); why != "" && !told[t.Pos] {
		told[t.Pos] = true
		p.unsupported(t, path, "%s", why).Hintf("answer with a list of all items: [...%s]", assign.Describe(p.b, t.Elem))
	}
}

// tuple reports a tuple that goes on with items of another type.
func (p *pass) tuple(path string, t *ir.Type) {
	if t.Kind != ir.KindList || len(t.Prefix) == 0 || t.Elem == nil {
		return
	}
	if !p.b.Uniform(append(slices.Clip(t.Prefix), t.Elem)...) {
		p.unsupported(t, path, "a list that begins with items of fixed types can only go on with items of that same type").
			Hintf("use a struct for the first items and a list for the rest: {head: …, rest: [...%s]}", assign.Describe(p.b, t.Elem))
	}
}

// numbers reports constants that no number of 64 bits holds.
func (p *pass) numbers(path string, t *ir.Type) {
	f := assign.New(p.b)
	for _, c := range t.Enum {
		if a := f.Conforms(c, &ir.Type{Kind: t.Kind}); (t.Kind == ir.KindInt || t.Kind == ir.KindFloat) && a.Verdict == assign.No {
			p.unsupported(t, path, "%s", a)
		}
	}
	for _, field := range t.Fields {
		if field.Default == nil {
			continue
		}
		if a := f.Conforms(field.Default, field.Type); a.Verdict == assign.No {
			p.unsupported(field.Type, path+"."+field.Name, "the default does not fit: %s", a)
		}
	}
}

// patterns warns of expressions that the descriptions of endpoints go without.
func (p *pass) patterns(path string, t *ir.Type) {
	for _, re := range slices.Concat(t.Patterns, t.NotPatterns) {
		if _, ok := ecma.Pattern(re); ok {
			continue
		}
		d := p.unsupported(t, path, "%s is left out of JSON Schema and OpenAPI: as ECMA-262 writes it, it has over %d kB", assign.Shorten(re), ecma.MaxLen>>10)
		d.Code, d.Severity = diag.BadPattern, diag.Warning
	}
}
