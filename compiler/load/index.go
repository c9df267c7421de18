package load

import (
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// entry is one field as it is written in a user's file.
type entry struct {
	label ast.Label // nil for an item of a list
	value ast.Expr
	doc   string
}

// index finds the fields of a package's files by their path, such as
// bento.graphs.read. A value in CUE that is made of several parts has no
// single place; its fields do.
type index map[string]entry

// newIndex reads the fields that files spell out. Of a path that is written
// more than once it keeps the first, but takes documentation from any.
func newIndex(files []*ast.File) index {
	ix := index{}
	for _, f := range files {
		ix.decls("", f.Decls)
	}
	return ix
}

func (ix index) decls(path string, decls []ast.Decl) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Field:
			if name, ok := labelName(d.Label); ok {
				ix.field(join(path, name), d)
			}
		case *ast.EmbedDecl:
			ix.expr(path, d.Expr)
		}
	}
}

func (ix index) field(path string, f *ast.Field) {
	doc := docOf(f)
	if old, ok := ix[path]; ok {
		if old.doc == "" {
			old.doc = doc
			ix[path] = old
		}
	} else {
		ix[path] = entry{label: f.Label, value: f.Value, doc: doc}
	}
	ix.expr(path, f.Value)
}

func (ix index) expr(path string, e ast.Expr) {
	switch e := e.(type) {
	case *ast.StructLit:
		ix.decls(path, e.Elts)
	case *ast.BinaryExpr:
		if e.Op == token.AND {
			ix.expr(path, e.X)
			ix.expr(path, e.Y)
		}
	case *ast.ParenExpr:
		ix.expr(path, e.X)
	case *ast.ListLit:
		for i, el := range e.Elts {
			at := path + "." + strconv.Itoa(i)
			if _, ok := ix[at]; !ok {
				ix[at] = entry{value: el}
			}
			ix.expr(at, el)
		}
	}
}

// labelPos gives the place of the label at path, or of the closest field
// around it.
func (ix index) labelPos(path string) ir.Pos {
	for ; path != ""; path = parentPath(path) {
		if e, ok := ix[path]; ok && e.label != nil {
			return spanOf(e.label)
		}
	}
	return ir.Pos{}
}

// valuePos gives the place of a scalar value at path, or of its label when the
// value is a struct or a list.
func (ix index) valuePos(path string) ir.Pos {
	e, ok := ix[path]
	if !ok {
		return ix.labelPos(path)
	}
	switch e.value.(type) {
	case *ast.StructLit, *ast.ListLit:
		return ix.labelPos(path)
	}
	return spanOf(e.value)
}

// names gives the regular fields that are written below a path, sorted.
func (ix index) names(path string) []string {
	var out []string
	for p := range ix {
		rest, ok := strings.CutPrefix(p, path+".")
		if !ok || rest[0] == '#' || rest[0] == '_' {
			continue
		}
		if labels := splitPath(rest); len(labels) == 1 {
			out = append(out, labels[0])
		}
	}
	slices.Sort(out)
	return out
}

// labelName gives the name of a static label.
func labelName(l ast.Label) (string, bool) {
	switch l.(type) {
	case *ast.Ident, *ast.BasicLit:
		name, _, err := ast.LabelName(l)
		return name, err == nil
	}
	return "", false
}

// docOf gives the text of the comments above a field.
func docOf(f *ast.Field) string {
	var parts []string
	for _, g := range append(ast.Comments(f), ast.Comments(f.Label)...) {
		if g.Doc {
			parts = append(parts, commentText(g))
		}
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

func commentText(g *ast.CommentGroup) string {
	var lines []string
	for _, c := range g.List {
		text := strings.TrimPrefix(c.Text, "//")
		lines = append(lines, strings.TrimRight(strings.TrimPrefix(text, " "), " \t"))
	}
	return strings.Join(lines, "\n")
}

// spanOf gives the place of a syntax node, from its first to its last byte.
func spanOf(n ast.Node) ir.Pos {
	if n == nil {
		return ir.Pos{}
	}
	p := posOf(n.Pos())
	if end := n.End(); p.IsValid() && end.IsValid() {
		p.EndLine, p.EndCol = end.Line(), end.Column()
	}
	return p
}

func posOf(p token.Pos) ir.Pos {
	if !p.IsValid() {
		return ir.Pos{}
	}
	return ir.Pos{File: p.Filename(), Line: p.Line(), Col: p.Column()}
}

// valueSpan gives the place of the expression that v was written as.
func valueSpan(v cue.Value) ir.Pos {
	if e := sourceExpr(v); e != nil {
		if p := spanOf(e); p.IsValid() {
			return p
		}
	}
	return posOf(v.Pos())
}

// sourceExpr gives the expression that v was written as, or nil where it has
// none or several.
func sourceExpr(v cue.Value) ast.Expr {
	switch n := v.Source().(type) {
	case *ast.Field:
		return n.Value
	case ast.Expr:
		return n
	case *ast.EmbedDecl:
		return n.Expr
	}
	return nil
}

// join adds a label to a path, quoted where CUE asks for it.
func join(path, label string) string {
	label = quoteLabel(label)
	if path == "" {
		return label
	}
	return path + "." + label
}

func quoteLabel(label string) string {
	if ast.IsValidIdent(label) || strings.HasPrefix(label, "[") {
		return label
	}
	return strconv.Quote(label)
}

// parentPath takes the last label off a path.
func parentPath(path string) string {
	labels := splitPath(path)
	if len(labels) <= 1 {
		return ""
	}
	out := ""
	for _, l := range labels[:len(labels)-1] {
		out = join(out, l)
	}
	return out
}

// splitPath gives the labels of a path, unquoted.
func splitPath(path string) []string {
	var labels []string
	for path != "" {
		if path[0] == '"' {
			quoted, err := strconv.QuotedPrefix(path)
			if err == nil {
				label, _ := strconv.Unquote(quoted)
				labels = append(labels, label)
				path = strings.TrimPrefix(path[len(quoted):], ".")
				continue
			}
		}
		label, rest, _ := strings.Cut(path, ".")
		labels = append(labels, label)
		path = rest
	}
	return labels
}
