package load

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// typer turns CUE types into IR types. It is closed: what it does not know is
// an error at its line, never dropped.
type typer struct {
	diags *diag.List
	index *index              // of the user's package
	types map[string]*ir.Type // named types, by name
	defs  map[string]*def     // definitions met, by package and path
	depth int                 // how many types the walk is inside of
	deep  bool                // the walk went too deep and is being given up

	renamed bool // names of kinds may mean something else
}

// maxDepth bounds how deep types lie in each other. Types that contain
// themselves by a definition's name never come near it.
const maxDepth = 50

// def is a CUE definition that is used as a type.
type def struct {
	name      string
	typ       *ir.Type
	done      bool
	recursive bool
}

func newTyper(diags *diag.List, ix *index) *typer {
	return &typer{diags: diags, index: ix, types: map[string]*ir.Type{}, defs: map[string]*def{}, renamed: renamesKinds(ix)}
}

// place gives where the user wrote v; path is v's.
func (t *typer) place(v cue.Value, path string) ir.Pos {
	if pos := valueSpan(v); pos.IsValid() && !fromSchemaFile(pos.File) {
		return pos
	}
	return t.index.valuePos(path)
}

// errorf reports a type that is not supported.
func (t *typer) errorf(pos ir.Pos, path, format string, args ...any) *diag.Diagnostic {
	if t.deep {
		return &diag.Diagnostic{} // what follows is of no use
	}
	return t.diags.Errorf(diag.UnsupportedType, pos, path, format, args...)
}

func anyType(pos ir.Pos) *ir.Type { return &ir.Type{Kind: ir.KindAny, Pos: pos} }

// object gives the type of v, which is to be an object; a named type is
// replaced by what it stands for, so that the result always has its fields.
func (t *typer) object(v cue.Value, parts []part, path string) *ir.Type {
	typ := t.ofParts(v, parts, path)
	for typ.Kind == ir.KindRef && t.types[typ.Ref] != nil {
		inline := *t.types[typ.Ref]
		inline.Pos = typ.Pos
		typ = &inline
	}
	return typ
}

// typeOf gives the type that v stands for. Path is v's own, for messages.
func (t *typer) typeOf(v cue.Value, path string) *ir.Type {
	return t.ofParts(v, solid(v), path)
}

func (t *typer) ofParts(v cue.Value, parts []part, path string) *ir.Type {
	if len(parts) == 1 && parts[0].form == formRef {
		if d, ok := defName(parts[0]); ok {
			return t.named(parts[0], d, path)
		}
	}
	pos := t.place(v, path)
	if t.depth++; t.depth > maxDepth || t.deep {
		t.tooDeep(pos, path)
	}
	defer func() { t.depth-- }()
	if kind, ok := helperKind(v); ok {
		return t.helper(v, kind, pos, path)
	}
	if t.deep || t.notForData(v, parts, pos, path) {
		return anyType(pos)
	}
	parts = deref(parts, maxChain, namesFormat)
	if len(parts) == 1 && parts[0].form == formEither {
		return t.either(v, parts[0], pos, path)
	}
	switch k := kindOf(v, parts); {
	case k == cue.StructKind:
		return t.structType(v, parts, pos, path)
	case k == cue.ListKind:
		return t.listType(v, parts, pos, path)
	case k == cue.TopKind && len(parts) == 0:
		return anyType(pos)
	case scalarKinds[k] != "":
		return t.scalar(v, scalarKinds[k], parts, pos, path)
	default:
		t.broken(v, k, parts, pos, path)
		return anyType(pos)
	}
}

// tooDeep reports, once, a type that contains itself without having a name.
func (t *typer) tooDeep(pos ir.Pos, path string) {
	if t.deep {
		return
	}
	labels := splitPath(path)
	path = strings.Join(labels[:min(len(labels), 8)], ".")
	t.errorf(pos, path, "this type lies in itself without end, or more than %d types deep", maxDepth).
		Hintf("%s", nameIt)
	t.deep = true
}

// nameIt is the cure for types that lie in themselves.
const nameIt = "give a type that contains itself a name, a definition of its own such as #Tree, and an end"

// notForData reports a definition of the schema that is no type of data, such
// as schema.#Runner.
func (t *typer) notForData(v cue.Value, parts []part, pos ir.Pos, path string) bool {
	for _, p := range parts {
		if p.form == formRef && fromSchema(p.root) && v.IncompleteKind() == cue.StructKind {
			t.errorf(pos, path, "schema.%s is no type of data", selName(p.path[len(p.path)-1])).
				Hintf("the schema's types of data are #Image, #Audio, #File, #Tensor, #Table, #Bytes and #Stream")
			return true
		}
	}
	return false
}

// broken reports a type that has no kind of its own: because it is computed
// from something that is there only at run time, because no value fits it, or
// because it may be of several kinds at once.
func (t *typer) broken(v cue.Value, k cue.Kind, parts []part, pos ir.Pos, path string) {
	if t.manyKinds(parts, pos, path) {
		return
	}
	found := len(*t.diags)
	for _, p := range parts {
		if p.form == formOp && !pureBound(p) {
			t.unsupportedOp(p, path)
		}
		t.noComprehension(p, path)
	}
	if len(*t.diags) > found {
		return
	}
	if name, ok := sourceExpr(v).(*ast.Ident); ok && k == cue.TopKind && isPredeclared(name.Name) {
		t.errorf(pos, path, "%s is the field of that name here, not CUE's %[1]s", name.Name).Hintf("write __%s, which always is CUE's", name.Name)
		return
	}
	if k != cue.BottomKind {
		t.errorf(pos, path, "a value that may be %v needs a disjunction", k).Hintf("write the types with | between them")
		return
	}
	t.noFit(v, v.Err(), pos, path)
}

// isPredeclared reports whether CUE has a type of that name, which a field hides.
func isPredeclared(name string) bool {
	switch name {
	case "bool", "bytes", "float", "float32", "float64", "int", "number", "rune", "string", "uint":
		return true
	}
	size, ok := strings.CutPrefix(strings.TrimPrefix(name, "u"), "int")
	return ok && slices.Contains([]string{"8", "16", "32", "64", "128"}, size)
}

// noFit reports a type that CUE found an error in.
func (t *typer) noFit(v cue.Value, err error, pos ir.Pos, path string) {
	code, msg := diag.Conflict, "no value fits this type"
	if err != nil {
		msg = plainMessage(err)
	}
	if strings.HasPrefix(msg, "structural cycle") {
		t.diags.Errorf(diag.Cycle, pos, path, "this type contains itself without an end").Hintf("%s", nameIt)
		return
	}
	name, undefined := strings.CutPrefix(msg, "undefined field: ")
	base, names := missingIn(v, name)
	if undefined && base != "" {
		d := t.diags.Errorf(diag.Incomplete, pos, path, "%s has no %s", base, name)
		if s := suggest(name, names); s != "" {
			d.Hintf("did you mean %s.%s?", base, s)
		}
		return
	}
	t.diags.Errorf(code, pos, path, "%s", msg)
}

// pureBound reports whether p is a bound or a regular expression with a
// constant.
func pureBound(p part) bool {
	return p.op != cue.CallOp && len(p.args) == 1 && isScalarConst(p.args[0])
}

// kindOf gives the kind of v. A list with list.MinItems evaluates to an error,
// because the list that CUE tries is the empty one; its parts tell.
func kindOf(v cue.Value, parts []part) cue.Kind {
	k := v.IncompleteKind()
	if k != cue.BottomKind {
		return k
	}
	k = cue.TopKind
	for _, p := range parts {
		k &= p.v.IncompleteKind()
	}
	if k == cue.ListKind && slices.ContainsFunc(parts, func(p part) bool { return p.form == formOp }) {
		return k
	}
	return cue.BottomKind
}

// defName reports whether p refers to a definition that can become a named
// type, and gives the definition's own name. The run-time definitions, such as
// runners.det.#output, and bentoc's own types cannot.
func defName(p part) (string, bool) {
	last := p.path[len(p.path)-1]
	if !last.IsDefinition() || fromSchema(p.root) {
		return "", false
	}
	name := strings.TrimPrefix(last.String(), "#")
	if runtimeLabels[name] || name == "" {
		return "", false
	}
	return name, true
}

// runtimeLabels are the definitions that hold run-time values or their types.
var runtimeLabels = map[string]bool{
	"input": true, "output": true, "in": true, "out": true, "item": true, "each": true, "map": true, "on": true, "fold": true, "init": true, "acc": true,
}

// named gives the type of a definition: a reference to a named type for
// objects, unions, tables and recursive types, the type itself for the others.
func (t *typer) named(p part, name, path string) *ir.Type {
	pos := valueSpan(p.v)
	key := defKey(p)
	d, ok := t.defs[key]
	if !ok {
		d = &def{name: t.freeName(name, p.path)}
		t.defs[key] = d
		target := dereference(p.v)
		d.typ = t.ofParts(target, solid(target), path)
		d.done = true
		if doc := valueDoc(target); doc != "" && d.typ.Doc == "" {
			d.typ.Doc = doc
		}
		if d.recursive || d.typ.Kind == ir.KindObject || d.typ.Kind == ir.KindUnion || d.typ.Kind == ir.KindTable {
			t.types[d.name] = d.typ
		}
	}
	if !d.done {
		d.recursive = true
	}
	if d.recursive || t.types[d.name] == d.typ && d.typ != nil {
		return &ir.Type{Kind: ir.KindRef, Ref: d.name, Pos: pos}
	}
	inline := *d.typ
	inline.Pos = pos
	return &inline
}

func defKey(p part) string {
	key := ""
	if inst := p.root.BuildInstance(); inst != nil {
		key = inst.ImportPath
	}
	return key + ":" + cue.MakePath(p.path...).String()
}

// freeName gives a definition a name that no other has: its own, or one with
// the labels around it in front.
func (t *typer) freeName(name string, path []cue.Selector) string {
	name = upperFirst(name)
	taken := func(n string) bool {
		for _, d := range t.defs {
			if strings.EqualFold(d.name, n) {
				return true
			}
		}
		return false
	}
	base := name
	for i := len(path) - 2; i > 0 && taken(name); i-- {
		if path[i].LabelType() == cue.StringLabel {
			name = upperFirst(selName(path[i])) + name
		}
	}
	for n := 2; taken(name); n++ {
		name = fmt.Sprintf("%s%d", base, n)
	}
	return name
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
