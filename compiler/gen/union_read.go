package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

func (g *generator) isObject(t *ir.Type) bool {
	r := g.b.Resolve(t)
	return r != nil && r.Kind == ir.KindObject
}

func (g *generator) severalObjects(arms []*ir.Type) bool {
	n := 0
	for _, a := range arms {
		if g.isObject(a) {
			n++
		}
	}
	return n > 1
}

func (g *generator) onlyObjects(arms []*ir.Type) bool {
	for _, a := range arms {
		if !g.isObject(a) {
			return false
		}
	}
	return true
}

// readMixed reads a union of several objects and, perhaps, values of other kinds of JSON:
// by the kind, and of objects by the discriminator or by the fields that only one has.
func (g *generator) readMixed(t *ir.Type, gt *goType, arms []*ir.Type) {
	s := g.typesGo
	read := func(i int) {
		f := gt.fields[i]
		s.p("v.%s = new(%s)", f.name, f.typ.expr(false))
		s.lines(g.readLines(arms[i], f.typ, "v."+f.name, "*v."+f.name, gt.name+f.name))
	}
	var objects []int
	s.p("switch r.Kind() {")
	for i, a := range arms {
		if g.isObject(a) {
			objects = append(objects, i)
			continue
		}
		s.p("case codec.%s:", jsonKinds[g.b.Resolve(a).Kind.JSON()])
		read(i)
	}
	s.p("case codec.KindObject:")
	if t.Discriminator != "" {
		s.p("switch tag := r.Tag(%q); tag {", t.Discriminator)
		var tags []string
		for _, i := range objects {
			s.p("case %q:", gt.fields[i].json)
			read(i)
			tags = append(tags, fmt.Sprintf("%q", gt.fields[i].json))
		}
		s.p("default:")
		s.p("r.NoTag(%q, tag, %s)", t.Discriminator, strings.Join(tags, ", "))
	} else {
		var sets []string
		bare := *t
		bare.Arms = arms
		markers := g.b.Markers(&bare)
		for _, i := range objects {
			sets = append(sets, fmt.Sprintf("%#v", markers[i]))
		}
		s.p("switch i := r.ArmOf(%s); i {", strings.Join(sets, ", "))
		for n, i := range objects {
			s.p("case %d:", n)
			read(i)
		}
		s.p("default:")
		s.p("r.NoArmOf(i, %s)", strings.Join(sets, ", "))
	}
	s.p("}")
	s.p("default:")
	s.p("r.NoArm(%s)", strings.Join(g.armWords(arms), ", "))
	s.p("}")
}
