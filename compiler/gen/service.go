package gen

import (
	"cmp"
	"fmt"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/runtime/spec"
)

// writeService writes service.go: the literal that says everything.
func (g *generator) writeService() {
	g.writeGraphs()
	s := g.service
	s.use(specPath)
	s.use(runnerPath)
	embedDocuments(s)
	g.embedGolden()
	g.declareCaches()
	g.writeGeneration()
	s.docLines("build makes the whole of what this server serves, and adds what that runs on to\nset.\n\n" + g.b.Doc)
	s.p("func build(set *runner.Set) spec.Bento {")
	g.makeGeneration()
	s.p("return spec.Bento{")
	s.p("Version: %d,", spec.Version)
	s.p("Name: %q,", g.b.Name)
	if g.b.Doc != "" {
		s.p("Doc: %q,", g.b.Doc)
	}
	s.p("Services: []spec.Service{")
	for _, name := range sorted(g.b.Services) {
		g.serviceLiteral(name, g.b.Services[name])
	}
	s.p("},")
	if len(g.b.RequiredEnv) > 0 {
		s.p("RequiredEnv: %#v,", g.b.RequiredEnv)
	}
	documentsLiteral(s)
	g.goldenLiteral()
	s.p("}")
	s.p("}")
}

func (g *generator) serviceLiteral(name string, svc *ir.Service) {
	s := g.service
	s.p("{")
	s.p("Name: %q,", name)
	g.duration("Timeout", svc.Traffic.TimeoutMs)
	if n := svc.Traffic.MaxConcurrency; n > 0 {
		s.p("MaxConcurrency: %d,", n)
	}
	s.p("MaxBody: %d,", svc.Traffic.MaxBodyBytes)
	if q := svc.Traffic.Queue; q != nil {
		g.waiting(q, svc.Traffic.MaxConcurrency)
	}
	g.rates(svc.Traffic.RateLimit)
	s.p("Endpoints: []spec.Endpoint{")
	for _, e := range sorted(svc.Endpoints) {
		g.endpointLiteral(e, svc.Endpoints[e])
	}
	s.p("},")
	s.p("},")
}

// waiting writes how requests wait: a server whose services have no queue has no package
// for one.
func (g *generator) waiting(q *ir.Queue, places int) {
	s := g.service
	s.use("bentoc.dev/runtime/admit/fair")
	s.p("Queue: fair.New(fair.Config{")
	s.p("Places: %d,", places)
	s.p("MaxRequests: %d,", q.MaxRequests)
	if q.MaxBytes > 0 {
		s.p("MaxBytes: %d,", q.MaxBytes)
	}
	if t := q.Tenants; t != nil {
		s.p("Tenant: %q,", t.Header)
		if len(t.Weights) > 0 {
			s.p("Weights: %#v,", t.Weights) // in the order of the names
		}
	}
	if p := q.Priority; p != nil {
		s.p("Priority: %q,", p.Header)
		s.p("Levels: %#v,", p.Levels)
	}
	s.p("}),")
}

// duration writes a field with a time; 0 is left out.
func (g *generator) duration(field string, ms int64) {
	if ms == 0 {
		return
	}
	g.service.use("time")
	if ms%1000 == 0 {
		g.service.p("%s: %d * time.Second,", field, ms/1000)
	} else {
		g.service.p("%s: %d * time.Millisecond,", field, ms)
	}
}

func (g *generator) endpointLiteral(name string, e *ir.Endpoint) {
	s := g.service
	end, ok := g.endpoint(e)
	if !ok {
		g.errorf("endpoint %s: what it runs is not there", name)
		return
	}
	lines := append(g.inType(end, e), g.outType(end, e)...)
	handle := "spec.Once(" + end.run + ")"
	if e.Cache != nil {
		handle = fmt.Sprintf("b.%s.Handle(%s)", g.endpointCaches[e], end.run)
	}
	if g.choosesByHeader(e.Graph) {
		s.use(graphPath)
		handle = "graph.Headed(" + handle + ")"
	}
	lines = append(lines, "Handle: "+handle+",")
	s.p("{")
	s.p("Name: %q,", name)
	s.p("Route: %q,", e.Route)
	g.duration("Timeout", e.TimeoutMs)
	if e.MaxBodyBytes > 0 {
		s.p("MaxBody: %d,", e.MaxBodyBytes)
	}
	if e.MaxConcurrency > 0 {
		s.p("MaxConcurrency: %d,", e.MaxConcurrency)
	}
	g.rates(e.RateLimit)
	if e.Strict {
		s.p("Strict: true,")
	}
	if e.Sensitive {
		s.p("Sensitive: true,")
	}
	if d := e.Deprecated; d != nil {
		g.deprecation(d)
	}
	s.lines(lines)
	s.p("},")
	useMentioned(s, g, lines)
	if end.runner {
		s.use("context")
	}
}

// deprecation writes until when an endpoint is promised: the end of that day.
func (g *generator) deprecation(d *ir.Deprecation) {
	since := ""
	if day, err := ir.Date(d.Since); err == nil {
		since = fmt.Sprintf("Since: time.Unix(%d, 0), ", day.Unix())
	}
	g.service.use("time")
	g.service.p("Deprecated: &spec.Deprecation{%sUntil: time.Unix(%d, 0)}, // until %s", since, ir.End(d.Until).Unix(), d.Until)
}

// end is what an endpoint runs.
type end struct {
	name    string
	inT     *ir.Type
	outT    *ir.Type
	in, out *goType
	run     string // an expression of type func(context.Context, any) (any, error)
	runner  bool
}

func (g *generator) endpoint(e *ir.Endpoint) (end, bool) {
	if gc := g.graphs[e.Graph]; e.Graph != "" && gc != nil {
		return end{name: gc.typeName, inT: gc.g.Input, outT: gc.outT, in: gc.in, out: gc.out, run: "b." + gc.varName + ".Run"}, true
	}
	rc := g.runners[e.Runner]
	if rc == nil {
		return end{}, false
	}
	run := fmt.Sprintf("func(ctx context.Context, in any) (any, error) {\nreturn b.%s(ctx, in.(%s))\n}", rc.call, rc.in.expr(false))
	return end{name: rc.typeName, inT: rc.inT, outT: rc.outT, in: rc.in, out: rc.out, run: run, runner: true}, true
}

// formats are those of an input: fields of spec.Type, each read by functions of
// package codec that begin with its name.
var formats = []struct {
	name string
	raw  bool // only of values that have bytes of their own
}{{name: "JSON"}, {name: "Form"}, {name: "Raw", raw: true}}

// inType writes the formats of an endpoint's input.
func (g *generator) inType(e end, of *ir.Endpoint) []string {
	row := goRows[e.in.kind]
	args := g.readFn(e.inT, e.in, e.name+"Input")
	if row.raw == "" {
		args = nonFiniteConst(of.NonFinite) + ", " + args
	}
	lines := []string{"In: spec.Type{"}
	for _, f := range formats {
		if !f.raw || row.raw != "" {
			lines = append(lines, fmt.Sprintf("%s: codec.%s%s(%s),", f.name, f.name, cmp.Or(row.shape, "Value"), args))
		}
	}
	return append(append(lines, g.arrow("Input", of, e.inT, e.in)...), "},")
}

// nonFiniteConst names what the runtime calls an endpoint's way with NaN and
// infinities.
func nonFiniteConst(how string) string {
	switch how {
	case ir.NonFiniteNull:
		return "codec.Null"
	case ir.NonFiniteLiteral:
		return "codec.Literal"
	}
	return "codec.Refuse"
}

// outType writes the format of an endpoint's output.
func (g *generator) outType(e end, of *ir.Endpoint) []string {
	if raw := goRows[e.out.kind].raw; raw != "" {
		return []string{
			"Out: spec.Type{Raw: spec.Format{Encode: func(out any) (spec.Payload, error) {",
			"return " + fmt.Sprintf(raw, asserted("out", e.out)), "}}},",
		}
	}
	json := fmt.Sprintf("JSON: codec.JSON(%s, %s)", nonFiniteConst(of.NonFinite), g.appendFn(e.out))
	if arrow := g.arrow("Output", of, e.outT, e.out); arrow != nil {
		return append(append([]string{"Out: spec.Type{", json + ","}, arrow...), "},")
	}
	return []string{"Out: spec.Type{" + json + "},"}
}
