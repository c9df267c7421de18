package load

import "bentoc.dev/compiler/ir"

// usedTypes gives the named types that something refers to. A definition that
// is a whole #input or #output stands there with its fields, so its name may
// have no use.
func usedTypes(b *ir.Bento, all map[string]*ir.Type) map[string]*ir.Type {
	u := &usage{all: all, used: map[string]*ir.Type{}}
	for _, r := range b.Runners {
		u.typ(r.Input)
		u.typ(r.Output)
	}
	for _, g := range b.Graphs {
		u.typ(g.Input)
		ir.WalkValues(g, func(_ ir.Place, v *ir.Value) { u.typ(v.Declared) })
	}
	return u.used
}

type usage struct{ all, used map[string]*ir.Type }

func (u *usage) typ(t *ir.Type) {
	if t == nil {
		return
	}
	ir.WalkType(t, func(t *ir.Type) {
		if t.Kind == ir.KindRef && u.used[t.Ref] == nil && u.all[t.Ref] != nil {
			u.used[t.Ref] = u.all[t.Ref]
			u.typ(u.all[t.Ref])
		}
	})
}
