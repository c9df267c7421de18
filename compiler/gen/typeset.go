package gen

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// typeSet makes Go types out of IR types, each once.
type typeSet struct {
	g        *generator
	byIR     map[*ir.Type]*goType
	refs     map[string]*goType
	busy     map[string]int // references that are being made: how often over
	byShape  map[string]*goType
	names    map[*ir.Type]string // references by what they refer to
	declared []*goType           // in the order made
	enums    []enumDecl
}

func newTypeSet(g *generator) *typeSet {
	s := &typeSet{g: g, byIR: map[*ir.Type]*goType{}, refs: map[string]*goType{},
		busy: map[string]int{}, byShape: map[string]*goType{}, names: map[*ir.Type]string{}}
	for _, name := range sorted(g.b.Types) {
		s.names[g.b.Types[name]] = name
	}
	return s
}

// where is the place for which a type is made: it gives names to types that have
// none.
type where struct {
	gen   bool   // for package bentogen
	name  string // such as PrepInput
	doc   string
	known bool          // what is made there may lead back to it
	early func(*goType) // called with what is made there, before its fields are
}

func (w where) at(field string) where {
	return where{gen: w.gen, name: w.name + exported(field), known: w.known}
}

// of gives the Go type of t.
func (s *typeSet) of(t *ir.Type, w where) *goType {
	if t == nil {
		return &goType{kind: goAny}
	}
	if have := s.byIR[t]; have != nil && (have.gen || !w.gen) {
		return have
	}
	made := s.make(t, w)
	s.byIR[t] = made
	return made
}

func (s *typeSet) make(t *ir.Type, w where) *goType {
	if row := typeRows[t.Kind]; row.goType != nil {
		return row.goType(s, t, w)
	}
	s.g.errorf("%s: types of kind %q cannot be generated", w.name, t.Kind)
	return &goType{kind: goAny}
}

// plain gives the maker of a Go type without a name of its own.
func plain(k goKind) func(*typeSet, *ir.Type, where) *goType {
	return func(*typeSet, *ir.Type, where) *goType { return &goType{kind: k} }
}

func (s *typeSet) bytes(t *ir.Type, _ where) *goType {
	switch t.Encoding {
	case ir.EncodingBase64URL:
		return &goType{kind: goBase64URL}
	case ir.EncodingHex:
		return &goType{kind: goHex}
	}
	return &goType{kind: goBytes}
}

func (s *typeSet) text(t *ir.Type, w where) *goType {
	s.enum(t, w)
	return &goType{kind: goString}
}

func (s *typeSet) mapOf(t *ir.Type, w where) *goType {
	return &goType{kind: goMap, elem: s.of(t.Elem, w.at("Value"))}
}

// ref gives the Go type of a named IR type. Objects and unions keep their names.
func (s *typeSet) ref(t *ir.Type, w where) *goType {
	if have := s.refs[t.Ref]; have != nil {
		return have
	}
	target := s.g.b.Types[t.Ref]
	if target == nil {
		s.g.errorf("%s: there is no type %q", w.name, t.Ref)
		return &goType{kind: goAny}
	}
	// A list met again inside a struct that it holds is made a second time: the
	// struct is known by then.
	if s.busy[t.Ref] > 1 {
		s.g.errorf("%s: the type %s is made of itself without an object between", w.name, t.Ref)
		return &goType{kind: goAny}
	}
	named := where{gen: w.gen, name: typeName(t.Ref), doc: target.Doc, known: s.leadsTo(target, target, map[*ir.Type]bool{})}
	s.busy[t.Ref]++
	made := s.of(target, named)
	s.busy[t.Ref]--
	s.refs[t.Ref] = made
	return made
}

// leadsTo tells whether a value of t may have one of target in it.
func (s *typeSet) leadsTo(t, target *ir.Type, seen map[*ir.Type]bool) (found bool) {
	ir.WalkType(t, func(part *ir.Type) {
		if part.Kind != ir.KindRef {
			return
		}
		part = s.g.b.Resolve(part)
		found = found || part == target
		if part != nil && !found && !seen[part] {
			seen[part] = true
			found = s.leadsTo(part, target, seen)
		}
	})
	return found
}

// typeName takes the name out of a reference such as #Line or example.com/x.#Line.
func typeName(ref string) string {
	if i := strings.LastIndexAny(ref, "#."); i >= 0 && i+1 < len(ref) {
		ref = ref[i+1:]
	}
	return exported(ref)
}

func (s *typeSet) list(t *ir.Type, w where) *goType {
	if len(t.Prefix) == 0 {
		return &goType{kind: goSlice, elem: s.of(t.Elem, w.at("Item"))}
	}
	var parts []*goType
	same := true
	for i, p := range t.Prefix {
		parts = append(parts, s.of(p, w.at(fmt.Sprint("Item", i))))
		same = same && parts[i].key() == parts[0].key()
	}
	if t.Elem != nil {
		rest := s.of(t.Elem, w.at("Item"))
		if s.g.b.Uniform(append(slices.Clip(t.Prefix), t.Elem)...) {
			return &goType{kind: goSlice, elem: rest}
		}
		s.g.errorf("%s: a tuple with items of other types behind it cannot be generated", w.name)
		return &goType{kind: goAny}
	}
	if same {
		return &goType{kind: goArray, n: len(parts), elem: parts[0]}
	}
	tuple := &goType{kind: goTuple, doc: t.Doc}
	for i, p := range parts {
		tuple.fields = append(tuple.fields, goField{name: fmt.Sprint("Item", i), typ: p, t: t.Prefix[i]})
	}
	return s.declare(t, tuple, w)
}

func (s *typeSet) object(t *ir.Type, w where) *goType {
	made := &goType{kind: goStruct, doc: t.Doc}
	if w.doc != "" {
		made.doc = w.doc
	}
	// Known before its fields: they may lead back here.
	named := s.early(t, made, w)
	fieldNames := newNames()
	for i := range t.Fields {
		f := &t.Fields[i]
		field := goField{json: f.Name, name: fieldNames.pick(exported(f.Name)), t: f.Type, def: f.Default, doc: f.Doc}
		field.typ = s.of(f.Type, where{gen: w.gen, name: w.name + exported(f.Name)})
		field.optional = !f.Required && f.Default == nil
		field.pointer = field.optional && !field.typ.nilable()
		made.fields = append(made.fields, field)
	}
	s.entries(t, made, fieldNames, w)
	if named {
		return made
	}
	return s.declare(t, made, w)
}

// early declares types that are referred to by name, or that belong to package
// bentogen, before their fields are made. The others are declared by their shape.
func (s *typeSet) early(t *ir.Type, made *goType, w where) bool {
	return s.earlyAs(t, made, made, w)
}

// earlyAs declares a type and makes outer known, which is the type itself or a
// pointer to it.
func (s *typeSet) earlyAs(t *ir.Type, made, outer *goType, w where) bool {
	ref := s.names[t]
	if ref == "" && !w.gen && !w.known {
		return false
	}
	s.byIR[t] = outer
	if ref != "" {
		s.refs[ref] = outer
	}
	s.add(made, w)
	if w.early != nil {
		w.early(made)
	}
	return true
}

// declare gives a type of package main a name, or the one that has its shape, or
// that was made while its own parts were.
func (s *typeSet) declare(from *ir.Type, t *goType, w where) *goType {
	if have := s.byIR[from]; have != nil && (have.gen || !w.gen) {
		return have
	}
	if w.gen {
		s.add(t, w)
		return t
	}
	key := t.shape()
	if have := s.byShape[key]; have != nil {
		return have
	}
	s.byShape[key], t.byShape = t, true
	s.add(t, w)
	return t
}

func (s *typeSet) add(t *goType, w where) {
	t.gen = w.gen
	if w.gen {
		t.name = s.g.genNames.pick(w.name)
		s.g.mainNames.taken[t.name] = true // one name, one type, in both packages
	} else {
		t.name = s.g.mainNames.pick(w.name)
	}
	s.declared = append(s.declared, t)
}
