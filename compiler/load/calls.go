package load

import (
	"fmt"
	"math/big"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

// call reads a validator of CUE's standard library.
func (t *typer) call(p part, typ *ir.Type, path string) {
	if p.op != cue.CallOp || len(p.args) == 0 {
		t.unsupportedOp(p, path)
		return
	}
	name := strings.TrimSuffix(fmt.Sprint(p.args[0]), "()")
	var arg cue.Value
	if len(p.args) == 2 {
		arg = p.args[1]
	}
	if t.count(name, p, arg, path) || t.format(name, p, arg, typ, path) {
		return
	}
	if name == "net.FQDN" { // it asks for tables of Unicode, for names in Punycode
		t.errorf(t.place(p.v, path), path, "net.FQDN is not supported in a type").Hintf("schema.#Hostname is the name of a host")
		return
	}
	if len(p.args) > 2 || !t.apply(name, arg, typ) {
		t.errorf(t.place(p.v, path), path, "%s is not supported in a type", name).
			Hintf("`bentoc explain %s` lists the validators that are", diag.UnsupportedType)
	}
}

// apply adds the constraint of one validator, if it is known and fits.
func (t *typer) apply(name string, arg cue.Value, typ *ir.Type) bool {
	n, count := wholeNumber(arg)
	switch kind := typ.Kind; {
	case name == "strings.MinRunes" && count && kind == ir.KindString,
		name == "list.MinItems" && count && kind == ir.KindList,
		name == "struct.MinFields" && count && (kind == ir.KindMap || kind == ir.KindObject):
		typ.MinLen = larger(typ.MinLen, &n)
	case name == "strings.MaxRunes" && count && kind == ir.KindString,
		name == "list.MaxItems" && count && kind == ir.KindList,
		name == "struct.MaxFields" && count && (kind == ir.KindMap || kind == ir.KindObject):
		typ.MaxLen = smaller(typ.MaxLen, &n)
	case name == "list.UniqueItems" && kind == ir.KindList:
		typ.Unique = true
	case name == "math.MultipleOf" && (kind == ir.KindInt || kind == ir.KindFloat):
		return multipleOf(typ, arg)
	case name == "close" && kind == ir.KindObject:
		// Structs of an IO type are closed anyway.
	default:
		return false
	}
	return true
}

// counts are the validators of lengths; the value is true where the length is the
// largest one.
var counts = map[string]bool{
	"strings.MinRunes": false, "list.MinItems": false, "struct.MinFields": false,
	"strings.MaxRunes": true, "list.MaxItems": true, "struct.MaxFields": true,
}

// count tells whether a length that a validator is called with is one that no value
// can break, or, which it reports, that none can have.
func (t *typer) count(name string, p part, arg cue.Value, path string) bool {
	most, ok := counts[name]
	if !ok || !arg.Exists() || arg.Kind() != cue.IntKind {
		return false
	}
	sign := ir.BeyondInt64(numberText(arg))
	if n, fits := wholeNumber(arg); fits && n < 0 {
		sign = -1
	}
	switch {
	case sign == 0:
		return false
	case most == (sign > 0):
		return true
	}
	t.diags.Errorf(diag.NumberRange, t.place(p.v, path), path, "no value has a length that fits %s(%s)", name, numberText(arg))
	return true
}

func multipleOf(typ *ir.Type, arg cue.Value) bool {
	if !arg.Exists() {
		return false
	}
	text := numberText(arg)
	r, ok := new(big.Rat).SetString(text)
	if !ok || r.Sign() <= 0 || typ.MultipleOf != "" && typ.MultipleOf != text {
		return false
	}
	typ.MultipleOf = text
	return true
}

// wholeNumber gives the integer that a validator is called with, if it is.
func wholeNumber(v cue.Value) (int64, bool) {
	if !v.Exists() {
		return 0, false
	}
	n, err := v.Int64()
	return n, err == nil
}
