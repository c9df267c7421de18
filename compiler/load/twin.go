package load

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/ast/astutil"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// twin is the bento evaluated once more with a mark in the place of everything that has
// a value only when a request runs, and a mark on every runner, graph and model. Where a
// reference leads is seen by the mark that arrives, however it was written: through
// templates, let, comprehensions, conditions, other packages. What is computed from a
// run-time value has no value in the twin, whatever default CUE would fold into it.
//
// What the twin says counts only where the bento's own evaluation agrees, see [twin.agree].
type twin struct {
	root  cue.Value // the bento itself, as it was evaluated first
	bento cue.Value // of the twin
	marks []mark
}

// mark is what one mark stands for: a run-time value, or a member of a collection.
type mark struct {
	path       []cue.Selector // where the marked value is
	collection string         // runners, graphs or models; "" for a run-time value
}

// markField is the hidden field that marks a struct.
const markField = "_bentocMark"

// markText is the text of a mark.
func markText(i int) string { return fmt.Sprintf("bentoc mark %d", i) }

// newTwin evaluates the twin of a bento; nil where that cannot be done.
func newTwin(inst *build.Instance, root cue.Value) *twin {
	t := &twin{root: root}
	m := marking{twin: t, inst: inst}
	overlay := m.overlay(root.LookupPath(cue.MakePath(cue.Str("bento"))))
	copies := map[*build.Instance]*build.Instance{}
	other := copyOf(inst, copies)
	if other == nil {
		return nil
	}
	file, err := parser.ParseFile("marks.cue", overlay)
	if err != nil {
		return nil
	}
	other.Files = append(other.Files, file)
	v := cuecontext.New().BuildInstance(other)
	if t.bento = v.LookupPath(cue.MakePath(cue.Str("bento"))); !t.bento.Exists() {
		return nil
	}
	return t
}

// copyOf gives an instance and all that it imports with the types of run-time values
// taken out; nil where a file cannot be written and read again.
func copyOf(inst *build.Instance, copies map[*build.Instance]*build.Instance) *build.Instance {
	if c, ok := copies[inst]; ok {
		return c
	}
	c := *inst
	copies[inst] = &c
	c.Files, c.Imports = nil, nil
	for _, f := range inst.Files {
		text, err := format.Node(f)
		if err != nil {
			return nil
		}
		file, err := parser.ParseFile(f.Filename, text, parser.ParseComments)
		if err != nil {
			return nil
		}
		if fromSchemaFile(f.Filename) {
			withoutInference(file)
		} else {
			withoutTypes(file, inst.ImportPath)
		}
		c.Files = append(c.Files, file)
	}
	for _, imp := range inst.Imports {
		ic := copyOf(imp, copies)
		if ic == nil {
			return nil
		}
		c.Imports = append(c.Imports, ic)
	}
	return &c
}

// typed are the definitions that give run-time values their types.
var typed = []string{"#input", "#out", "#item", "#acc"}

// withoutTypes lets the definitions of a file that declare run-time values stand for
// anything. The types stay beside in a list of which an item is picked: what they use
// is used still, and CUE does not evaluate them.
//
// Each place that declares such types leaves a trace in its struct, a hidden field, so that
// what something is added to differs from what it was.
func withoutTypes(file *ast.File, pkg string) {
	astutil.Apply(file, func(c astutil.Cursor) bool {
		if lit, ok := c.Node().(*ast.StructLit); ok {
			traces(lit, pkg)
			withoutSpread(lit)
		}
		f, ok := c.Node().(*ast.Field)
		if !ok {
			return true
		}
		name, ok := labelName(f.Label)
		if _, isText := f.Label.(*ast.BasicLit); !ok || isText || !slices.Contains(typed, name) {
			return true
		}
		f.Value = &ast.IndexExpr{
			X:     &ast.ListLit{Elts: []ast.Expr{ast.NewIdent("_"), f.Value}},
			Index: &ast.BasicLit{Kind: token.INT, Value: "0"},
		}
		return false
	}, nil)
}

// traceField begins the hidden fields that tell where types were declared.
const traceField = "_bentocTypes"

func traces(lit *ast.StructLit, pkg string) {
	for _, el := range lit.Elts {
		f, ok := el.(*ast.Field)
		if !ok {
			continue
		}
		if name, ok := labelName(f.Label); ok && (name == "#output" || slices.Contains(typed, name)) {
			at := f.Pos().Position()
			place := sha256.Sum256(fmt.Appendf(nil, "%s %s:%d:%d", pkg, at.Filename, at.Line, at.Column))
			lit.Elts = append(lit.Elts, &ast.Field{Label: ast.NewIdent(fmt.Sprintf("%s%x", traceField, place[:8])), Value: ast.NewLit(token.TRUE, "true")})
		}
	}
}

// traced gives the traces in a struct.
func traced(v cue.Value) (names []string) {
	it, err := v.Fields(cue.Hidden(true))
	for err == nil && it.Next() {
		if name := it.Selector().String(); strings.HasPrefix(name, traceField) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// withoutInference takes out of the schema's nodes what gives #out and #item the types of
// what is called or mapped over: they are marked.
func withoutInference(file *ast.File) {
	for _, d := range file.Decls {
		f, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		if name, _ := labelName(f.Label); name != "#Node" {
			continue
		}
		if lit, ok := f.Value.(*ast.StructLit); ok {
			lit.Elts = slices.DeleteFunc(lit.Elts, func(d ast.Decl) bool { return isNode[*ast.Comprehension](d) })
		}
	}
}

// at gives the value of the twin at a path below the bento.
func (t *twin) at(path string) cue.Value {
	v := t.bento
	for _, l := range splitPath(strings.TrimPrefix(path, "bento.")) {
		v = v.LookupPath(cue.MakePath(selectorOf(l)))
	}
	return v
}

// markOf gives the mark that a value carries, or -1.
func (t *twin) markOf(v cue.Value) int {
	if v.IncompleteKind() != cue.StructKind {
		i, _, _ := t.leafMark(v)
		return i
	}
	it, err := v.Fields(cue.Hidden(true))
	if err != nil {
		return -1
	}
	for it.Next() {
		if it.Selector().String() == markField {
			s, _ := it.Value().String()
			return t.number(s)
		}
	}
	return -1
}

func (t *twin) number(text string) int {
	var i int
	if n, err := fmt.Sscanf(text, "bentoc mark %d", &i); n != 1 || err != nil || i < 0 || i >= len(t.marks) {
		return -1
	}
	return i
}

// leafMark gives the mark of a value that is no struct, and the types that were put
// beside it; ok is false for anything that is not just one marked value and types.
func (t *twin) leafMark(v cue.Value) (i int, beside []ast.Expr, ok bool) {
	if v.Err() != nil || v.IsConcrete() || isDisjunction(v) {
		return -1, nil, false
	}
	e, err := parser.ParseExpr("mark", fmt.Sprint(v))
	if err != nil {
		return -1, nil, false
	}
	i, ok = -1, true
	var walk func(e ast.Expr)
	walk = func(e ast.Expr) {
		if both, is := e.(*ast.BinaryExpr); is && both.Op == token.AND {
			walk(both.X)
			walk(both.Y)
			return
		}
		switch n := t.markedBy(e); {
		case n >= 0 && (i < 0 || i == n):
			i = n
		case n >= 0, strings.Contains(formatExpr(e), "bentoc mark"):
			ok = false
		default:
			beside = append(beside, e)
		}
	}
	walk(e)
	return i, beside, ok && i >= 0
}

// markedBy gives the mark that an expression is, or -1.
func (t *twin) markedBy(e ast.Expr) int {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) != 2 || exprText(call.Fun) != "matchN" {
		return -1
	}
	list, ok := call.Args[1].(*ast.ListLit)
	if !ok || len(list.Elts) != 1 {
		return -1
	}
	lit, ok := list.Elts[0].(*ast.BasicLit)
	if !ok {
		return -1
	}
	return t.number(strings.Trim(lit.Value, `"`))
}

func isDisjunction(v cue.Value) bool {
	if _, has := v.Default(); has && !v.IsConcrete() {
		return true
	}
	op, _ := v.Expr()
	return op == cue.OrOp
}
