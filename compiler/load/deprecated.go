package load

import (
	"cmp"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// deprecated is the attribute of a field that will be taken away:
//
//	lang?: string @deprecated(until="2027-03-01", why="it is found out")
//
// CUE itself gives an attribute no meaning, so that it fits beside any type.
const deprecated = "deprecated"

const deprecatedForm = `write @deprecated(until="2027-03-01", why="…")`

// deprecation reads the attribute of a field, nil where there is none. Pos is the
// field's.
func (t *typer) deprecation(v cue.Value, pos ir.Pos, path string) *ir.Deprecation {
	var found *ir.Deprecation
	for _, a := range v.Attributes(cue.FieldAttr) {
		if a.Name() != deprecated {
			continue
		}
		at := attributePos(v, pos)
		dep := t.attribute(&a, at, path)
		if found != nil && (dep.Until != found.Until || dep.Why != found.Why) {
			t.diags.Errorf(diag.BadDeprecation, at, path, "the field is deprecated twice, in different words").
				Hintf("keep one of the attributes")
		}
		found = dep
	}
	return found
}

// attribute reads the arguments.
func (t *typer) attribute(a *cue.Attribute, at ir.Pos, path string) *ir.Deprecation {
	dep := &ir.Deprecation{Pos: at}
	fields := map[string]*string{"since": &dep.Since, "until": &dep.Until, "why": &dep.Why}
	given := map[string]bool{}
	bad := func(format string, args ...any) {
		t.diags.Errorf(diag.BadDeprecation, at, path, format, args...).Hintf(deprecatedForm)
	}
	if err := a.Err(); err != nil {
		bad("@%s cannot be read: %s", deprecated, plainMessage(err))
		return dep
	}
	for arg := range a.Args(0) {
		switch field := fields[arg.Key]; {
		case arg.Key == "" && arg.Value == "": // @deprecated()
		case field == nil:
			bad("@%s has no argument %s", deprecated, cmp.Or(arg.Key, arg.Value))
			return dep
		case given[arg.Key]:
			bad("@%s says %s twice", deprecated, arg.Key)
			return dep
		default:
			*field, given[arg.Key] = arg.AsString(), true
		}
	}
	for _, name := range []string{"until", "why"} {
		if strings.TrimSpace(*fields[name]) == "" {
			bad("@%s does not say %s", deprecated, name)
			return dep
		}
	}
	return dates(t.diags, dep, func(string) ir.Pos { return at }, path)
}

func (d *decoder) dates(dep *ir.Deprecation, at func(field string) ir.Pos, path string) *ir.Deprecation {
	return dates(d.diags, dep, at, path)
}

// dates reports what are no days, or days in the wrong order. What is absent CUE
// reports, or the attribute's reader.
func dates(diags *diag.List, dep *ir.Deprecation, at func(field string) ir.Pos, path string) *ir.Deprecation {
	for _, day := range []struct{ name, text string }{{"since", dep.Since}, {"until", dep.Until}} {
		if _, err := ir.Date(day.text); err != nil && day.text != "" {
			diags.Errorf(diag.BadDeprecation, at(day.name), path, "%s: %q is no day", day.name, day.text).
				Hintf(`write a day of the calendar such as "2027-03-01"`)
			return dep
		}
	}
	if dep.Since != "" && dep.Until != "" && dep.Until < dep.Since {
		diags.Errorf(diag.BadDeprecation, at("until"), path, "it is promised until %s, which is before %s, since when it is deprecated", dep.Until, dep.Since).
			Hintf("until is the last day on which it is promised")
	}
	return dep
}

// attributePos gives the place of the attribute where v was written once, else the
// field's.
func attributePos(v cue.Value, pos ir.Pos) ir.Pos {
	if f, ok := v.Source().(*ast.Field); ok {
		for _, a := range f.Attrs {
			if name, _ := a.Split(); name == deprecated {
				return spanOf(a)
			}
		}
	}
	return pos
}

// strayAttributes reports attributes that mean nothing where they stand: one that is
// left unread is a promise that nobody hears of.
func strayAttributes(diags *diag.List, files []*ast.File) {
	for _, f := range files {
		strayIn(diags, f.Decls, "", false)
	}
}

// strayIn looks through declarations; typed is true below a definition or a hidden
// field, where types are.
func strayIn(diags *diag.List, decls []ast.Decl, path string, typed bool) {
	for _, decl := range decls {
		switch x := decl.(type) {
		case *ast.Attribute:
			stray(diags, x, path, false)
		case *ast.Field:
			name, _ := labelName(x.Label)
			special := strings.HasPrefix(name, "#") || strings.HasPrefix(name, "_")
			below := path
			if name != "" {
				below = join(path, name)
			}
			for _, a := range x.Attrs {
				stray(diags, a, below, typed && !special)
			}
			strayInExpr(diags, x.Value, below, typed || special)
		case *ast.EmbedDecl:
			strayInExpr(diags, x.Expr, path, typed)
		case *ast.Comprehension:
			strayInExpr(diags, x.Value, path, typed)
		}
	}
}

func strayInExpr(diags *diag.List, e ast.Expr, path string, typed bool) {
	switch x := e.(type) {
	case *ast.StructLit:
		strayIn(diags, x.Elts, path, typed)
	case *ast.BinaryExpr:
		strayInExpr(diags, x.X, path, typed)
		strayInExpr(diags, x.Y, path, typed)
	case *ast.ParenExpr:
		strayInExpr(diags, x.X, path, typed)
	case *ast.UnaryExpr:
		strayInExpr(diags, x.X, path, typed)
	case *ast.ListLit:
		for _, el := range x.Elts {
			strayInExpr(diags, el, path, typed)
		}
	case *ast.Ellipsis:
		strayInExpr(diags, x.Type, path, typed)
	}
}

// stray reports an attribute that is meant to be @deprecated and is not read; of a
// field of a type it is, where it is spelled so.
func stray(diags *diag.List, a *ast.Attribute, path string, ofType bool) {
	switch name, _ := a.Split(); {
	case name == deprecated && !ofType:
		diags.Errorf(diag.BadDeprecation, spanOf(a), path, "@%s has no effect here", deprecated).
			Hintf("it stands behind a field of a type; an endpoint has a field: deprecated: {until: …, why: …}")
	case name != deprecated && suggest(name, []string{deprecated}) != "":
		diags.Errorf(diag.BadDeprecation, spanOf(a), path, "@%s has no meaning", name).Hintf("did you mean @%s?", deprecated)
	}
}
