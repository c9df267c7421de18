package check

import (
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkUnused warns of what is described and never runs: what no endpoint leads to. It
// says nothing where a name is wrong, since that very name may be the use.
func checkUnused(p *pass) {
	for _, d := range p.diags {
		if d.Code == diag.UnknownRunner || d.Code == diag.UnknownGraph || d.Code == diag.BadModel {
			return
		}
	}
	u, served := p.uses(), p.b.Served()
	for _, name := range sorted(p.b.Graphs) {
		if served.Graphs[name] == nil {
			p.unused(diag.UnusedGraph, p.b.Graphs[name].Pos, "graphs."+name, "endpoint and no node", "runs graph "+name, u.ofGraph[name])
		}
	}
	for _, name := range sorted(p.b.Runners) {
		if served.Runners[name] == nil {
			p.unused(diag.UnusedRunner, p.b.Runners[name].Pos, "runners."+name, "node and no endpoint", "calls runner "+name, u.ofRunner[name])
		}
	}
	for _, name := range sorted(p.b.Models) {
		if served.Models[name] == nil {
			p.unused(diag.UnusedModel, p.b.Models[name].Pos, "models."+name, "runner", "runs model "+name, u.ofModel[name])
		}
	}
}

// unused warns of one thing; by names what uses it and is of no use itself.
func (p *pass) unused(code diag.Code, pos ir.Pos, path, nobody, does string, by []string) {
	if len(by) == 0 {
		p.warnf(code, pos, path, "no %s %s", nobody, does).Hintf("use it, or remove it")
		return
	}
	p.warnf(code, pos, path, "only %s %s, and nothing leads there from an endpoint", listOf(slices.Compact(slices.Sorted(slices.Values(by)))), does).
		Hintf("use it, or remove it")
}

// usage is what names what, by name of the latter.
type usage struct{ ofGraph, ofRunner, ofModel map[string][]string }

func (p *pass) uses() usage {
	u := usage{map[string][]string{}, map[string][]string{}, map[string][]string{}}
	for name, g := range p.b.Graphs {
		ir.WalkNodes(g, func(_ string, n *ir.Node) {
			for _, nested := range n.Graphs() {
				u.ofGraph[nested] = append(u.ofGraph[nested], "graph "+name)
			}
			for _, runner := range n.Runners() {
				u.ofRunner[runner] = append(u.ofRunner[runner], "graph "+name)
			}
		})
	}
	for name, r := range p.b.Runners {
		if model := r.Engine.RunsModel(); model != "" {
			u.ofModel[model] = append(u.ofModel[model], "runner "+name)
		}
	}
	return u
}
