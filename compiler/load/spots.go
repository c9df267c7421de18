package load

import (
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// spot is a field of an [index] with what is written below it.
type spot struct {
	entry
	kids map[string]*spot
	open []openSpot // fields whose names are computed, or are any
	from []ast.Expr // references that bring fields in
}

// openSpot is a field whose name a comprehension computes, or the pattern of many.
type openSpot struct {
	prefix, suffix string // what the name is known to begin and to end with
	*spot
}

// maxFollowed bounds how many references are followed to a field.
const maxFollowed = 16

func (ix *index) decls(s *spot, decls []ast.Decl) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Field:
			ix.field(s, d)
		case *ast.EmbedDecl:
			ix.expr(s, d.Expr)
		case *ast.Comprehension:
			ix.expr(s, d.Value)
		}
	}
}

func (ix *index) field(s *spot, f *ast.Field) {
	name, static := labelName(f.Label)
	if !static {
		o := openSpot{spot: &spot{entry: entry{label: f.Label, value: f.Value, doc: docOf(f)}}}
		o.prefix, o.suffix = around(f.Label)
		s.open = append(s.open, o)
		ix.written(o.spot, f.Value)
		return
	}
	kid := s.kid(name)
	if doc := docOf(f); kid.value == nil {
		kid.entry = entry{label: f.Label, value: f.Value, doc: doc, required: kid.required}
	} else if kid.doc == "" {
		kid.doc = doc
	}
	kid.required = kid.required || f.Constraint == token.NOT
	ix.written(kid, f.Value)
}

func (ix *index) written(s *spot, e ast.Expr) {
	ix.spots[e] = s
	ix.expr(s, e)
}

func (s *spot) kid(name string) *spot {
	if s.kids == nil {
		s.kids = map[string]*spot{}
	}
	if s.kids[name] == nil {
		s.kids[name] = &spot{}
	}
	return s.kids[name]
}

// expr reads the fields of what is written at s.
func (ix *index) expr(s *spot, e ast.Expr) {
	switch e := e.(type) {
	case *ast.StructLit:
		ix.decls(s, e.Elts)
	case *ast.BinaryExpr:
		if e.Op == token.AND {
			ix.expr(s, e.X)
			ix.expr(s, e.Y)
		}
	case *ast.ParenExpr:
		ix.expr(s, e.X)
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr:
		if !fromSchemaPackage(e) {
			s.from = append(s.from, e)
		}
	case *ast.CallExpr:
		if fun, ok := e.Fun.(*ast.Ident); ok && fun.Name == "close" && len(e.Args) == 1 {
			ix.expr(s, e.Args[0])
		}
	case *ast.ListLit:
		for i, el := range e.Elts {
			if c, ok := el.(*ast.Comprehension); ok {
				// It makes any number of items, so that no index is known from here on.
				o := openSpot{spot: &spot{entry: entry{value: itemOf(c)}}}
				s.open = append(s.open, o)
				ix.written(o.spot, o.value)
				break
			}
			if kid := s.kid(strconv.Itoa(i)); kid.value == nil {
				kid.value = el
				ix.written(kid, el)
			}
		}
	}
}

// itemOf gives what a comprehension in a list makes an item of.
func itemOf(c *ast.Comprehension) ast.Expr {
	if body, ok := c.Value.(*ast.StructLit); ok && len(body.Elts) == 1 {
		if e, ok := body.Elts[0].(*ast.EmbedDecl); ok {
			return e.Expr
		}
	}
	return c.Value
}

// fromSchemaPackage reports whether a reference is to the schema: that is not looked
// into.
func fromSchemaPackage(e ast.Expr) bool {
	root := rootIdent(e)
	if root == nil {
		return false
	}
	spec, ok := root.Node.(*ast.ImportSpec)
	return ok && isSchema(strings.Trim(spec.Path.Value, `"`))
}

// around gives what a name of a computed label begins and ends with.
func around(l ast.Label) (prefix, suffix string) {
	in, ok := l.(*ast.Interpolation)
	if !ok || len(in.Elts) < 3 {
		return "", ""
	}
	if first, ok := in.Elts[0].(*ast.BasicLit); ok {
		prefix = strings.TrimSuffix(strings.TrimPrefix(first.Value, `"`), `\(`)
	}
	if last, ok := in.Elts[len(in.Elts)-1].(*ast.BasicLit); ok {
		suffix = strings.TrimSuffix(strings.TrimPrefix(last.Value, ")"), `"`)
	}
	return prefix, suffix
}

func (o openSpot) takes(name string) bool {
	return len(name) >= len(o.prefix)+len(o.suffix) && strings.HasPrefix(name, o.prefix) && strings.HasSuffix(name, o.suffix)
}

// find gives the field below s that labels lead to, or nil: first what is spelt
// out, then what a comprehension or a pattern makes, then what a reference brings.
func (ix *index) find(s *spot, labels []string, follow int) *spot {
	if len(labels) == 0 {
		return s
	}
	if kid := s.kids[labels[0]]; kid != nil {
		if found := ix.find(kid, labels[1:], follow); found != nil {
			return found
		}
	}
	if name := labels[0]; name != "" && name[0] != '#' && name[0] != '_' {
		for _, o := range s.open {
			if o.takes(name) {
				if found := ix.find(o.spot, labels[1:], follow); found != nil {
					return found
				}
			}
		}
	}
	if follow == 0 {
		return nil
	}
	for _, e := range s.from {
		if target := ix.target(e, follow-1); target != nil && target != s {
			if found := ix.find(target, labels, follow-1); found != nil {
				return found
			}
		}
	}
	return nil
}

// brings reports whether a template that is used at a path declares a field of this name
// itself: a parameter of the template. Of a path with a computed name that is not known,
// and CUE sees to what is closed.
func (ix *index) brings(path, name string) bool {
	s := ix.find(ix.root, splitPath(path), maxFollowed)
	if s == nil {
		return true
	}
	return slices.ContainsFunc(s.from, func(e ast.Expr) bool {
		t := ix.target(e, maxFollowed)
		return t != nil && t != s && ix.find(t, []string{name}, maxFollowed) != nil
	})
}

// target gives what a reference leads to, or nil.
func (ix *index) target(e ast.Expr, follow int) *spot {
	if follow <= 0 {
		return nil
	}
	switch e := e.(type) {
	case *ast.Ident:
		switch n := e.Node.(type) {
		case *ast.ImportSpec:
			return ix.imported(n)
		case *ast.LetClause:
			return ix.target(n.Expr, follow-1)
		case ast.Expr:
			return ix.spots[n]
		}
		return ix.root.kids[e.Name]
	case *ast.SelectorExpr:
		if name, ok := labelName(e.Sel); ok {
			return ix.member(e.X, name, follow)
		}
	case *ast.IndexExpr:
		if lit, ok := e.Index.(*ast.BasicLit); ok {
			if name, ok := labelName(lit); ok {
				return ix.member(e.X, name, follow)
			}
		}
	case *ast.ParenExpr:
		return ix.target(e.X, follow-1)
	case *ast.StructLit, *ast.BinaryExpr:
		if ix.spots[e] == nil {
			s := &spot{}
			ix.written(s, e)
		}
		return ix.spots[e]
	}
	return nil
}

func (ix *index) member(of ast.Expr, name string, follow int) *spot {
	if s := ix.target(of, follow-1); s != nil {
		return ix.find(s, []string{name}, follow-1)
	}
	return nil
}

// imported gives the fields of a package of the user's.
func (ix *index) imported(spec *ast.ImportSpec) *spot {
	name, err := strconv.Unquote(spec.Path.Value)
	if err != nil || isSchema(name) {
		return nil
	}
	if s, ok := ix.packages[name]; ok {
		return s
	}
	for _, imp := range ix.imports {
		if plainImport(imp.ImportPath) != plainImport(name) {
			continue
		}
		s := &spot{}
		ix.packages[name] = s
		ix.imports = append(ix.imports, imp.Imports...)
		for _, f := range imp.Files {
			ix.decls(s, f.Decls)
		}
		return s
	}
	return nil
}

// plainImport takes version and package name off an import path.
func plainImport(p string) string {
	p, _, _ = strings.Cut(p, ":")
	p, rest, found := strings.Cut(p, "@")
	if _, below, ok := strings.Cut(rest, "/"); found && ok {
		p += "/" + below
	}
	return p
}
