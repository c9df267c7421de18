package load

import (
	"fmt"
	"reflect"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

var kindPath = cue.MakePath(cue.Def("#kind"))

// helperKind gives the name of the schema's IO type that v is, such as
// "tensor" for schema.#Tensor & {…}.
func helperKind(v cue.Value) (string, bool) {
	if v.IncompleteKind() != cue.StructKind {
		return "", false
	}
	s, err := v.LookupPath(kindPath).String()
	return s, err == nil
}

// helperField is a field of one of the schema's IO types.
type helperField struct {
	name string
	read func(t *typer, v cue.Value, typ *ir.Type, path string)
	need ir.Kind // the kind that is nothing without it, "" for none
}

// helperFields read the fields of the schema's IO types, whichever has them. A test
// holds that each has a row here or is one of asWritten.
var helperFields []helperField

func init() { // a row leads back to the table: items are of types too
	helperFields = []helperField{
		{"shape", (*typer).shape, ""},
		{"encoding", (*typer).encoding, ""},
		{"minBytes", func(t *typer, v cue.Value, typ *ir.Type, path string) {
			if n := t.most(v, "minBytes", path); n > 0 {
				typ.MinLen = &n
			}
		}, ""},
		{"maxBytes", func(t *typer, v cue.Value, typ *ir.Type, path string) { typ.MaxBytes = t.most(v, "maxBytes", path) }, ""},
		{"maxPixels", func(t *typer, v cue.Value, typ *ir.Type, path string) { typ.MaxPixels = t.most(v, "maxPixels", path) }, ""},
		{"maxDuration", (*typer).maxDuration, ""},
		{"item", func(t *typer, v cue.Value, typ *ir.Type, path string) { typ.Elem = t.typeOf(v, path+".item") }, ir.KindStream},
		{"columns", (*typer).columns, ir.KindTable},
		{"minRows", func(t *typer, v cue.Value, typ *ir.Type, path string) {
			if n := t.most(v, "minRows", path); n > 0 {
				typ.MinLen = &n
			}
		}, ""},
		{"maxRows", (*typer).maxRows, ""},
		{"orient", (*typer).orient, ""},
	}
	for _, f := range helperFields {
		delete(asWritten, f.name)
	}
}

// asWritten are what the IR holds of a type as it was written, under the same name: a
// text, a whole number or texts. They are indexes of [ir.Type]'s fields, by name.
var asWritten = func() map[string]int {
	fields := map[string]int{}
	for i, f := range reflect.VisibleFields(reflect.TypeFor[ir.Type]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch reflect.Zero(f.Type).Interface().(type) {
		case string, int64, []string:
			fields[name] = i
		}
	}
	return fields
}()

// readWritten reads the fields of v that are as written.
func readWritten(v cue.Value, typ *ir.Type) {
	for name, i := range asWritten {
		x := v.LookupPath(cue.ParsePath(name))
		if !x.Exists() {
			continue
		}
		switch p := reflect.ValueOf(typ).Elem().Field(i).Addr().Interface().(type) {
		case *string:
			*p, _ = x.String()
		case *int64:
			*p, _ = x.Int64()
		case *[]string:
			*p = texts(x)
		}
	}
}

// helper reads a value of one of the schema's IO types.
func (t *typer) helper(v cue.Value, kind string, pos ir.Pos, path string) *ir.Type {
	typ := &ir.Type{Kind: ir.Kind(kind), Pos: pos}
	if !typ.Kind.Defined() {
		t.errorf(pos, path, "values of kind %q are not supported", kind)
		return anyType(pos)
	}
	readWritten(v, typ)
	for _, f := range helperFields {
		if x := v.LookupPath(cue.ParsePath(f.name)); x.Exists() {
			f.read(t, x, typ, path)
		} else if f.need == typ.Kind {
			t.diags.Errorf(diag.MissingField, pos, path, "%s does not say its %s", typ.Kind.Noun(), f.name).
				Hintf("write schema.#%s & {%s: …}", upperFirst(string(typ.Kind)), f.name)
		}
	}
	if n := typ.MaxBytes; typ.Kind == ir.KindBytes && n > 0 { // it is a length there
		if typ.MaxLen, typ.MaxBytes = &n, 0; typ.MinLen != nil && *typ.MinLen > n {
			t.diags.Errorf(diag.NumberRange, pos, path, "no bytes are at least %d and at most %d", *typ.MinLen, n)
		}
	}
	if typ.Kind == ir.KindTable {
		t.table(typ, pos, path)
	}
	if err := v.Err(); err != nil {
		t.diags.Errorf(diag.Conflict, pos, path, "%s", plainMessage(err))
	}
	return typ
}

// encoding reads how JSON holds bytes, which has to be said as one word.
func (t *typer) encoding(v cue.Value, typ *ir.Type, path string) {
	name, err := v.String()
	if err != nil && v.Err() == nil {
		t.errorf(t.place(v, path), path, "the encoding of bytes is one of several").Hintf("write one of them: a disjunction of two types cannot be told apart")
	}
	if name != "base64" {
		typ.Encoding = name
	}
}

// most reads a bound of a picture or a file, or gives 0.
func (t *typer) most(x cue.Value, field, path string) int64 {
	x, _ = x.Default()
	n, err := x.Int64()
	if err != nil && x.IsConcrete() && x.Kind() == cue.IntKind {
		t.diags.Errorf(diag.BadValue, t.place(x, path), path, "%s %s is too large", field, numberText(x)).
			Hintf("leave it out for no limit of its own")
	}
	return n
}

// maxDuration reads how long a recording may last.
func (t *typer) maxDuration(x cue.Value, typ *ir.Type, path string) {
	s, err := x.String()
	if err != nil {
		return // CUE has said so
	}
	d, err := parseDuration(s)
	if err == nil && d.Milliseconds() == 0 {
		err = tooMuch{fmt.Sprintf("%q is less than a millisecond", s), "the shortest time is 1ms"}
	}
	if err != nil {
		t.diags.Errorf(diag.BadValue, t.place(x, path), path, "maxDuration: %v", err)
		return
	}
	typ.MaxDurationMs = d.Milliseconds()
}

// shape reads the dimensions of a tensor: an integer is a size, a text a
// symbol, anything open any size.
func (t *typer) shape(shape cue.Value, typ *ir.Type, path string) {
	if n := shape.Len(); !n.IsConcrete() {
		if _, err := n.Int64(); err != nil && shape.LookupPath(cue.MakePath(cue.Index(0))).Exists() {
			t.errorf(t.place(shape, path+".shape"), path, "a shape with an open end is not supported").Hintf("leave shape out for any number of dimensions")
		}
		return
	}
	it, err := shape.List()
	if err != nil {
		return
	}
	typ.Rank0 = true
	for it.Next() {
		typ.Rank0 = false
		typ.Shape = append(typ.Shape, t.dim(it.Value(), path+".shape"))
	}
}

func (t *typer) dim(v cue.Value, path string) ir.Dim {
	n, err := v.Int64()
	switch {
	case err == nil:
		return ir.Dim{Size: n}
	case v.IsConcrete() && v.Kind() == cue.IntKind:
		t.diags.Errorf(diag.BadValue, t.place(v, path), path, "a dimension of %s is too large", numberText(v))
	}
	if s, err := v.String(); err == nil {
		return ir.Dim{Symbol: s}
	}
	return ir.Dim{}
}

// texts gives the strings of a list.
func texts(v cue.Value) []string {
	it, err := v.List()
	if err != nil {
		return nil
	}
	var out []string
	for it.Next() {
		if s, err := it.Value().String(); err == nil {
			out = append(out, s)
		}
	}
	return out
}
