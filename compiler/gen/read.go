package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// readFn gives the name of a function func(*codec.Reader, *T) that reads t.
func (g *generator) readFn(t *ir.Type, gt *goType, hint string) string {
	r := g.b.Resolve(t)
	if fn := goRows[gt.kind].reader; fn != "" && len(g.constraints(r, gt, "r", "v")) == 0 {
		return fn
	}
	return g.fn("read "+gt.key()+typeKey(r), "decode"+gt.nameOr(hint), func(name string) { g.writeReader(name, r, gt, hint) })
}

func (g *generator) writeReader(name string, t *ir.Type, gt *goType, hint string) {
	s := g.typesGo
	s.use(codecPath)
	g.useGen(s, gt)
	s.p("")
	s.p("// %s reads %s.", name, phrase(gt))
	s.p("func %s(r *codec.Reader, v *%s) {", name, gt.expr(false))
	if own := goRows[gt.kind].own; own != nil {
		own.read(g, t, gt)
	} else {
		s.lines(g.readLines(t, gt, "v", "*v", hint))
	}
	s.p("}")
}

// readLines reads a value of t; ref is a pointer to where it goes, val what the
// pointer points at.
func (g *generator) readLines(t *ir.Type, gt *goType, ref, val, hint string) []string {
	lines := goRows[gt.kind].read(g, g.b.Resolve(t), gt, ref, val, hint)
	useMentioned(g.typesGo, g, lines)
	return lines
}

// cond gives a reader that reads by a call and then checks what t demands.
func cond(call string) func(*generator, *ir.Type, *goType, string, string, string) []string {
	return func(g *generator, t *ir.Type, gt *goType, ref, val, _ string) []string {
		return g.readRules(fmt.Sprintf(call, ref), t, gt, val)
	}
}

// readRules writes a call that reads a value, and behind it what t demands.
func (g *generator) readRules(call string, t *ir.Type, gt *goType, val string) []string {
	return when(call, g.constraints(t, gt, "r", val))
}

func readOwn(g *generator, t *ir.Type, gt *goType, ref, _, hint string) []string {
	return []string{fmt.Sprintf("%s(r, %s)", g.readFn(t, gt, hint), ref)}
}

func readPointer(g *generator, t *ir.Type, gt *goType, ref, _, hint string) []string {
	return []string{fmt.Sprintf("codec.Nullable(r, %s, %s)", ref, g.readFn(g.nonNull(t), gt.elem, hint))}
}

func readSlice(g *generator, t *ir.Type, gt *goType, ref, val, hint string) []string {
	call := fmt.Sprintf("codec.List(r, %s, %s)", ref, g.readFn(itemType(t), gt.elem, hint+"Item"))
	if !alike(t) {
		call = fmt.Sprintf("codec.ListEach(r, %s, %s)", ref, g.eachItem(t, func(item *ir.Type) string { return g.readFn(item, gt.elem, hint+"Item") }))
	}
	return g.readRules(call, t, gt, val)
}

func readMap(g *generator, t *ir.Type, gt *goType, ref, val, hint string) []string {
	return g.readRules(fmt.Sprintf("codec.Map(r, %s, %s)", ref, g.readFn(t.Elem, gt.elem, hint+"Value")), t, gt, val)
}

func readArray(g *generator, t *ir.Type, gt *goType, _, val, hint string) []string {
	if strings.HasPrefix(val, "*") {
		val = "(" + val + ")"
	}
	read := func(item *ir.Type) string { return g.readFn(item, gt.elem, hint+"Item") }
	if !alike(t) {
		return []string{fmt.Sprintf("codec.ItemsEach(r, %s[:], %s)", val, g.eachItem(t, read))}
	}
	return []string{fmt.Sprintf("codec.Items(r, %s[:], %s)", val, read(t.Prefix[0]))}
}

// alike tells whether all items of a list demand the same.
func alike(t *ir.Type) bool {
	for _, p := range t.Prefix {
		if typeKey(p) != typeKey(itemType(t)) {
			return false
		}
	}
	return true
}

// eachItem gives the functions for the items of a list: first, where there are more items
// than those of a tuple, the one for them.
func (g *generator) eachItem(t *ir.Type, fn func(*ir.Type) string) string {
	var names []string
	if t.Elem != nil {
		names = append(names, fn(t.Elem))
	}
	for _, p := range t.Prefix {
		names = append(names, fn(p))
	}
	return strings.Join(names, ", ")
}

// when writes a condition with what follows it, or alone.
func when(cond string, then []string) []string {
	if len(then) == 0 {
		return []string{cond}
	}
	return append(append([]string{"if " + cond + " {"}, then...), "}")
}

// itemType gives the type of a slice's items, also where it was a tuple.
func itemType(t *ir.Type) *ir.Type {
	if t.Elem == nil && len(t.Prefix) > 0 {
		return t.Prefix[0]
	}
	return t.Elem
}

// nonNull gives what a nullable type is apart from null: one arm, or a union of
// the others.
func (g *generator) nonNull(t *ir.Type) *ir.Type {
	arms, _ := g.types.arms(t)
	if len(arms) == 1 {
		return arms[0]
	}
	c := *t
	c.Arms = arms
	return &c
}

func (g *generator) readObject(t *ir.Type, gt *goType) {
	s := g.typesGo
	if len(gt.fields) > 0 {
		s.p("var seen [%d]bool", len(gt.fields))
	}
	s.p("if !r.Object() {")
	s.p("return")
	s.p("}")
	s.p("for r.Field() {")
	if len(gt.fields) == 0 {
		g.readOther(t, gt)
	} else {
		s.p("switch string(r.Key()) {")
		for i, f := range gt.fields {
			s.p("case %q:", f.json)
			s.p("if r.First(&seen[%d]) {", i)
			s.lines(g.readField(t, gt, i))
			s.p("}")
		}
		s.p("default:")
		g.readOther(t, gt)
		s.p("}")
	}
	s.p("}")
	g.absent(t, gt)
	s.lines(g.symbols(t, gt, "r", "v"))
}

// readField reads the value of field i.
func (g *generator) readField(t *ir.Type, gt *goType, i int) []string {
	f := gt.fields[i]
	hint := gt.name + f.name
	if !f.pointer {
		return g.readLines(t.Fields[i].Type, f.typ, "&v."+f.name, "v."+f.name, hint)
	}
	lines := []string{fmt.Sprintf("v.%s = new(%s)", f.name, f.typ.expr(false))}
	return append(lines, g.readLines(t.Fields[i].Type, f.typ, "v."+f.name, "*v."+f.name, hint)...)
}

// absent reports the fields that are missing and fills in defaults.
func (g *generator) absent(t *ir.Type, gt *goType) {
	s := g.typesGo
	for i, f := range gt.fields {
		switch {
		case f.optional:
		case t.Fields[i].Default == nil:
			s.p("r.Need(seen[%d], %q)", i, f.json)
		default:
			s.p("if !seen[%d] {", i)
			s.p("v.%s = %s", f.name, g.constant(t.Fields[i].Default, f.typ, f.t, gt.name+"."+f.name))
			s.p("}")
		}
	}
}

func (g *generator) readTuple(t *ir.Type, gt *goType) {
	s := g.typesGo
	s.p("if !r.Array() {")
	s.p("return")
	s.p("}")
	s.p("n := 0")
	s.p("for ; r.Item(); n++ {")
	s.p("switch n {")
	for i, f := range gt.fields {
		s.p("case %d:", i)
		s.lines(g.readLines(t.Prefix[i], f.typ, "&v."+f.name, "v."+f.name, gt.name+f.name))
	}
	s.p("default:")
	s.p("r.Skip()")
	s.p("}")
	s.p("}")
	s.p("r.Length(n, %d)", len(gt.fields))
}

// readUnion reads the arm that the discriminator names, the one whose JSON kind the
// value has, or else the first arm that fits.
func (g *generator) readUnion(t *ir.Type, gt *goType) {
	s := g.typesGo
	arms, _ := g.types.arms(t)
	if g.severalObjects(arms) && (t.Discriminator == "" || !g.onlyObjects(arms)) {
		g.readMixed(t, gt, arms)
		return
	}
	if t.Discriminator != "" {
		s.p("switch tag := r.Tag(%q); tag {", t.Discriminator)
		var tags []string
		for i, f := range gt.fields {
			s.p("case %q:", f.json)
			s.p("v.%s = new(%s)", f.name, f.typ.expr(false))
			s.lines(g.readLines(arms[i], f.typ, "v."+f.name, "*v."+f.name, gt.name+f.name))
			tags = append(tags, fmt.Sprintf("%q", f.json))
		}
		s.p("default:")
		s.p("r.NoTag(%q, tag, %s)", t.Discriminator, strings.Join(tags, ", "))
		s.p("}")
		return
	}
	if kinds := g.armKinds(arms); kinds != nil {
		s.p("switch r.Kind() {")
		for i, f := range gt.fields {
			s.p("case codec.%s:", kinds[i])
			s.p("v.%s = new(%s)", f.name, f.typ.expr(false))
			s.lines(g.readLines(arms[i], f.typ, "v."+f.name, "*v."+f.name, gt.name+f.name))
		}
		s.p("default:")
		s.p("r.NoArm(%s)", strings.Join(g.armWords(arms), ", "))
		s.p("}")
		return
	}
	s.p("switch {")
	for i, f := range gt.fields {
		s.p("case codec.Try(r, &v.%s, %s):", f.name, g.readFn(arms[i], f.typ, gt.name+f.name))
	}
	s.p("default:")
	s.p("r.NoArm(%s)", strings.Join(g.armWords(arms), ", "))
	s.p("}")
}

// jsonKinds are what package codec calls the kinds of JSON.
var jsonKinds = map[string]string{"boolean": "KindBool", "number": "KindNumber", "string": "KindText", "array": "KindList", "object": "KindObject"}

// armKinds gives the JSON kind of each arm, nil where two arms share one.
func (g *generator) armKinds(arms []*ir.Type) []string {
	seen := map[string]bool{}
	var kinds []string
	for _, a := range arms {
		k := jsonKinds[g.b.Resolve(a).Kind.JSON()]
		if k == "" || seen[k] {
			return nil
		}
		seen[k] = true
		kinds = append(kinds, k)
	}
	return kinds
}

// armWords says what the arms are, for messages.
func (g *generator) armWords(arms []*ir.Type) []string {
	var out []string
	for _, a := range arms {
		w := typeRows[g.b.Resolve(a).Kind].word
		if a.Kind == ir.KindRef {
			w = "a " + typeName(a.Ref)
		}
		out = append(out, fmt.Sprintf("%q", w))
	}
	return out
}

// Import paths of the runtime.
const (
	codecPath  = "bentoc.dev/runtime/codec"
	specPath   = "bentoc.dev/runtime/spec"
	graphPath  = "bentoc.dev/runtime/graph"
	runnerPath = "bentoc.dev/runtime/runner"
)

// useGen imports bentogen into s where the type needs it.
func (g *generator) useGen(s *source, types ...*goType) {
	for _, t := range types {
		if t.usesGen() {
			s.use(g.bentogenPath())
		}
	}
}
