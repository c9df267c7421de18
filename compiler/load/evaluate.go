package load

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/schema"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	cueload "cuelang.org/go/cue/load"
	"cuelang.org/go/cue/parser"
)

// loading is one load in progress.
type loading struct {
	ctx    context.Context
	opts   Options
	place  place
	diags  diag.List
	result *Result
	err    error
}

// name gives the CUE file's name in positions.
func (p place) name() string { return path.Join(p.dir, p.file) }

// load reads, evaluates and decodes the bento.
func (l *loading) load(base fs.FS) {
	l.result = emptyResult()
	text, err := fs.ReadFile(base, l.place.name())
	if err != nil {
		l.unreadable(err)
		return
	}
	tfs, err := mount(base)
	if err != nil {
		text, _ := fs.ReadFile(base, moduleFile)
		l.result.Source = func(string) []byte { return text }
		l.moduleFile(err, text)
		return
	}
	l.result.Source = func(file string) []byte { return tfs.bytesOf(tfs.display, file) }
	defer func() {
		l.result.Files = tfs.digests(tfs.display)
		l.result.Kept = tfs.keptPackages()
	}()
	from := &registry{seen: tfs, base: base, from: l.opts.Modules, ctx: l.ctx, found: map[string]foundModule{}}
	tfs.cueOnly = true
	inst := l.instance(tfs, from, text)
	l.result.Modules = from.modules()
	tfs.cueOnly = false
	switch {
	case len(tfs.nested) > 0:
		at := tfs.nested[0]
		at.File = tfs.display(at.File)
		l.diags.Errorf(diag.EvalLimit, at, "", "more than %d labels, operators or brackets hang on each other up to here", maxNested).
			Hintf("break the value up")
		return
	case len(tfs.escaped) > 0:
	case from.err != nil:
		l.err = from.err
	case from.wrongs():
		l.diags = append(l.diags, from.wrong...)
	case l.requiredSchema(base), l.importedSchema(inst):
	case inst.Err != nil:
		l.loadErrors(inst, tfs.trackFS)
	case l.standardImports(inst, map[*build.Instance]bool{}):
	default:
		l.stale(base)
		l.evaluate(inst)
	}
	if len(tfs.escaped) > 0 {
		// What CUE says about a file that it could not read is of no use.
		l.diags, l.result.IR, l.result.Broken = nil, nil, nil
	}
	for _, name := range tfs.escaped {
		l.outside(tfs.display(name))
	}
}

// instance loads the package that the CUE file belongs to, or the file alone
// where it has no package clause.
func (l *loading) instance(tfs *mounted, from *registry, text []byte) *build.Instance {
	cfg := &cueload.Config{
		FS: tfs, Dir: path.Join("/", l.place.dir), ModuleRoot: "/",
		Tags: l.opts.Tags, FromFSPath: tfs.display, Registry: from,
	}
	arg := l.place.file
	if f, err := parser.ParseFile(l.place.name(), text, parser.PackageClauseOnly); err == nil && f.PackageName() != "" {
		cfg.Package = f.PackageName()
		arg = "."
	}
	return cueload.Instances([]string{arg}, cfg)[0]
}

// evaluate builds the value and decodes it, or reports what is wrong with it.
func (l *loading) evaluate(inst *build.Instance) {
	ctx := cuecontext.New()
	root := ctx.BuildInstance(inst)
	ix := newIndex(inst)
	l.result.index = ix
	c := &collector{diags: &l.diags, index: ix, root: root, unknown: map[string]bool{}, structs: map[string][]string{}, shapes: map[cue.Value]*shape{}, schema: schemaValue(ctx, inst)}
	bento := root.LookupPath(cue.MakePath(cue.Str("bento")))
	if !c.schema.Exists() {
		l.missing(inst.Files, ix)
		return
	}
	c.typos(inst.Files)
	c.requiredByPolicies()
	if err := root.Err(); err != nil && !bento.Exists() {
		c.all(err)
		return
	}
	if !bento.Exists() {
		l.missing(inst.Files, ix)
		return
	}
	c.all(root.Validate(cue.Concrete(true)))
	broken := l.diags.HasErrors()
	if !broken && !bento.LookupPath(cue.MakePath(cue.Def("#schema"))).Exists() {
		l.missing(inst.Files, ix)
		return
	}
	var found diag.List
	d := &decoder{
		diags: &found, inst: inst, index: ix, dir: l.place.dir, typer: newTyper(&found, ix), root: root, proveAll: l.opts.proveAll,
	}
	b := d.bento(bento)
	strayAttributes(&found, inst.Files)
	if !broken && !found.HasErrors() {
		c.behindReferences()
		broken = l.diags.HasErrors()
	}
	if broken {
		l.diags = append(l.diags, Beside(found, l.diags)...)
		l.result.Broken = b
		return
	}
	l.diags = append(l.diags, found...)
	l.result.IR = b
}

// Beside gives the diagnostics of found that have nothing to do with what is
// already known to be wrong: other lines, other paths.
func Beside(found, known diag.List) diag.List {
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool {
		return slices.ContainsFunc(known, func(k diag.Diagnostic) bool {
			if k.Code == diag.Cycle && d.Code == diag.Cycle {
				return true
			}
			if in := parentPath(k.Path); k.Code == diag.UnknownField && (d.Code == diag.OneOf || d.Code == diag.MissingField) && (d.Path == in || parentPath(d.Path) == in) {
				return true // the field that is missing is there, misspelt
			}
			return k.Pos.File == d.Pos.File && k.Pos.Line == d.Pos.Line ||
				within(d.Path, k.Path) || (d.Code == diag.BadValue || d.Code == diag.Conflict) && within(k.Path, d.Path)
		})
	})
}

// within reports whether a path is another one or lies below it.
func within(path, other string) bool {
	return path == other || strings.HasPrefix(path, other+".")
}

// schemaValue gives #Bento out of the schema that the package imports, itself or
// by way of others: a package of policies may alone name the schema.
func schemaValue(ctx *cue.Context, inst *build.Instance) cue.Value {
	seen := map[*build.Instance]bool{inst: true}
	for queue := []*build.Instance{inst}; len(queue) > 0; queue = queue[1:] {
		for _, imp := range queue[0].Imports {
			if isSchema(imp.ImportPath) {
				return ctx.BuildInstance(imp).LookupPath(cue.MakePath(cue.Def("#Bento")))
			}
			if !seen[imp] {
				seen[imp] = true
				queue = append(queue, imp)
			}
		}
	}
	return cue.Value{}
}

// missing reports a package without a bento that is written under the schema.
func (l *loading) missing(files []*ast.File, ix *index) {
	pos := ix.labelPos("bento")
	hint := fmt.Sprintf("import %q and write `bento: schema.#Bento & {…}`", schema.ImportPath)
	if e := embeddedSchema(files); e != nil {
		pos = spanOf(e)
		hint = "write `bento: schema.#Bento & {…}`: a schema that is embedded does not find misspelt fields"
	}
	if !pos.IsValid() {
		pos = ir.Pos{File: l.place.name(), Line: 1, Col: 1}
	}
	l.diags.Errorf(diag.NoBento, pos, "bento", "the package has no bento that is written under bentoc's schema").Hintf("%s", hint)
}

// embeddedSchema gives a schema.#Bento that is embedded at the top of a file.
func embeddedSchema(files []*ast.File) ast.Node {
	for _, f := range files {
		for _, d := range f.Decls {
			if e, ok := d.(*ast.EmbedDecl); ok && strings.Contains(exprText(e.Expr), "#Bento") {
				return e
			}
		}
	}
	return nil
}

func fromSchema(root cue.Value) bool {
	inst := root.BuildInstance()
	return inst != nil && isSchema(inst.ImportPath)
}

func fromSchemaFile(name string) bool { return strings.HasPrefix(name, schemaDir+"/") }
