package gosrc

import (
	"go/ast"
	"path"
	"strconv"
	"strings"
)

// shape is the signature that a function must have: the types of its parameters
// and results, in order.
type shape struct {
	params, results []named
	text            string // for messages, after "func"
}

// named is a type by the import path of its package ("" for error) and its name.
// Names of generated types are compared without regard to case: only the
// generator knows that url is written URL.
type named struct {
	pkg, name string
	fold      bool
}

func lifecycleShape() shape {
	return shape{
		params:  []named{{pkg: "context", name: "Context"}},
		results: []named{{name: "error"}},
		text:    "(context.Context) error",
	}
}

// stepShape is func(context.Context, bentogen.XInput) (bentogen.XOutput, error).
func (l *loader) stepShape(s step) shape {
	pkg := l.pathOf(l.mod.Bentogen)
	x := strings.NewReplacer("-", "", "_", "").Replace(s.name)
	x = strings.ToUpper(x[:1]) + x[1:]
	return shape{
		params:  []named{{pkg: "context", name: "Context"}, {pkg: pkg, name: x + "Input", fold: true}},
		results: []named{{pkg: pkg, name: x + "Output", fold: true}, {name: "error"}},
		text:    "(context.Context, bentogen." + x + "Input) (bentogen." + x + "Output, error)",
	}
}

// matches compares a function with a shape, by its text alone.
func (l *loader) matches(d *declarations, f function, want shape) bool {
	if f.decl.Type.TypeParams != nil {
		return false
	}
	return d.sameTypes(f, f.decl.Type.Params, want.params) && d.sameTypes(f, f.decl.Type.Results, want.results)
}

func (d *declarations) sameTypes(f function, have *ast.FieldList, want []named) bool {
	var exprs []ast.Expr
	if have != nil {
		for _, field := range have.List {
			for range max(len(field.Names), 1) {
				exprs = append(exprs, field.Type)
			}
		}
	}
	if len(exprs) != len(want) {
		return false
	}
	for i, e := range exprs {
		if !d.sameType(f.file, e, want[i]) {
			return false
		}
	}
	return true
}

// maxAliases bounds how far aliases are followed.
const maxAliases = 10

func (d *declarations) sameType(file *ast.File, e ast.Expr, want named) bool {
	for range maxAliases {
		switch t := e.(type) {
		case *ast.ParenExpr:
			e = t.X
		case *ast.SelectorExpr:
			x, ok := t.X.(*ast.Ident)
			return ok && importPath(file, x.Name) == want.pkg && want.is(t.Sel.Name)
		case *ast.Ident:
			alias, ok := d.aliases[t.Name]
			if !ok {
				return want.is(t.Name) && (want.pkg == "" || dotImports(file, want.pkg))
			}
			e, file = alias.expr, alias.file
		default:
			return false
		}
	}
	return false
}

func (n named) is(name string) bool {
	return name == n.name || n.fold && strings.EqualFold(name, n.name)
}

// importPath is what a file imports under a name.
func importPath(file *ast.File, name string) string {
	for _, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if spec.Name != nil && spec.Name.Name == name || spec.Name == nil && path.Base(p) == name {
			return p
		}
	}
	return ""
}

func dotImports(file *ast.File, pkg string) bool { return importPath(file, ".") == pkg }
