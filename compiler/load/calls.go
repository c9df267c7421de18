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
