package check

import (
	"regexp"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// maxName is the length of a DNS label: names become parts of host names,
// metrics' labels and file names.
const maxName = 63

// checkNames repeats what the schema says about names, for bentos that were not
// read from CUE, and finds names that become the same word in Go.
func checkNames(p *pass) {
	outside := regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	inside := regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]*$`)
	p.name(outside, "bento", p.b.Name, "name", p.at("name", p.b.Pos))
	for _, name := range sorted(p.b.Services) {
		p.name(outside, "service", name, "services."+name, p.b.Services[name].Pos)
		for _, e := range sorted(p.b.Services[name].Endpoints) {
			p.name(inside, "endpoint", e, "services."+name+".endpoints."+e, p.b.Services[name].Endpoints[e].Pos)
		}
	}
	models, runners, graphs := goNames{p: p, kind: "models"}, goNames{p: p, kind: "runners"}, goNames{p: p, kind: "graphs"}
	for _, name := range sorted(p.b.Models) {
		p.name(inside, "model", name, "models."+name, p.b.Models[name].Pos)
		models.add(name, "models."+name, p.b.Models[name].Pos)
	}
	for _, name := range sorted(p.b.Runners) {
		p.name(inside, "runner", name, "runners."+name, p.b.Runners[name].Pos)
		runners.add(name, "runners."+name, p.b.Runners[name].Pos)
	}
	for _, name := range sorted(p.b.Graphs) {
		p.name(inside, "graph", name, "graphs."+name, p.b.Graphs[name].Pos)
		graphs.add(name, "graphs."+name, p.b.Graphs[name].Pos)
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			what := "node"
			if n.Kind() == ir.NodeArm {
				what = "arm"
			}
			p.name(inside, what, n.Name, p.nodePath(name, path), n.Pos)
		})
	}
}

func (p *pass) name(want *regexp.Regexp, kind, name, path string, pos ir.Pos) {
	switch {
	case len(name) > maxName:
		p.errorf(diag.BadValue, pos, path, "the name of %s %.20s… has %d characters", kind, name, len(name)).
			Hintf("use at most %d", maxName)
	case !want.MatchString(name):
		p.errorf(diag.BadValue, pos, path, "%q is no name for a %s", name, kind).
			Hintf("a name matches %s", want)
	}
}

// goNames finds names of one kind that differ only in what Go's names have not:
// "text-box" and "textBox" would both become TextBox.
type goNames struct {
	p    *pass
	kind string
	seen map[string]string
	pos  map[string]ir.Pos
}

func (g *goNames) add(name, path string, pos ir.Pos) {
	if g.seen == nil {
		g.seen, g.pos = map[string]string{}, map[string]ir.Pos{}
	}
	key := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
	if other, ok := g.seen[key]; ok {
		g.p.errorf(diag.BadValue, pos, path, "%s %q and %q get the same name in Go", g.kind, other, name).
			Hintf("rename one of them").
			Also(g.pos[key], "%q is here", other)
		return
	}
	g.seen[key], g.pos[key] = name, pos
}
