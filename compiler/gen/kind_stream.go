package gen

import "bentoc.dev/compiler/ir"

// stream refuses: package check does so before, at the user's line.
func (s *typeSet) stream(t *ir.Type, w where) *goType {
	s.g.errorf("%s: %s", w.name, t.Kind.Refused())
	return &goType{kind: goAny}
}

// stream describes all the items, as they are one after the other.
func (d *dialect) stream(t *ir.Type) object {
	return object{{"type", "array"}, {"items", d.schema(t.Elem)}}
}
