package check

import (
	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

func init() {
	engines["go"] = engine{
		types: func(p *pass, r *ir.Runner, name string) {
			p.declares(r, "runners."+name, "#input", r.Input)
			p.declares(r, "runners."+name, "#output", r.Output)
		},
		settings: func(p *pass, r *ir.Runner, path string) {
			if b := r.Batching; b != nil {
				p.errorf(diag.BadValue, first(b.Pos, r.Pos), path+".batching", "a go step takes one item at a time, so it has no batches").
					Hintf("remove batching")
			}
		},
	}
}

// declares reports a go runner that does not say what it takes or gives back:
// nothing else could tell.
func (p *pass) declares(r *ir.Runner, path, field string, t *ir.Type) {
	switch u := p.b.Resolve(t); {
	case u == nil:
		p.errorf(diag.MissingField, r.Pos, path+"."+field, "a go runner declares %s", field).
			Hintf("add %s: {…} with the fields of the step", field)
	case u.Kind != ir.KindObject:
		p.errorf(diag.WrongType, first(t.Pos, r.Pos), path+"."+field, "%s of a runner is an object, not %s", field, assign.Describe(p.b, t)).
			Hintf("give the value a name: %s: {value: …}", field)
	}
}
