package gen

import (
	"fmt"

	"bentoc.dev/compiler/ir"
)

// needsCheck tells whether a Go value of gt can break the rules of t. What comes
// from a user's step is checked then: the rest of the graph relies on its type.
func (g *generator) needsCheck(t *ir.Type, gt *goType) bool {
	return g.breakable(t, gt, map[string]bool{})
}

func (g *generator) breakable(t *ir.Type, gt *goType, seen map[string]bool) bool {
	r := g.b.Resolve(t)
	switch gt.kind {
	case goStruct, goTuple, goUnion:
		key := gt.key() + typeKey(r)
		if seen[key] {
			return false
		}
		seen[key] = true
	}
	switch gt.kind {
	case goUnion, goImage:
		return true
	case goStruct:
		for i, f := range gt.fields {
			if g.breakable(r.Fields[i].Type, f.typ, seen) {
				return true
			}
		}
		return len(g.symbols(r, gt, "c", "v")) > 0
	case goTuple:
		for i, f := range gt.fields {
			if g.breakable(r.Prefix[i], f.typ, seen) {
				return true
			}
		}
		return false
	case goPointer:
		return g.breakable(g.nonNull(r), gt.elem, seen)
	case goSlice, goArray, goMap:
		if g.breakable(itemOf(r), gt.elem, seen) {
			return true
		}
	case goFile:
		return r.MaxBytes > 0 || len(r.MediaTypes) > 0
	}
	return len(g.constraints(r, gt, "c", "v")) > 0
}

// itemOf gives the type of the members of a list or map.
func itemOf(t *ir.Type) *ir.Type {
	if t.Kind == ir.KindMap {
		return t.Elem
	}
	return itemType(t)
}

// checkFn gives the name of a function func(*codec.Checker, T).
func (g *generator) checkFn(t *ir.Type, gt *goType, hint string) string {
	r := g.b.Resolve(t)
	return g.fn("check "+gt.key()+typeKey(r), "check"+gt.nameOr(hint), func(name string) { g.writeChecker(name, r, gt, hint) })
}

func (g *generator) writeChecker(name string, t *ir.Type, gt *goType, hint string) {
	s := g.typesGo
	s.use(codecPath)
	g.useGen(s, gt)
	s.p("")
	s.p("// %s checks %s.", name, phrase(gt))
	s.p("func %s(c *codec.Checker, v %s) {", name, gt.expr(false))
	switch gt.kind {
	case goStruct:
		for i := range gt.fields {
			g.checkField(t.Fields[i].Type, gt, i)
		}
		s.lines(g.symbols(t, gt, "c", "v"))
	case goTuple:
		for i := range gt.fields {
			g.checkField(t.Prefix[i], gt, i)
		}
	case goUnion:
		g.checkUnion(t, gt)
	default:
		s.lines(g.checkLines(t, gt, "v", hint))
	}
	s.p("}")
}

// checkField checks field i of a struct or part i of a tuple.
func (g *generator) checkField(t *ir.Type, gt *goType, i int) {
	f, s := gt.fields[i], g.typesGo
	if !g.needsCheck(t, f.typ) {
		return
	}
	v := "v." + f.name
	if f.pointer {
		v = "*" + v
	}
	lines := g.checkLines(t, f.typ, v, gt.name+f.name)
	if f.optional {
		s.p("if v.%s != nil {", f.name)
	}
	if gt.kind == goTuple {
		s.p("c.InItem(%d)", i)
	} else {
		s.p("c.In(%q)", f.json)
	}
	s.lines(lines)
	s.p("c.Out()")
	if f.optional {
		s.p("}")
	}
}

func (g *generator) checkUnion(t *ir.Type, gt *goType) {
	s := g.typesGo
	arms, _ := g.types.arms(t)
	s.p("switch {")
	for i, f := range gt.fields {
		s.p("case v.%s != nil:", f.name)
		if g.needsCheck(arms[i], f.typ) {
			s.lines(g.checkLines(arms[i], f.typ, "*v."+f.name, gt.name+f.name))
		}
	}
	s.p("default:")
	s.p(`c.Problem("union", "must have one of its fields set")`)
	s.p("}")
}

// checkLines checks the value v.
func (g *generator) checkLines(t *ir.Type, gt *goType, v, hint string) []string {
	r := g.b.Resolve(t)
	switch gt.kind {
	case goStruct, goTuple, goUnion:
		return []string{fmt.Sprintf("%s(c, %s)", g.checkFn(t, gt, hint), v)}
	case goPointer:
		arm := g.nonNull(r)
		return []string{fmt.Sprintf("if %s != nil {", v), fmt.Sprintf("%s(c, *%s)", g.checkFn(arm, gt.elem, hint), v), "}"}
	case goImage:
		g.typesGo.use(picturePath)
		return []string{fmt.Sprintf("picture.Check(c, picture.Image(%s), %s)", v, pictureLimits(r))}
	case goFile:
		return []string{fmt.Sprintf("c.CheckFile(codec.File(%s), %s)", v, fileLimits(r))}
	case goSlice, goArray, goMap:
		return append(g.constraints(r, gt, "c", v), g.checkMembers(r, gt, v, hint)...)
	}
	return g.constraints(r, gt, "c", v)
}

func (g *generator) checkMembers(t *ir.Type, gt *goType, v, hint string) []string {
	elem := itemOf(t)
	if !g.needsCheck(elem, gt.elem) {
		return nil
	}
	verb := "CheckList"
	switch gt.kind {
	case goMap:
		verb = "CheckMap"
	case goArray:
		if v[0] == '*' {
			v = "(" + v + ")"
		}
		v += "[:]"
	}
	return []string{fmt.Sprintf("codec.%s(c, %s, %s)", verb, v, g.checkFn(elem, gt.elem, hint+"Item"))}
}
