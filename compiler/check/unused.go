package check

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkUnused warns of what is described and never runs. It says nothing where a
// name is wrong, since that very name may be the use.
func checkUnused(p *pass) {
	for _, d := range p.diags {
		if d.Code == diag.UnknownRunner || d.Code == diag.BadModel {
			return
		}
	}
	runners := map[string]bool{}
	for _, g := range p.b.Graphs {
		ir.WalkNodes(g, func(_ string, n *ir.Node) { runners[n.Call] = true })
	}
	for _, s := range p.b.Services {
		for _, e := range s.Endpoints {
			runners[e.Runner] = true
		}
	}
	for _, name := range sorted(p.b.Runners) {
		if !runners[name] {
			p.warnf(diag.UnusedRunner, p.b.Runners[name].Pos, "runners."+name, "no node and no endpoint calls runner %s", name).
				Hintf("call it, or remove it")
		}
	}
	for _, name := range sorted(p.b.Models) {
		if !p.modelInUse(name) {
			p.warnf(diag.UnusedModel, p.b.Models[name].Pos, "models."+name, "no runner runs model %s", name).
				Hintf("run it, or remove it")
		}
	}
}
