package load

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/ast/astutil"
	cueerrors "cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/mod/modfile"
)

// Format gives the text of a CUE file the way `cue fmt` does, and a bento in the words of
// this schema: sizes that are in quotes, such as memory: "2Gi", are the numbers that they
// stand for, and what a map node maps over is #map.
// Language is the version of CUE that the file is written in, "" for the newest. What
// is no CUE is a diagnostic at its place in name, and no text.
func Format(name string, text []byte, language string) (formatted []byte, diags diag.List, err error) {
	l := &loading{}
	if l.mergeConflicts(name, text) {
		return nil, l.diags.Sorted(), nil
	}
	opts := []parser.Option{parser.ParseComments}
	if language != "" {
		opts = append(opts, parser.Version(language))
	}
	file, err := parser.ParseFile(name, text, opts...)
	if err != nil {
		for _, e := range cueerrors.Errors(err) {
			pos := posOf(e.Position())
			if !pos.IsValid() {
				pos = ir.Pos{File: name, Line: 1, Col: 1}
			}
			diags.Errorf(diag.Syntax, pos, "", "%s", message(findingOf(e)))
		}
		return nil, diags.Sorted(), nil
	}
	unquoteSizes(file)
	defineMaps(file)
	formatted, err = format.Node(file)
	if err != nil {
		return nil, nil, fmt.Errorf("formatting %s: %w", name, err)
	}
	return formatted, nil, nil
}

// Language gives the version of CUE that a module file asks for, "" where it does not
// say or cannot be read.
func Language(name string, text []byte) string {
	f, err := modfile.ParseNonStrict(text, name)
	if err != nil || f.Language == nil {
		return ""
	}
	return f.Language.Version
}

// sizePlaces are the fields of a bento that are a size, below `bento:`; * is any name.
var sizePlaces = [][]string{
	{"services", "*", "resources", "memory"},
	{"runners", "*", "resources", "gpu", "memory"},
	{"services", "*", "traffic", "maxBody"},
	{"services", "*", "endpoints", "*", "maxBody"},
}

// sizeOwners are the definitions of the schema that have sizes, and where a bento has what
// they are of. A policy and a template are made of them.
var sizeOwners = map[string][]string{
	"#Bento": {}, "#Service": {"services", "*"}, "#Resources": {"services", "*", "resources"},
	"#Traffic": {"services", "*", "traffic"}, "#Endpoint": {"services", "*", "endpoints", "*"},
}

// unquoteSizes puts a number in the place of each size that is in quotes: of a bento,
// and of the definitions that are made of the schema's.
func unquoteSizes(file *ast.File) {
	for _, bento := range bentosOf(file) {
		unquoteBelow(bento, nil)
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.Field); ok && strings.HasPrefix(strings.TrimPrefix(labelOf(f), "_"), "#") {
			if path, ok := ownerOf(f.Value, file); ok {
				unquoteBelow(f.Value, path)
			}
		}
	}
}

// ownerOf gives where a bento has what is made of a definition of the schema itself.
func ownerOf(e ast.Expr, file *ast.File) (path []string, ok bool) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if e.Op != token.AND {
			return nil, false
		}
		if path, ok = ownerOf(e.X, file); !ok {
			path, ok = ownerOf(e.Y, file)
		}
		return path, ok
	case *ast.ParenExpr:
		return ownerOf(e.X, file)
	case *ast.SelectorExpr:
		name, _, err := ast.LabelName(e.Sel)
		pkg, isName := e.X.(*ast.Ident)
		path, ok = sizeOwners[name]
		return path, ok && err == nil && isName && importsSchema(file, pkg.Name)
	}
	return nil, false
}

// importsSchema tells whether a file calls bentoc's schema by a name.
func importsSchema(file *ast.File, name string) bool {
	for spec := range file.ImportSpecs() {
		path, err := literal.Unquote(spec.Path.Value)
		path, _, _ = strings.Cut(path, "@")
		if err == nil && path == "bentoc.dev/schema" && (spec.Name == nil && name == "schema" || spec.Name != nil && spec.Name.Name == name) {
			return true
		}
	}
	return false
}

// bentosOf gives what a file says that a bento is.
func bentosOf(file *ast.File) (bentos []ast.Expr) {
	for _, d := range file.Decls {
		if f, ok := d.(*ast.Field); ok && labelOf(f) == "bento" && ofSchema(f.Value) {
			bentos = append(bentos, f.Value)
		}
	}
	return bentos
}

// ofSchema tells whether an expression is `schema.#Bento & {…}`, however the package is
// called and whatever else is joined.
func ofSchema(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return e.Op == token.AND && (ofSchema(e.X) || ofSchema(e.Y))
	case *ast.ParenExpr:
		return ofSchema(e.X)
	case *ast.SelectorExpr:
		name, _, err := ast.LabelName(e.Sel)
		return err == nil && name == "#Bento"
	}
	return false
}

// unquoteBelow goes through the structs that are joined to what lies at a path.
func unquoteBelow(e ast.Expr, path []string) {
	for _, f := range joinedFields(e) {
		at := append(path[:len(path):len(path)], labelOf(f))
		switch below, is := sizePlace(at); {
		case is:
			f.Value = unquotedSize(f.Value)
		case below:
			unquoteBelow(f.Value, at)
		}
	}
}

// labelOf gives the name of a field; one that is none, such as a pattern, is *.
func labelOf(f *ast.Field) string {
	name, _, err := ast.LabelName(f.Label)
	if err != nil {
		return "*"
	}
	return name
}

// sizePlace tells whether a size lies at a path, or below it.
func sizePlace(path []string) (below, is bool) {
	for _, place := range sizePlaces {
		if len(path) > len(place) {
			continue
		}
		fits := true
		for i, label := range path {
			fits = fits && (place[i] == "*" || place[i] == label)
		}
		below, is = below || fits, is || fits && len(path) == len(place)
	}
	return below, is
}

// unquotedSize gives the number that a size in quotes stands for, also in brackets, as a
// default, an arm or a bound; another expression stays, and so does a text that is no size.
func unquotedSize(e ast.Expr) ast.Expr {
	switch x := e.(type) {
	case *ast.ParenExpr:
		x.X = unquotedSize(x.X)
	case *ast.UnaryExpr:
		if slices.Contains([]token.Token{token.MUL, token.LEQ, token.LSS, token.GEQ, token.GTR}, x.Op) {
			x.X = unquotedSize(x.X)
		}
	case *ast.BinaryExpr:
		if (x.Op == token.AND || x.Op == token.OR) && !namesString(x) {
			x.X, x.Y = unquotedSize(x.X), unquotedSize(x.Y)
		}
	}
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return e
	}
	text, err := literal.Unquote(lit.Value)
	number := unquoted(lit.Value, "int")
	if err != nil || number == "" || strings.Contains(text, ".") && !strings.Contains(number, ".") { // it would be rounded
		return e
	}
	n := &ast.BasicLit{ValuePos: lit.ValuePos, Kind: token.INT, Value: number}
	astutil.CopyMeta(n, lit)
	return n
}

// namesString tells whether an expression wants a text.
func namesString(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(n ast.Node) bool {
		name, ok := n.(*ast.Ident)
		found = found || ok && (name.Name == "string" || name.Name == "__string")
		return true
	}, nil)
	return found
}
