package gen

import (
	"fmt"
	"slices"

	"bentoc.dev/compiler/ir"
)

// needsCheck tells whether a Go value of gt can break the rules of t. What comes
// from a user's step is checked then: the rest of the graph relies on its type.
func (g *generator) needsCheck(t *ir.Type, gt *goType) bool {
	return g.breakable(t, gt, map[string]bool{})
}

func (g *generator) breakable(t *ir.Type, gt *goType, seen map[string]bool) bool {
	r := g.b.Resolve(t)
	row := goRows[gt.kind]
	if row.own != nil {
		key := gt.key() + typeKey(r)
		if seen[key] {
			return false
		}
		seen[key] = true
	}
	if row.breaks != nil {
		return row.breaks(g, r, gt, seen)
	}
	return len(g.constraints(r, gt, "c", "v")) > 0
}

func (g *generator) structBreaks(t *ir.Type, gt *goType, seen map[string]bool) bool {
	for i, f := range gt.fields {
		if g.breakable(t.Fields[i].Type, f.typ, seen) {
			return true
		}
	}
	return len(gt.entries) > 0 || len(g.symbols(t, gt, "c", "v")) > 0
}

func (g *generator) tupleBreaks(t *ir.Type, gt *goType, seen map[string]bool) bool {
	for i, f := range gt.fields {
		if g.breakable(t.Prefix[i], f.typ, seen) {
			return true
		}
	}
	return false
}

func (g *generator) pointerBreaks(t *ir.Type, gt *goType, seen map[string]bool) bool {
	return g.breakable(g.nonNull(t), gt.elem, seen)
}

func (g *generator) itemBreaks(t *ir.Type, gt *goType, seen map[string]bool) bool {
	for _, p := range t.Prefix {
		if g.breakable(p, gt.elem, seen) {
			return true
		}
	}
	return g.breakable(itemOf(t), gt.elem, seen) || len(g.constraints(t, gt, "c", "v")) > 0
}

func alwaysBreaks(*generator, *ir.Type, *goType, map[string]bool) bool { return true }

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
	if own := goRows[gt.kind].own; own != nil {
		own.check(g, t, gt)
	} else {
		s.lines(g.checkLines(t, gt, "v", hint))
	}
	s.p("}")
}

func (g *generator) checkObject(t *ir.Type, gt *goType) {
	for i := range gt.fields {
		g.checkField(t.Fields[i].Type, gt, i)
	}
	g.checkEntries(t, gt)
	g.typesGo.lines(g.symbols(t, gt, "c", "v"))
}

func (g *generator) checkTuple(t *ir.Type, gt *goType) {
	for i := range gt.fields {
		g.checkField(t.Prefix[i], gt, i)
	}
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
	if check := goRows[gt.kind].check; check != nil {
		lines := check(g, r, gt, v, hint)
		useMentioned(g.typesGo, g, lines)
		return lines
	}
	return g.constraints(r, gt, "c", v)
}

func checkOwn(g *generator, t *ir.Type, gt *goType, v, hint string) []string {
	return []string{fmt.Sprintf("%s(c, %s)", g.checkFn(t, gt, hint), v)}
}

func checkPointer(g *generator, t *ir.Type, gt *goType, v, hint string) []string {
	return []string{fmt.Sprintf("if %s != nil {", v), fmt.Sprintf("%s(c, *%s)", g.checkFn(g.nonNull(t), gt.elem, hint), v), "}"}
}

func (g *generator) checkItems(t *ir.Type, gt *goType, v, hint string) []string {
	return append(g.constraints(t, gt, "c", v), g.checkMembers(t, gt, v, hint)...)
}

func (g *generator) checkMembers(t *ir.Type, gt *goType, v, hint string) []string {
	elem := itemOf(t)
	if !g.needsCheck(elem, gt.elem) && !slices.ContainsFunc(t.Prefix, func(p *ir.Type) bool { return g.needsCheck(p, gt.elem) }) {
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
	check := func(item *ir.Type) string { return g.checkFn(item, gt.elem, hint+"Item") }
	if alike(t) {
		return []string{fmt.Sprintf("codec.%s(c, %s, %s)", verb, v, check(elem))}
	}
	fns := g.eachItem(t, check)
	if t.Elem == nil {
		fns = "nil, " + fns
	}
	return []string{fmt.Sprintf("codec.CheckEach(c, %s, %s)", v, fns)}
}
