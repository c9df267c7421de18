package ir

import "slices"

// Markers gives, for each arm of a union, the required fields that no other arm has:
// where a value has one, it is of that arm. Arms that are no objects have none. They tell
// objects apart that no discriminator does: each then has some, and is not open.
func (b *Bento) Markers(union *Type) [][]string {
	arms := make([]*Type, len(union.Arms))
	for i, a := range union.Arms {
		arms[i] = b.Resolve(a)
	}
	return MarkersOf(arms)
}

// MarkersOf is [Bento.Markers] for arms that are no references.
func MarkersOf(arms []*Type) [][]string {
	all := make([][]string, len(arms))
	for i, a := range arms {
		if a == nil || a.Kind != KindObject {
			continue
		}
		for _, f := range a.Fields {
			elsewhere := func(o *Type) bool { return o != nil && o != a && o.Field(f.Name) != nil }
			if f.Required && !slices.ContainsFunc(arms, elsewhere) {
				all[i] = append(all[i], f.Name)
			}
		}
	}
	return all
}

// ByShape tells whether the objects among a union's arms are told apart by the fields
// that they have.
func (b *Bento) ByShape(union *Type) bool {
	objects := 0
	for _, a := range union.Arms {
		if r := b.Resolve(a); r != nil && r.Kind == KindObject {
			objects++
		}
	}
	return objects > 1 && union.Discriminator == ""
}

// OnlyObjects tells whether all arms of a union are objects.
func (b *Bento) OnlyObjects(union *Type) bool {
	return !slices.ContainsFunc(union.Arms, func(a *Type) bool {
		r := b.Resolve(a)
		return r == nil || r.Kind != KindObject
	})
}
