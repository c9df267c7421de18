package load

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/platform"
)

// decoder reads an evaluated bento into the IR.
type decoder struct {
	diags *diag.List
	inst  *build.Instance
	index *index
	typer *typer
	dir   string // bento.cue's folder, relative to the module root
	at    map[string]ir.Pos

	root    cue.Value // the user's package
	twin    *twin
	twinned bool // twin was asked for; it may be nil
	// proveAll asks the twin even for what is spelled out: a test of both.
	proveAll bool
}

// bento reads everything below `bento:`.
func (d *decoder) bento(v cue.Value) *ir.Bento {
	d.at = d.places(v)
	b := &ir.Bento{
		Version:     ir.Version,
		Name:        text(v, "name"),
		Doc:         text(v, "description"),
		Platforms:   texts(get(v, "platforms")),
		RequiredEnv: texts(get(v, "requiredEnv")),
		Env:         d.textMap(get(v, "env")),
		Labels:      d.textMap(get(v, "labels")),
		Base:        d.base(get(v, "base")),
		Pos:         d.index.labelPos("bento"),
		At:          d.at,
	}
	if b.Doc == "" {
		e, _ := d.index.at("bento")
		b.Doc = e.doc
	}
	d.platforms(b, get(v, "platforms"))
	slices.Sort(b.Platforms)
	b.Platforms = slices.Compact(b.Platforms)
	slices.Sort(b.RequiredEnv)
	b.RequiredEnv = slices.Compact(b.RequiredEnv)
	b.Files = d.files(get(v, "files"))
	b.Models = named(d, get(v, "models"), "bento.models", d.model)
	b.Runners = named(d, get(v, "runners"), "bento.runners", d.runner)
	b.Graphs = named(d, get(v, "graphs"), "bento.graphs", d.graph)
	b.Services = named(d, get(v, "services"), "bento.services", d.service)
	b.Diagnostics = named(d, get(v, "diagnostics"), "bento.diagnostics", d.diagnostic)
	b.Accepted = d.accepted(get(v, "accepted"))
	b.GPUs = d.gpus(get(v, "gpus"), "bento.gpus")
	b.Budgets = d.budgets(get(v, "budgets"))
	b.Tests = named(d, get(v, "tests"), "bento.tests", d.test)
	b.Types = usedTypes(b, d.typer.types)
	return b
}

// platforms fills in the default, and reports a list that says nothing or says
// something twice.
func (d *decoder) platforms(b *ir.Bento, v cue.Value) {
	const at = "bento.platforms"
	if len(b.Platforms) == 0 {
		if v.Exists() && v.Err() == nil {
			d.diags.Errorf(diag.BadPlatform, d.index.valuePos(at), at, "no platform to build for").
				Hintf("leave platforms out to build for %s", strings.Join(platform.Names(), " and "))
		}
		b.Platforms = platform.Names()
	}
	for i, p := range b.Platforms {
		if slices.Contains(b.Platforms[:i], p) {
			item := fmt.Sprintf("%s.%d", at, i)
			d.diags.Errorf(diag.BadPlatform, d.index.valuePos(item), item, "%s is listed twice", p).Hintf("take one out")
		}
	}
}

// named reads a struct whose fields are things with names.
func named[T any](d *decoder, v cue.Value, at string, read func(cue.Value, string, string) T) map[string]T {
	if !v.Exists() {
		return nil
	}
	out := map[string]T{}
	for _, m := range d.members(v, at) {
		out[m.name] = read(m.v, m.name, join(at, m.name))
	}
	return out
}

// member is a field of a struct with its value.
type member struct {
	name string
	v    cue.Value
}

// members gives the fields of a struct. CUE refuses to list those of a struct
// with an error in it; then the ones that the files spell out are given, so that
// what else is wrong in them is found too.
func (d *decoder) members(v cue.Value, at string) []member {
	var out []member
	it, err := v.Fields()
	if err != nil {
		for _, name := range d.index.names(at) {
			out = append(out, member{name, get(v, name)})
		}
		return out
	}
	for it.Next() {
		out = append(out, member{selName(it.Selector()), it.Value()})
	}
	return out
}

func get(v cue.Value, field string) cue.Value {
	return v.LookupPath(cue.MakePath(cue.Str(field)))
}

// scalar gives a field of v that is a number: its default where it has one.
func scalar(v cue.Value, field string) cue.Value {
	x, _ := get(v, field).Default()
	return x
}

// text gives the string field of v, or "".
func text(v cue.Value, field string) string {
	x := get(v, field)
	if !x.Exists() {
		return ""
	}
	s, _ := x.String()
	return s
}

// largest words the bounds of the checks for sizes that no integer holds.
var largest = map[string]string{"maxBody": "16Gi", "memory": "64Ti"}

// number gives the integer field of v, or 0; at is the path of v. One that no integer
// of 32 bits holds is reported: nothing that is counted is as many.
func (d *decoder) number(v cue.Value, field, at string) int {
	x := scalar(v, field)
	if !x.Exists() || !x.IsConcrete() {
		return 0
	}
	n, err := x.Int64()
	if err != nil && x.Kind() == cue.IntKind || n != int64(int32(n)) {
		p := join(at, field)
		d.diags.Errorf(diag.BadValue, d.index.valuePos(p), p, "%s is too large", numberText(x))
		return 0
	}
	return int(n)
}

// numbers reads a map of whole numbers; nil where there is none.
func (d *decoder) numbers(v cue.Value, at string) (out map[string]int) {
	it, err := v.Fields()
	if err != nil {
		return nil
	}
	for it.Next() {
		if out == nil {
			out = map[string]int{}
		}
		name := selName(it.Selector())
		out[name] = d.number(v, name, at)
	}
	return out
}

func (d *decoder) textMap(v cue.Value) map[string]string {
	it, err := v.Fields()
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for it.Next() {
		out[selName(it.Selector())], _ = it.Value().String()
	}
	return out
}

func (d *decoder) diagnostic(v cue.Value, _, at string) *ir.Diagnostic {
	off, _ := get(v, "off").Bool()
	return &ir.Diagnostic{Off: off, Why: text(v, "why"), Pos: d.index.labelPos(at)}
}

func (d *decoder) accepted(v cue.Value) map[string][]*ir.Accepted {
	const at = "bento.accepted"
	all := map[string][]*ir.Accepted{}
	for _, m := range d.members(v, at) {
		it, err := m.v.List()
		if err != nil {
			continue // which CUE reports
		}
		for i := 0; it.Next(); i++ {
			item := fmt.Sprintf("%s.%d", join(at, m.name), i)
			all[m.name] = append(all[m.name], &ir.Accepted{
				Path: text(it.Value(), "path"), Until: text(it.Value(), "until"), Why: text(it.Value(), "why"),
				Pos: d.index.valuePos(join(item, "path")),
			})
		}
	}
	return all
}

func (d *decoder) base(v cue.Value) *ir.Base {
	if !v.Exists() {
		return nil
	}
	d.oneOf(v, "bento.base", "image", "layout")
	b := &ir.Base{Image: text(v, "image"), Pos: d.index.labelPos("bento.base")}
	if l := text(v, "layout"); l != "" {
		b.Layout = d.modulePath(l, "bento.base.layout")
	}
	return b
}

// imagePath gives the path that one in another form most likely means.
func imagePath(name string) string {
	if clean := path.Clean("/" + name); clean != "/" {
		return clean
	}
	return "/app"
}

func (d *decoder) files(v cue.Value) map[string]*ir.File {
	it, err := v.Fields()
	if err != nil {
		return nil
	}
	out := map[string]*ir.File{}
	for it.Next() {
		name := selName(it.Selector())
		at := join("bento.files", name)
		if name != path.Clean(name) || !path.IsAbs(name) || name == "/" {
			d.diags.Errorf(diag.BadValue, d.index.labelPos(at), at, "%q is not an absolute path in the image", name).
				Hintf("write it like %q", imagePath(name))
		}
		f := &ir.File{Path: d.modulePath(text(it.Value(), "path"), at+".path"), Pos: d.index.labelPos(at)}
		if m := text(it.Value(), "mode"); m != "" {
			bits, _ := strconv.ParseInt(m, 8, 32)
			f.Mode = int(bits)
		}
		out[name] = f
	}
	return out
}

// modulePath turns a path relative to bento.cue into one relative to the
// module root. One that leaves the module is an error.
func (d *decoder) modulePath(p, at string) string {
	full := path.Join(d.dir, p)
	if strings.HasPrefix(p, "/") || full == ".." || strings.HasPrefix(full, "../") {
		d.diags.Errorf(diag.OutsideModule, d.index.valuePos(at), at, "%q lies outside the module", p).
			Hintf("bentoc reads files only below the folder that holds cue.mod; copy the file into it")
		return p
	}
	return full
}

// oneOf checks that exactly one of the fields is set and gives its name.
func (d *decoder) oneOf(v cue.Value, at string, fields ...string) string {
	var set []string
	for _, f := range fields {
		if v.LookupPath(cue.MakePath(selectorOf(f))).Exists() {
			set = append(set, f)
		}
	}
	if len(set) == 1 {
		return set[0]
	}
	want := strings.Join(fields[:len(fields)-1], ", ") + " or " + fields[len(fields)-1]
	if len(set) == 0 {
		d.diags.Errorf(diag.OneOf, d.index.labelPos(at), at, "one of %s must be set", want)
		return ""
	}
	diagnostic := d.diags.Errorf(diag.OneOf, d.index.labelPos(join(at, set[1])), at, "only one of %s can be set, but %s are", want, strings.Join(set, " and "))
	diagnostic.Also(d.index.labelPos(join(at, set[0])), "%s is set here", set[0])
	return set[0]
}

// doc gives the comments above a field, or above what it refers to.
func (d *decoder) doc(v cue.Value, at string) string {
	e, _ := d.index.at(at)
	if _, spelled := e.value.(*ast.StructLit); e.doc != "" || spelled {
		return e.doc
	}
	for _, p := range partsOf(v) {
		if p.form == formRef && !fromSchema(p.root) {
			if doc := valueDoc(dereference(p.v)); doc != "" {
				return doc
			}
		}
	}
	return ""
}

// refPart gives the reference to a member of a collection, such as
// runners.det, that a value is.
func (d *decoder) refPart(v cue.Value, collection string) (part, bool) {
	return d.refAmong(partsOf(v), collection)
}

func (d *decoder) refAmong(parts []part, collection string) (part, bool) {
	for _, p := range parts {
		if p.form != formRef || fromSchema(p.root) {
			continue
		}
		if len(p.path) == 3 && p.path[0].String() == "bento" && p.path[1].String() == collection && p.root.BuildInstance() == d.inst {
			return p, true
		}
		if target := dereference(p.v); target != p.v {
			if inner, ok := d.refPart(target, collection); ok {
				return inner, true
			}
		}
	}
	return part{}, false
}

// reference gives the name in a reference such as runners.det, and reports a
// value that is something else, or refers to nothing.
func (d *decoder) reference(v cue.Value, collection, at string, code diag.Code) string {
	parts := partsOf(v)
	p, ok := d.refAmong(parts, collection)
	if !ok {
		name, whole := d.tracedRef(v, collection, at)
		switch {
		case name == "":
			d.notFollowed(v, collection, at, code)
		case !whole:
			d.combined(collection, at, code)
		}
		return name
	}
	if slices.ContainsFunc(parts, func(q part) bool { return !q.isTop() && !d.same(q, p, collection) }) {
		d.combined(collection, at, code)
	}
	name := selName(p.path[2])
	if !p.root.LookupPath(cue.MakePath(p.path...)).Exists() {
		diagnostic := d.diags.Errorf(code, valueSpan(p.v), at, "there is no %s %q", strings.TrimSuffix(collection, "s"), name)
		nameHint(diagnostic, name, d.index.names("bento."+collection))
	}
	return name
}

func (d *decoder) combined(collection, at string, code diag.Code) {
	d.diags.Errorf(code, d.index.valuePos(at), at, "a reference to one of bento.%s cannot be combined with anything", collection).
		Hintf("change it where it is declared, or declare another one")
}

// same reports whether a part of a reference says nothing but what p says: it is
// the schema's, or it leads to the same place.
func (d *decoder) same(q, p part, collection string) bool {
	if q.form != formRef || fromSchema(q.root) {
		return q.form == formRef
	}
	other, ok := d.refPart(q.v, collection)
	return ok && cue.MakePath(other.path...).String() == cue.MakePath(p.path...).String()
}

// duration reads the length of time in a field of v, or gives 0.
func (d *decoder) duration(v cue.Value, field, at string) time.Duration {
	s := text(v, field)
	if s == "" {
		return 0
	}
	dur, err := parseDuration(s)
	if err == nil && dur.Milliseconds() == 0 {
		err = tooMuch{fmt.Sprintf("%q is less than a millisecond", s), "the shortest time is 1ms"}
	}
	d.amount(err, "length of time", join(at, field))
	return dur
}

// amount reports what is wrong with a time or a size.
func (d *decoder) amount(err error, what, at string) {
	var much tooMuch
	switch {
	case errors.As(err, &much):
		diagnostic := d.diags.Errorf(diag.BadValue, d.index.valuePos(at), at, "%s", much.msg)
		if much.hint != "" {
			diagnostic.Hintf("%s", much.hint)
		}
	case err != nil:
		d.diags.Errorf(diag.BadValue, d.index.valuePos(at), at, "this is no %s", what).Hintf("%v", err)
	}
}

// size reads the number of bytes in a field of v, or gives 0.
func (d *decoder) size(v cue.Value, field, at string) int64 {
	x := scalar(v, field)
	if x.Kind() != cue.IntKind {
		return 0
	}
	n, err := x.Int64()
	if err != nil {
		err = tooMuch{sizeText(numberText(x)) + " is too large", "give at most " + largest[field]}
	}
	d.amount(err, "number of bytes", join(at, field))
	return n
}
