package gen

import (
	"fmt"

	"bentoc.dev/compiler/ir"
)

// fits tells whether every value of one Go type can become the other without a
// look at the value.
func fits(from, to *goType) bool { return fitsSeen(from, to, map[string]bool{}) }

func fitsSeen(from, to *goType, seen map[string]bool) bool {
	key := from.key() + " " + to.key()
	if from.key() == to.key() || seen[key] {
		return true
	}
	seen[key] = true
	switch {
	case len(to.entries) > 0 || len(from.entries) > 0 && to.kind != goAny && to.kind != goUnion && to.kind != goPointer:
		return false // by name, entry for entry
	case to.kind == goAny:
		return !goRows[from.kind].apart
	case to.kind == goPointer:
		return from.kind == goNull || from.kind == goPointer && fitsSeen(from.elem, to.elem, seen) || fitsSeen(from, to.elem, seen)
	case to.kind == goUnion:
		return armFor(from, to) >= 0
	}
	switch from.kind {
	case goInt:
		return to.kind == goFloat
	case goSlice, goMap:
		return from.kind == to.kind && fitsSeen(from.elem, to.elem, seen)
	case goArray:
		return to.kind == goSlice && fitsSeen(from.elem, to.elem, seen)
	case goTable:
		return to.kind == goTable && structFits(from, to, seen)
	case goStruct:
		return to.kind == goStruct && structFits(from, to, seen) || to.kind == goMap && membersFit(from, to.elem, seen)
	case goTuple:
		return to.kind == goTuple && len(from.fields) == len(to.fields) && tupleFits(from, to, seen)
	case goTensor:
		return to.kind == goAnyTensor
	}
	return false
}

func structFits(from, to *goType, seen map[string]bool) bool {
	for _, f := range to.fields {
		src, ok := from.field(f.json)
		if !ok && !f.optional && f.def == nil || ok && src.optional && !f.optional && f.def == nil || ok && !fitsSeen(src.typ, f.typ, seen) {
			return false
		}
	}
	return true
}

func membersFit(from, elem *goType, seen map[string]bool) bool {
	for _, f := range from.fields {
		if !fitsSeen(f.typ, elem, seen) {
			return false
		}
	}
	return true
}

func tupleFits(from, to *goType, seen map[string]bool) bool {
	for i := range from.fields {
		if !fitsSeen(from.fields[i].typ, to.fields[i].typ, seen) {
			return false
		}
	}
	return true
}

// field gives the field with a JSON name.
func (t *goType) field(json string) (goField, bool) {
	for _, f := range t.fields {
		if f.json == json {
			return f, true
		}
	}
	return goField{}, false
}

// armFor gives the arm of a union that every value of a Go type is of, -1 where only
// the value tells. A struct that was made for its fields alone may hold the values
// of several arms: {kind: "circle"} and {kind: "box"} have one Go type. Unions
// become unions through JSON.
func armFor(from, to *goType) int {
	found, structs := -1, 0
	for i, f := range to.fields {
		if f.typ.kind == goStruct {
			structs++
		}
		if f.typ.key() == from.key() && found < 0 {
			found = i
		}
	}
	if from.kind == goStruct && from.byShape && structs > 1 {
		return -1
	}
	return found
}

// convertExpr writes v, of type from, as a value of type to. The types fit.
func (g *generator) convertExpr(v string, from, to *goType) string {
	if from.key() == to.key() {
		return v
	}
	switch {
	case to.kind == goAny:
		return g.boxed(v, from)
	case from.kind == goNull && to.kind == goPointer:
		return "nil"
	case from.kind == goPointer && to.kind == goPointer:
		return fmt.Sprintf("codec.ConvertPointer(%s, %s)", v, g.convertFn(from.elem, to.elem))
	case to.kind == goPointer:
		return pointerTo(to.elem, g.convertExpr(v, from, to.elem))
	case to.kind == goUnion:
		f := to.fields[armFor(from, to)]
		return fmt.Sprintf("%s{%s: new(%s)}", to.expr(false), f.name, v)
	case from.kind == goInt:
		return "float64(" + v + ")"
	case from.kind == goSlice:
		return fmt.Sprintf("codec.ConvertList(%s, %s)", v, g.convertFn(from.elem, to.elem))
	case from.kind == goMap:
		return fmt.Sprintf("codec.ConvertMap(%s, %s)", v, g.convertFn(from.elem, to.elem))
	}
	return fmt.Sprintf("%s(%s)", g.convertFn(from, to), v)
}

// boxed writes v as a value of any sort.
func (g *generator) boxed(v string, from *goType) string {
	if goRows[from.kind].inAny {
		return "any(" + v + ")"
	}
	return fmt.Sprintf("codec.ToAny(%s(nil, %s))", g.appendFn(from), v)
}

// convertFn gives the name of a function func(from) to.
func (g *generator) convertFn(from, to *goType) string {
	if from.key() == to.key() {
		return "codec.Same[" + from.expr(false) + "]"
	}
	return g.fn("convert "+from.key()+" "+to.key(), "convert"+named(from)+"To"+named(to), func(name string) {
		s := g.typesGo
		s.use(codecPath)
		g.useGen(s, from, to)
		s.p("")
		s.p("// %s makes %s of %s.", name, phrase(to), phrase(from))
		s.p("func %s(v %s) %s {", name, from.expr(false), to.expr(false))
		g.convertBody(from, to)
		s.p("}")
	})
}

func (g *generator) convertBody(from, to *goType) {
	s := g.typesGo
	switch {
	case from.kind == goStruct && to.kind == goStruct, from.kind == goTable:
		s.p("out := %s{}", to.expr(false))
		for _, f := range to.fields {
			if src, ok := from.field(f.json); ok {
				g.convertField(src, f)
			} else if f.def != nil {
				s.p("out.%s = %s", f.name, g.constant(f.def, f.typ, f.t, to.name+"."+f.name))
			}
		}
		s.p("return out")
	case from.kind == goStruct:
		s.p("out := %s{}", to.expr(false))
		for _, f := range from.fields {
			v := "v." + f.name
			if f.pointer {
				v = "*" + v
			}
			set := fmt.Sprintf("out[%q] = %s", f.json, g.convertExpr(v, f.typ, to.elem))
			if f.optional {
				set = fmt.Sprintf("if v.%s != nil {\n%s\n}", f.name, set)
			}
			s.p("%s", set)
		}
		s.p("return out")
	case from.kind == goTuple:
		s.p("out := %s{}", to.expr(false))
		for i, f := range to.fields {
			s.p("out.%s = %s", f.name, g.convertExpr("v."+from.fields[i].name, from.fields[i].typ, f.typ))
		}
		s.p("return out")
	case from.kind == goArray:
		if from.elem.key() == to.elem.key() {
			s.p("return v[:]")
		} else {
			s.p("return codec.ConvertList(v[:], %s)", g.convertFn(from.elem, to.elem))
		}
	case from.kind == goTensor:
		s.p("return bentogen.AnyTensor{DType: %q, Shape: v.Shape, Data: v.Data}", from.dtype)
	default:
		s.p("return %s", g.convertExpr("v", from, to))
	}
}

// convertField writes the lines that set one field of out.
func (g *generator) convertField(from, to goField) {
	s := g.typesGo
	v := "v." + from.name
	inner := v
	if from.pointer {
		inner = "*" + v
	}
	value := g.convertExpr(inner, from.typ, to.typ)
	if to.pointer {
		value = pointerTo(to.typ, value)
	}
	switch {
	case from.pointer && to.pointer && from.typ.key() == to.typ.key():
		s.p("out.%s = %s", to.name, v)
	case from.optional:
		if to.def != nil {
			s.p("out.%s = %s", to.name, g.constant(to.def, to.typ, to.t, to.name))
		}
		s.p("if %s != nil {", v)
		s.p("out.%s = %s", to.name, value)
		s.p("}")
	default:
		s.p("out.%s = %s", to.name, value)
	}
}

// judged writes v as a value of type to when only a look at the value tells whether
// it fits; problems go to the checker.
func (g *generator) judged(v, checker string, from, to *goType, t *ir.Type, hint string) string {
	if from.kind == goAnyTensor && to.kind == goTensor {
		return fmt.Sprintf("%s(codec.AsTensor[%s](&%s, codec.AnyTensor(%s)))", to.expr(false), to.dtype, checker, v)
	}
	if from.kind != goAny {
		v = fmt.Sprintf("codec.ToAny(%s(nil, %s))", g.appendFn(from), v)
	}
	return fmt.Sprintf("codec.FromAny(&%s, %s, %s)", checker, v, g.readFn(t, to, hint))
}
