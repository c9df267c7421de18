package check

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkDeprecations sees that callers can heed what is deprecated. Dates are the
// loader's business.
func checkDeprecations(p *pass) {
	seen := map[*ir.Type]bool{}
	for _, s := range sorted(p.b.Services) {
		for _, name := range sorted(p.b.Services[s].Endpoints) {
			e := p.b.Services[s].Endpoints[name]
			if g := p.b.Graphs[e.Graph]; g != nil {
				p.requiredDeprecated(g.Input, "graphs."+e.Graph+".#input", seen)
			} else {
				p.requiredDeprecated(p.b.RunnerInput(e.Runner), "runners."+e.Runner+".#input", seen)
			}
		}
	}
	for _, name := range sorted(p.b.Graphs) {
		ir.WalkValues(p.b.Graphs[name], func(at ir.Place, v *ir.Value) {
			if at.Role == ir.RoleEach || at.Role == ir.RoleOutput {
				return
			}
			for _, m := range v.Object {
				if m.Deprecated != nil {
					p.errorf(diag.BadDeprecation, m.Deprecated.Pos, p.placePath(name, at)+"."+m.Name, "@deprecated has no effect on what a node takes").
						Hintf("it stands behind a field that callers see: of #input, #output or #each")
				}
			}
		})
	}
}

// requiredDeprecated reports fields of an endpoint's input that callers are told to
// leave out and cannot.
func (p *pass) requiredDeprecated(t *ir.Type, path string, seen map[*ir.Type]bool) {
	if t == nil {
		return
	}
	ir.WalkType(t, func(part *ir.Type) {
		if part.Kind == ir.KindRef {
			if named := p.b.Types[part.Ref]; named != nil && !seen[named] {
				seen[named] = true
				p.requiredDeprecated(named, path, seen)
			}
			return
		}
		for _, f := range part.Fields {
			if f.Deprecated == nil || !f.Required || seen[f.Type] {
				continue
			}
			seen[f.Type] = true
			p.warnf(diag.BadDeprecation, first(f.Deprecated.Pos, f.Pos), path+"."+f.Name, "callers are told not to use %s, but it is required of them", f.Name).
				Hintf("write %s?: …, or give it a default", f.Name)
		}
	})
}
