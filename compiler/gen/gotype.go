package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// goType is a Go type that stands for an IR type. Two IR types that differ only
// in their constraints may share one.
type goType struct {
	kind goKind
	name string // of a declared type
	gen  bool   // declared in package bentogen
	// byShape is set where all types of the same fields share one declaration.
	byShape bool
	elem    *goType
	n       int
	dtype   string // element type of a tensor, in Go's words
	orient  string // how a table is written
	fields  []goField
	entries []goField // of a struct: maps, for the fields that have no names of their own
	doc     string
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
	key      *ir.Type // of entries: what their names are; t is what they stand for then
}

// nilable tells whether the Go type has a nil of its own.
func (t *goType) nilable() bool { return goRows[t.kind].nilable }

// expr writes the type as package main, or bentogen itself, names it.
func (t *goType) expr(inGen bool) string {
	if inGen {
		return t.in("")
	}
	return t.in("bentogen.")
}

// in writes the type; q is what names of package bentogen begin with.
func (t *goType) in(q string) string { return goRows[t.kind].expr(t, q) }

// key tells Go types apart, and those that JSON holds in another way: bytes, null.
func (t *goType) key() string {
	key := t.expr(false)
	for e := t; e != nil; e = e.elem {
		if e.kind == goBase64URL || e.kind == goHex || e.kind == goNull {
			key += " " + named(e)
		}
	}
	return key
}

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

// shape writes down what a struct is made of.
func (t *goType) shape() string {
	var b strings.Builder
	fmt.Fprint(&b, t.kind, t.orient)
	for _, f := range t.fields {
		fmt.Fprintf(&b, ";%q %s %s %t %s", f.json, f.name, f.expr(false)+f.typ.key(), f.optional, f.def)
	}
	for _, e := range t.entries { // what tells entries apart has to be the same too
		fmt.Fprintf(&b, ";%s %s %s", e.name, e.typ.key(), typeKey(e.key))
	}
	return b.String()
}
