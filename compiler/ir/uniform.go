package ir

// Uniform reports whether all values of the types have one form, whatever their
// bounds: one Go type can hold them. Structs and tuples without a name are
// different from each other, even where they look the same.
func (b *Bento) Uniform(types ...*Type) bool {
	for _, t := range types[1:] {
		if !b.uniform(types[0], t) {
			return false
		}
	}
	return true
}

func (b *Bento) uniform(t, u *Type) bool {
	t, u = b.Resolve(t), b.Resolve(u)
	switch {
	case t == nil || u == nil || t.Kind != u.Kind:
		return false
	case t == u:
		return true
	}
	uniform := t.Kind.row().uniform
	return uniform != nil && uniform(b, t, u)
}

func uniformLists(b *Bento, t, u *Type) bool {
	return len(t.Prefix) == 0 && len(u.Prefix) == 0 && b.uniform(t.Elem, u.Elem)
}

// Alternatives gives the types of which a value of t is one, resolved: t, or the arms of
// a union, and of the unions among these. One that is not known is nil.
func (b *Bento) Alternatives(t *Type) (all []*Type) {
	r := b.Resolve(t)
	if r == nil || r.Kind != KindUnion {
		return []*Type{r}
	}
	for _, arm := range r.Arms {
		all = append(all, b.Alternatives(arm)...)
	}
	return all
}

// Bare gives the only arm of a union that is not null, nil where there is none or
// where there are several.
func (b *Bento) Bare(union *Type) *Type {
	var only *Type
	for _, arm := range union.Arms {
		if r := b.Resolve(arm); r != nil && r.Kind == KindNull {
			continue
		}
		if only != nil {
			return nil
		}
		only = arm
	}
	return only
}
