package gen

import (
	"encoding/json"
	"fmt"
	"slices"

	"bentoc.dev/compiler/ir"
)

// union gives the Go type of a union: a pointer where the only choice is null or
// not, else a struct with one pointer an arm.
func (s *typeSet) union(t *ir.Type, w where) *goType {
	arms, null := s.arms(t)
	if len(arms) == 1 {
		return s.nullable(t, arms[0], null, w)
	}
	u := &goType{kind: goUnion, doc: t.Doc}
	if w.doc != "" {
		u.doc = w.doc
	}
	names := newNames()
	outer := u
	if null {
		outer = &goType{kind: goPointer, elem: u}
	}
	early := s.earlyAs(t, u, outer, w)
	for _, arm := range arms {
		label := s.armName(t, arm)
		f := goField{name: names.pick(exported(label)), t: arm, optional: true, pointer: true}
		f.json = label
		f.typ = s.of(arm, where{gen: w.gen, name: w.name + exported(label)})
		u.fields = append(u.fields, f)
	}
	if early {
		return outer
	}
	if have := s.byIR[t]; have != nil && (have.gen || !w.gen) {
		return have
	}
	u = s.declare(t, u, w)
	if null {
		return &goType{kind: goPointer, elem: u}
	}
	return u
}

// nullable gives the Go type of a union of one arm, and perhaps null.
func (s *typeSet) nullable(t, arm *ir.Type, null bool, w where) *goType {
	if !null {
		return s.of(arm, w)
	}
	outer := &goType{kind: goPointer}
	if ref := s.names[t]; ref != "" && arm.Kind == ir.KindObject {
		s.refs[ref], s.byIR[t] = outer, outer
		w.known, w.early = true, func(made *goType) { outer.elem = made }
	}
	outer.elem = s.of(arm, w)
	if outer.elem.kind == goPointer || outer.elem.kind == goAny {
		return outer.elem // has a nil already
	}
	return outer
}

// arms gives the arms without null, and whether null was among them.
func (s *typeSet) arms(t *ir.Type) (arms []*ir.Type, null bool) {
	for _, a := range t.Arms {
		if r := s.g.b.Resolve(a); r != nil && r.Kind == ir.KindNull {
			null = true
			continue
		}
		arms = append(arms, a)
	}
	return arms, null
}

// armName names an arm by its discriminator's constant, by its type's name, by
// the field that no other arm has, or by its kind.
func (s *typeSet) armName(u, arm *ir.Type) string {
	if c, ok := s.tag(u, arm); ok {
		return c
	}
	if arm.Kind == ir.KindRef {
		return typeName(arm.Ref)
	}
	if i := slices.Index(u.Arms, arm); i >= 0 && arm.Kind == ir.KindObject && s.g.b.ByShape(u) {
		if marks := s.g.b.Markers(u)[i]; len(marks) > 0 {
			return slices.Min(marks)
		}
	}
	return string(arm.Kind)
}

// tag gives the constant that the union's discriminator has in an arm.
func (s *typeSet) tag(u, arm *ir.Type) (string, bool) {
	r := s.g.b.Resolve(arm)
	if u.Discriminator == "" || r == nil || r.Field(u.Discriminator) == nil {
		return "", false
	}
	ft := s.g.b.Resolve(r.Field(u.Discriminator).Type)
	if ft == nil || len(ft.Enum) != 1 {
		return "", false
	}
	var text string
	if json.Unmarshal(ft.Enum[0], &text) == nil {
		return text, true
	}
	return string(ft.Enum[0]), true
}

// enum gives constants for the values of a text that has several.
func (s *typeSet) enum(t *ir.Type, w where) {
	if !w.gen || len(t.Enum) < 2 || len(t.Enum) > 64 {
		return
	}
	var out []goConst
	for _, c := range t.Enum {
		var text string
		if json.Unmarshal(c, &text) != nil {
			continue
		}
		name := s.g.genNames.pick(w.name + exported(text))
		out = append(out, goConst{name: name, value: fmt.Sprintf("%q", text)})
	}
	s.enums = append(s.enums, enumDecl{name: w.name, consts: out, doc: t.Doc})
}

// goConst is a constant for one value of an enum.
type goConst struct{ name, value string }

// enumDecl is a group of constants.
type enumDecl struct {
	name   string
	doc    string
	consts []goConst
}
