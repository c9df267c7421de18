package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// goKind tells how a value is held in Go.
type goKind int

const (
	goAny       goKind = iota // any: nil, bool, int64, float64, string, []any, map[string]any
	goNull                    // any, always nil
	goBool                    // bool
	goInt                     // int64
	goFloat                   // float64
	goString                  // string
	goBytes                   // []byte
	goSlice                   // []elem
	goArray                   // [n]elem, a tuple of one sort
	goMap                     // map[string]elem
	goStruct                  // a named struct, with a field for each of the object's
	goTuple                   // a named struct, with a field for each part of the tuple
	goUnion                   // a named struct, with a pointer for each arm, one of them set
	goPointer                 // *elem, nil for null
	goTensor                  // bentogen.Tensor[elem], elem one of the element types
	goAnyTensor               // bentogen.AnyTensor
	goImage                   // bentogen.Image
	goFile                    // bentogen.File
)

// goType is a Go type that stands for an IR type. Two IR types that differ only
// in their constraints may share one.
type goType struct {
	kind   goKind
	name   string // of a declared type
	gen    bool   // declared in package bentogen
	elem   *goType
	n      int
	dtype  string // element type of a tensor, in Go's words
	fields []goField
	doc    string
}

// goField is a field of a struct, a part of a tuple or an arm of a union.
type goField struct {
	json     string // name in JSON; the discriminator's constant for an arm
	name     string // name in Go
	typ      *goType
	t        *ir.Type
	optional bool // may be absent: nil then
	pointer  bool // held by pointer, because typ itself has no nil
	def      ir.Const
	doc      string
}

// nilable tells whether the Go type has a nil of its own.
func (t *goType) nilable() bool {
	switch t.kind {
	case goAny, goNull, goBytes, goSlice, goMap, goPointer:
		return true
	}
	return false
}

// expr writes the type as package main, or bentogen itself, names it.
func (t *goType) expr(inGen bool) string {
	q := "bentogen."
	if inGen {
		q = ""
	}
	switch t.kind {
	case goAny, goNull:
		return "any"
	case goBool:
		return "bool"
	case goInt:
		return "int64"
	case goFloat:
		return "float64"
	case goString:
		return "string"
	case goBytes:
		return "[]byte"
	case goSlice:
		return "[]" + t.elem.expr(inGen)
	case goArray:
		return fmt.Sprintf("[%d]%s", t.n, t.elem.expr(inGen))
	case goMap:
		return "map[string]" + t.elem.expr(inGen)
	case goPointer:
		return "*" + t.elem.expr(inGen)
	case goTensor:
		return q + "Tensor[" + t.dtype + "]"
	case goAnyTensor:
		return q + "AnyTensor"
	case goImage:
		return q + "Image"
	case goFile:
		return q + "File"
	}
	if t.gen {
		return q + t.name
	}
	return t.name
}

// key tells Go types apart.
func (t *goType) key() string { return t.expr(false) }

// usesGen tells whether package main needs bentogen to write the type.
func (t *goType) usesGen() bool { return strings.Contains(t.expr(false), "bentogen.") }

// nameOr gives the name of a declared type, hint for the others.
func (t *goType) nameOr(hint string) string {
	if t.name != "" {
		return t.name
	}
	return hint
}

// field writes the type of a struct's field.
func (f goField) expr(inGen bool) string {
	if f.pointer {
		return "*" + f.typ.expr(inGen)
	}
	return f.typ.expr(inGen)
}

// simple are the Go types without a name of their own.
var simple = map[ir.Kind]goKind{
	ir.KindAny: goAny, ir.KindNull: goNull, ir.KindBool: goBool, ir.KindInt: goInt, ir.KindFloat: goFloat,
	ir.KindString: goString, ir.KindBytes: goBytes, ir.KindImage: goImage, ir.KindFile: goFile,
}

// elements are the Go types of tensors' elements by dtype. The half floats are
// widened: Go has none.
var elements = map[string]string{
	"float32": "float32", "float16": "float32", "bfloat16": "float32", "float64": "float64",
	"int8": "int8", "int16": "int16", "int32": "int32", "int64": "int64",
	"uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64",
	"bool": "bool", "string": "string",
}

// shape writes down what a struct is made of.
func (t *goType) shape() string {
	var b strings.Builder
	fmt.Fprint(&b, t.kind)
	for _, f := range t.fields {
		fmt.Fprintf(&b, ";%q %s %s %t %s", f.json, f.name, f.expr(false), f.optional, f.def)
	}
	return b.String()
}
