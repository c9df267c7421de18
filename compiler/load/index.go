package load

import (
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/token"
)

// entry is one field as it is written in a user's file.
type entry struct {
	label ast.Label // nil for an item of a list
	value ast.Expr
	doc   string
	// required is true where any of the places says that the field must be there: name!
	required bool
}

// index finds the fields of a package's files by their path, such as
// bento.graphs.read. A value in CUE that is made of several parts has no
// single place; its fields do.
//
// What a comprehension, a pattern, a reference or a package brings in is found
// where that is written.
type index struct {
	root     *spot
	spots    map[ast.Expr]*spot // by what the field was written as
	imports  []*build.Instance
	packages map[string]*spot // the roots of imported packages
}

// newIndex reads the fields that the files of a package spell out. Of a path that
// is written more than once it keeps the first, but takes documentation from any.
func newIndex(inst *build.Instance) *index {
	ix := &index{root: &spot{}, spots: map[ast.Expr]*spot{}, imports: inst.Imports, packages: map[string]*spot{}}
	for _, f := range inst.Files {
		ix.decls(ix.root, f.Decls)
	}
	return ix
}

// at gives the field at a path.
func (ix *index) at(path string) (entry, bool) {
	if s := ix.find(ix.root, splitPath(path), maxFollowed); s != nil && s.value != nil {
		return s.entry, true
	}
	return entry{}, false
}

func (ix *index) has(path string) bool {
	_, ok := ix.at(path)
	return ok
}

// labelPos gives the place of the label at path, or of the closest field
// around it.
func (ix *index) labelPos(path string) ir.Pos {
	for ; path != ""; path = parentPath(path) {
		if e, ok := ix.at(path); ok && e.label != nil {
			return spanOf(e.label)
		}
	}
	return ir.Pos{}
}

// valuePos gives the place of a scalar value at path, or of its label when the
// value is a struct or a list.
func (ix *index) valuePos(path string) ir.Pos {
	e, ok := ix.at(path)
	if !ok {
		return ix.labelPos(path)
	}
	return e.place()
}

func (e entry) place() ir.Pos {
	switch e.value.(type) {
	case *ast.StructLit, *ast.ListLit:
		if e.label != nil {
			return spanOf(e.label)
		}
	}
	return spanOf(e.value)
}

// names gives the regular fields that are written below a path, sorted.
func (ix *index) names(path string) []string {
	s := ix.find(ix.root, splitPath(path), maxFollowed)
	if s == nil {
		return nil
	}
	var out []string
	for name, kid := range s.kids {
		if kid.label != nil && !strings.HasPrefix(name, "#") && !strings.HasPrefix(name, "_") {
			out = append(out, name)
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
