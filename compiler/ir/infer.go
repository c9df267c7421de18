package ir

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// RunnerInput gives the type of what the runner called name takes: the one it
// declares, else the one that its model's signature tells, else nil.
func (b *Bento) RunnerInput(name string) *Type {
	r := b.Runners[name]
	if r == nil {
		return nil
	}
	if sig := b.signature(r); r.Input == nil && sig != nil {
		return r.ModelInput(sig)
	}
	return r.Input
}

// RunnerOutput gives the type of what the runner called name returns, like
// [Bento.RunnerInput].
func (b *Bento) RunnerOutput(name string) *Type {
	r := b.Runners[name]
	if r == nil {
		return nil
	}
	if sig := b.signature(r); r.Output == nil && sig != nil {
		return r.ModelOutput(sig)
	}
	return r.Output
}

func (b *Bento) signature(r *Runner) *Signature {
	if m := b.Models[r.Engine.RunsModel()]; m != nil {
		return m.Signature
	}
	return nil
}

// InputType is the closed object of a model's input tensors.
func (s *Signature) InputType() *Type { return tensors(s.Inputs) }

// OutputType is the closed object of a model's output tensors.
func (s *Signature) OutputType() *Type { return tensors(s.Outputs) }

func tensors(fields []TensorField) *Type {
	t := &Type{Kind: KindObject}
	for _, f := range fields {
		t.Fields = append(t.Fields, Field{Name: f.Name, Type: f.Type(), Required: true})
	}
	return t
}

// Type is the type of one item of the tensor. A nil Shape means any rank.
func (f TensorField) Type() *Type {
	return &Type{Kind: KindTensor, DType: f.DType, Shape: f.Shape, Rank0: f.Shape != nil && len(f.Shape) == 0}
}

// TypeOf gives the type of a value: the declared one where the user wrote one,
// else what the edges, constants and members tell. Symbols of tensors that two
// producers use for sizes of their own stand for the first one's alone.
func (s *Scope) TypeOf(v *Value) Inferred {
	return s.typeOf(v, s.newSymbolOwners())
}

func (s *Scope) typeOf(v *Value, owners *symbolOwners) Inferred {
	if v == nil {
		return Inferred{}
	}
	if v.Declared == nil {
		return s.plainType(v, owners)
	}
	in := s.plainType(v, s.newSymbolOwners())
	in.Type = owners.claim(v.Declared, declaredOwner)
	return in
}

// plainType is the type of v without regard to v.Declared.
func (s *Scope) plainType(v *Value, owners *symbolOwners) Inferred {
	switch {
	case v.Edge != nil:
		in, err := s.EdgeType(v.Edge)
		if err != nil {
			return Inferred{}
		}
		in.Type = owners.claim(in.Type, edgeOwner(v.Edge))
		return in
	case v.Const != nil:
		return Inferred{Type: at(ConstType(v.Const), v.Pos)}
	case v.Object != nil || v.Empty == "object":
		return Inferred{Type: s.objectType(v, owners)}
	case v.List != nil || v.Empty == "list":
		return Inferred{Type: s.listType(v)}
	}
	return Inferred{}
}

func at(t *Type, pos Pos) *Type {
	t.Pos = pos
	return t
}

// objectType is nil when a member's type is not known.
func (s *Scope) objectType(v *Value, owners *symbolOwners) *Type {
	t := &Type{Kind: KindObject, Pos: v.Pos}
	for _, m := range v.Object {
		in := s.typeOf(m.Value, owners)
		if in.Type == nil {
			return nil
		}
		t.Fields = append(t.Fields, Field{Name: m.Name, Type: in.Type, Required: !in.Optional, Doc: m.Doc, Deprecated: m.Deprecated, Pos: m.Pos})
	}
	return t
}

func (s *Scope) listType(v *Value) *Type {
	n := int64(len(v.List))
	t := &Type{Kind: KindList, Elem: &Type{Kind: KindAny, Pos: v.Pos}, MinLen: &n, MaxLen: &n, Pos: v.Pos}
	var members []*Type
	for _, m := range v.List {
		in := s.TypeOf(m)
		if in.Type == nil {
			return nil
		}
		members = append(members, in.Type)
	}
	if len(members) > 0 {
		t.Elem = join(members)
	}
	return t
}

// ConstType gives the narrowest type of a constant: its kind with the constant
// as only value; for lists and objects, of their members. c must be valid JSON.
func ConstType(c Const) *Type {
	switch c = bytes.TrimSpace(c); c[0] {
	case 'n':
		return &Type{Kind: KindNull}
	case 't', 'f':
		return &Type{Kind: KindBool, Enum: []Const{c}}
	case '"':
		return &Type{Kind: KindString, Enum: []Const{c}}
	case '[':
		return constList(c)
	case '{':
		return constObject(c)
	}
	if FitsInt64(string(c)) {
		return &Type{Kind: KindInt, Enum: []Const{c}}
	}
	return &Type{Kind: KindFloat, Enum: []Const{c}}
}

func constList(c Const) *Type {
	var members []Const
	_ = json.Unmarshal(c, &members) // valid by contract
	n := int64(len(members))
	t := &Type{Kind: KindList, Elem: &Type{Kind: KindAny}, MinLen: &n, MaxLen: &n}
	var types []*Type
	for _, m := range members {
		types = append(types, ConstType(m))
	}
	if len(types) > 0 {
		t.Elem = join(types)
	}
	return t
}

func constObject(c Const) *Type {
	var members map[string]Const
	_ = json.Unmarshal(c, &members) // valid by contract
	t := &Type{Kind: KindObject}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		t.Fields = append(t.Fields, Field{Name: name, Type: ConstType(members[name]), Required: true})
	}
	return t
}

// join gives a type that every value of types fits: the one they share, their
// common kind with the constants of all, or else any.
func join(types []*Type) *Type {
	first := types[0]
	same, kind := true, first.Kind
	for _, t := range types[1:] {
		same = same && sameType(first, t)
		kind = joinKind(kind, t.Kind)
	}
	switch {
	case same:
		return first
	case kind.row().joins:
		return &Type{Kind: kind, Enum: joinEnums(types), Pos: first.Pos}
	}
	return &Type{Kind: KindAny, Pos: first.Pos}
}

func joinKind(a, b Kind) Kind {
	switch {
	case a == b:
		return a
	case a == KindInt && b == KindFloat, a == KindFloat && b == KindInt:
		return KindFloat
	}
	return KindAny
}

// joinEnums is nil, which allows every value, when one of types lists none.
func joinEnums(types []*Type) []Const {
	var all []Const
	for _, t := range types {
		if t.Enum == nil {
			return nil
		}
		for _, c := range t.Enum {
			if !slices.ContainsFunc(all, func(d Const) bool { return bytes.Equal(c, d) }) {
				all = append(all, c)
			}
		}
	}
	return all
}

// sameType reports whether two types are equal, but for positions, docs and
// deprecations.
func sameType(a, b *Type) bool {
	if a == b {
		return true
	}
	return reflect.DeepEqual(bare(a), bare(b))
}

// bare is a copy of t without what is said of it to people.
func bare(t *Type) *Type {
	if t == nil {
		return nil
	}
	c := *t
	c.Pos, c.Doc, c.Elem = Pos{}, "", bare(t.Elem)
	c.Prefix, c.Arms, c.Fields = bareAll(t.Prefix), bareAll(t.Arms), slices.Clone(t.Fields)
	for i := range c.Fields {
		f := &c.Fields[i]
		f.Pos, f.Doc, f.Deprecated, f.Type = Pos{}, "", nil, bare(f.Type)
	}
	c.Entries = slices.Clone(t.Entries)
	for i, e := range c.Entries {
		c.Entries[i] = Entries{Key: bare(e.Key), Elem: bare(e.Elem)}
	}
	return &c
}

func bareAll(types []*Type) []*Type {
	c := slices.Clone(types)
	for i := range c {
		c[i] = bare(c[i])
	}
	return c
}
