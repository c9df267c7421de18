package load

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// typos finds every field that the schema does not know, in one pass over the
// files. CUE reports only some of them: an error at the same place hides them.
func (c *collector) typos(files []*ast.File) {
	for _, f := range files {
		for _, d := range f.Decls {
			field, ok := d.(*ast.Field)
			if !ok {
				continue
			}
			if name, ok := labelName(field.Label); ok && name == "bento" {
				c.typosIn(field.Value, c.schema, "bento")
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(c.structs)) {
		c.missingFields(path, c.structs[path])
	}
}

// missingFields reports the fields that a struct must have and has not. CUE
// reports them only when nothing else is wrong.
func (c *collector) missingFields(path string, required []string) {
	for _, name := range required {
		at := join(path, name)
		if c.index.has(at) {
			continue
		}
		if v := c.root.LookupPath(cue.ParsePath(path)); v.Exists() && !get(v, name).Exists() {
			c.required(finding{path: at})
		}
	}
}

func (c *collector) typosIn(e ast.Expr, sv cue.Value, path string) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if e.Op == token.AND {
			c.typosIn(e.X, sv, path)
			c.typosIn(e.Y, sv, path)
		}
	case *ast.ParenExpr:
		c.typosIn(e.X, sv, path)
	case *ast.StructLit:
		if sv.IncompleteKind() != cue.StructKind {
			return
		}
		shape := c.shape(sv)
		if c.many == 0 {
			c.structs[path] = shape.required
		}
		for _, d := range e.Elts {
			switch d := d.(type) {
			case *ast.Field:
				c.typoField(d, shape, path)
			case *ast.Comprehension:
				c.typosIn(d.Value, sv, path)
			}
		}
	}
}

func (c *collector) typoField(f *ast.Field, s *shape, path string) {
	name, ok := labelName(f.Label)
	if !ok && s.pattern.Exists() {
		c.many++
		c.typosIn(f.Value, s.pattern, joinRaw(path, formatExpr(f.Label.(ast.Expr))))
		c.many--
	}
	if !ok || strings.HasPrefix(name, "_") {
		return
	}
	at := join(path, name)
	if quoted, ok := f.Label.(*ast.BasicLit); ok && quoted.Kind == token.STRING {
		name = "\x00" + name
	}
	if sv, ok := s.fields[strings.TrimPrefix(name, "\x00")]; ok {
		c.typosIn(f.Value, sv, at)
		return
	}
	name = strings.TrimPrefix(name, "\x00")
	if isDef := strings.HasPrefix(name, "#"); isDef {
		// Definitions of the user's own are types; a lower case one beside
		// #input and its like is a misspelt one of those.
		if len(s.defs) > 0 && len(name) > 1 && name[1] >= 'a' && name[1] <= 'z' && !c.index.brings(path, name) {
			c.unknownField(at, name, s.defs, f)
		}
		return
	}
	if s.pattern.Exists() {
		if s.key.Exists() && !s.allows(name) {
			c.badName(at, name, s.key, f)
			return
		}
		c.typosIn(f.Value, s.pattern, at)
		return
	}
	if !s.open {
		c.unknownField(at, name, append(slices.Clone(s.names), s.defs...), f)
	}
}

func (c *collector) unknownField(at, name string, names []string, f *ast.Field) {
	c.unknown[at] = true
	d := c.report(diag.UnknownField, finding{path: at}, spanOf(f.Label), "unknown field %q", name)
	if slices.Contains(names, "#"+name) {
		d.Hintf("write #%s: what has a value only when a request runs is a definition", name)
	} else if s := suggest(name, names); s != "" {
		d.Hintf("did you mean %q?", s)
	} else if len(names) > 0 {
		d.Hintf("the fields here are %s", strings.Join(names, ", "))
	}
}

func (c *collector) badName(at, name string, key cue.Value, f *ast.Field) {
	c.unknown[at] = true
	c.report(diag.BadValue, finding{path: at}, spanOf(f.Label), "%q cannot be a name here", name).
		Hintf("%s", patternHint(key))
}

// shape is what the schema allows in a struct.
type shape struct {
	fields   map[string]cue.Value // regular fields and definitions
	names    []string             // of the regular fields, in the schema's order
	required []string
	defs     []string
	pattern  cue.Value // value of fields with free names
	key      cue.Value // what these names must match
	keyExpr  *regexp.Regexp
	open     bool
}

// allows reports whether a field with a free name may have this one.
func (s *shape) allows(name string) bool {
	if s.keyExpr != nil {
		return s.keyExpr.MatchString(name)
	}
	return s.key.FillPath(cue.Path{}, name).Err() == nil
}

// keyExpr gives the regular expression that a pattern of names is; nil where it
// is something else. To unify each name with the pattern costs a hundred times as
// much.
func keyExpr(key cue.Value) *regexp.Regexp {
	parts := deref(solid(key), maxChain, nil)
	if len(parts) != 1 || parts[0].op != cue.RegexMatchOp || len(parts[0].args) != 1 {
		return nil
	}
	text, err := parts[0].args[0].String()
	if err != nil {
		return nil
	}
	re, _ := regexp.Compile(text) // nil for one that CUE reports
	return re
}

// shape is shapeOf, looked up once for all the members of a collection.
func (c *collector) shape(sv cue.Value) *shape {
	if s, ok := c.shapes[sv]; ok {
		return s
	}
	s := shapeOf(sv)
	c.shapes[sv] = &s
	return &s
}

func shapeOf(sv cue.Value) shape {
	s := shape{fields: map[string]cue.Value{}}
	it, err := sv.Fields(cue.Optional(true), cue.Patterns(true), cue.Definitions(true))
	if err != nil {
		s.open = true
		return s
	}
	for it.Next() {
		sel := it.Selector()
		switch {
		case sel.ConstraintType() == cue.PatternConstraint:
			s.pattern, s.key = it.Value(), sel.Pattern()
			s.keyExpr = keyExpr(s.key)
		case sel.IsDefinition():
			name := strings.TrimRight(sel.String(), "?!")
			s.fields[name] = it.Value()
			if runtimeLabels[strings.TrimPrefix(name, "#")] || name == "#match" {
				s.defs = append(s.defs, name)
			}
		default:
			s.fields[selName(sel)] = it.Value()
			s.names = append(s.names, selName(sel))
			if sel.ConstraintType() == cue.RequiredConstraint {
				s.required = append(s.required, selName(sel))
			}
		}
	}
	s.open = sv.Allows(cue.AnyString) && !s.pattern.Exists()
	return s
}

// schemaAt follows a path below bento through the schema; the result does not
// exist where the schema says nothing.
func (c *collector) schemaAt(path string) cue.Value {
	sv := c.schema
	labels := splitPath(path)
	if len(labels) == 0 || labels[0] != "bento" {
		return cue.Value{}
	}
	for _, l := range labels[1:] {
		if !sv.Exists() || sv.IncompleteKind() != cue.StructKind {
			return cue.Value{}
		}
		s := shapeOf(sv)
		next, ok := s.fields[l]
		if !ok {
			next = s.pattern
		}
		sv = next
	}
	return sv
}
