package check

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

func checkEndpoints(p *pass) {
	if len(p.b.Services) == 0 {
		p.errorf(diag.MissingField, p.at("services", p.b.Pos), "services", "the bento has no service").
			Hintf("add services: NAME: endpoints: NAME: runner: runners.NAME")
	}
	for _, name := range sorted(p.b.Services) {
		s := p.b.Services[name]
		if len(s.Endpoints) == 0 {
			p.errorf(diag.MissingField, s.Pos, "services."+name+".endpoints", "service %s has no endpoint", name).
				Hintf("add endpoints: NAME: runner: runners.NAME")
		}
		for _, e := range sorted(s.Endpoints) {
			p.endpoint(s.Endpoints[e], "services."+name+".endpoints."+e)
		}
	}
}

func (p *pass) endpoint(e *ir.Endpoint, path string) {
	switch {
	case e.Graph == "" && e.Runner == "":
		p.errorf(diag.OneOf, e.Pos, path, "an endpoint is exactly one of graph and runner, none is set")
	case e.Graph != "" && e.Runner != "":
		p.errorf(diag.OneOf, e.Pos, path, "an endpoint is exactly one of graph and runner, several are set")
	case e.Graph != "" && p.b.Graphs[e.Graph] == nil:
		p.noGraph(e.Graph, path+".graph", e.Pos)
	case e.Runner != "" && p.b.Runners[e.Runner] == nil:
		p.noRunner(e.Runner, path+".runner", e.Pos)
	default:
		p.arrow(e, path)
	}
}

// arrow wants a table that may be a stream of Arrow.
func (p *pass) arrow(e *ir.Endpoint, path string) {
	in, out := p.b.EndpointTypes(e)
	for _, t := range []*ir.Type{in, out} {
		if table, _ := p.b.SoleTable(t); !e.Arrow || table != nil || p.b.Resolve(t) == nil {
			return // or its type is not known, which is reported elsewhere
		}
	}
	path += ".arrow"
	p.errorf(diag.TypeMismatch, p.at(path, e.Pos), path, "neither the input nor the output is one table, which a stream of Arrow is").
		Hintf("declare the table as the whole, or as the only field: #input: sales: schema.#Table & {…}")
}
