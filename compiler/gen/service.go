package gen

import (
	"fmt"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/runtime/spec"
)

// writeService writes service.go: the literal that says everything.
func (g *generator) writeService() {
	g.writeGraphs()
	s := g.service
	s.useAs("embed", "_")
	s.use(specPath)
	s.p("//go:embed schema.json")
	s.p("var schemaJSON []byte")
	s.p("")
	s.p("//go:embed openapi.json")
	s.p("var openAPI []byte")
	s.p("")
	s.docLines("bento is the whole of what this server serves.\n\n" + g.b.Doc)
	s.p("func bento() spec.Bento {")
	s.p("return spec.Bento{")
	s.p("Version: %d,", spec.Version)
	s.p("Name: %q,", g.b.Name)
	s.p("Digest: %q,", g.digest)
	if g.b.Doc != "" {
		s.p("Doc: %q,", g.b.Doc)
	}
	s.p("Services: []spec.Service{")
	for _, name := range sorted(g.b.Services) {
		g.serviceLiteral(name, g.b.Services[name])
	}
	s.p("},")
	if len(g.runners) > 0 {
		s.p("Runners: runners(),")
	}
	if len(g.b.RequiredEnv) > 0 {
		s.p("RequiredEnv: %#v,", g.b.RequiredEnv)
	}
	s.p("SchemaJSON: schemaJSON,")
	s.p("OpenAPI: openAPI,")
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
	s.p("Endpoints: []spec.Endpoint{")
	for _, e := range sorted(svc.Endpoints) {
		g.endpointLiteral(e, svc.Endpoints[e])
	}
	s.p("},")
	s.p("},")
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
	lines := []string{
		"Decode: func(q *spec.Request) (any, error) {", "return " + g.decodeCall(end), "},",
		"Run: " + end.run + ",",
		"Encode: func(out any) (spec.Payload, error) {", "return " + g.encodeCall(end), "},",
	}
	s.p("{")
	s.p("Name: %q,", name)
	s.p("Route: %q,", e.Route)
	g.duration("Timeout", e.TimeoutMs)
	if e.MaxBodyBytes > 0 {
		s.p("MaxBody: %d,", e.MaxBodyBytes)
	}
	if e.Strict {
		s.p("Strict: true,")
	}
	s.lines(lines)
	s.p("},")
	useMentioned(s, g, lines)
	if end.runner {
		s.use("context")
	}
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
		return end{name: gc.typeName, inT: gc.g.Input, outT: gc.outT, in: gc.in, out: gc.out, run: gc.varName + ".Run"}, true
	}
	rc := g.runners[e.Runner]
	if rc == nil {
		return end{}, false
	}
	run := fmt.Sprintf("func(ctx context.Context, in any) (any, error) {\nreturn %s(ctx, in.(%s))\n}", rc.call, rc.in.expr(false))
	return end{name: rc.typeName, inT: rc.inT, outT: rc.outT, in: rc.in, out: rc.out, run: run, runner: true}, true
}

// decodeCall writes the call that reads the input out of a request.
func (g *generator) decodeCall(e end) string {
	read := g.readFn(e.inT, e.in, e.name+"Input")
	verb := "DecodeValue"
	switch e.in.kind {
	case goStruct:
		verb = "Decode"
	case goString:
		verb = "DecodeText"
	case goBytes:
		verb = "DecodeBytes"
	case goImage, goFile:
		verb = "DecodeFile"
	}
	return fmt.Sprintf("codec.%s(q, %s)", verb, read)
}

// encodeCall writes the call that makes a response of the output.
func (g *generator) encodeCall(e end) string {
	out := "out"
	if e.out.kind != goAny && e.out.kind != goNull {
		out = fmt.Sprintf("out.(%s)", e.out.expr(false))
	}
	switch e.out.kind {
	case goString:
		return fmt.Sprintf("codec.EncodeText(%s)", out)
	case goBytes:
		return fmt.Sprintf("codec.EncodeBytes(%s)", out)
	case goImage:
		return fmt.Sprintf("picture.Encode(picture.Image(%s))", out)
	case goFile:
		return fmt.Sprintf("codec.EncodeFile(codec.File(%s))", out)
	}
	return fmt.Sprintf("codec.Encode(%s, %s)", out, g.appendFn(e.out))
}
