package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

const mirrorPath = "bentoc.dev/runtime/mirror"

// mirrored gives the statement that calls a runner which a second one mirrors.
func (g *generator) mirrored(b *block, n *ir.Node, path string, own *runnerCode, arg string) []string {
	gc, m := b.gc, n.Mirror
	second := g.runners[m.Call]
	switch {
	case second == nil:
		g.errorf("%s: there is no runner %q", b.what, m.Call)
		return nil
	case !fits(own.in, second.in) || !fits(second.out, own.out):
		g.errorf("%s: what runner %s takes or gives has no form in Go that runner %s has", b.what, n.Call, m.Call)
		return nil
	}
	field := g.mainNames.pick(gc.fnName + exported(path) + "Mirror")
	in, out := own.in.expr(false), own.out.expr(false)
	g.field(field, fmt.Sprintf("*mirror.Mirror[%s, %s]", in, out))
	g.service.use(mirrorPath)
	g.useGen(g.service, own.in, own.out)
	g.beside = append(g.beside, field)
	s := g.graphsGo
	s.use(mirrorPath)
	s.use("context")
	g.useGen(s, own.in, own.out)
	fields := []string{fmt.Sprintf("Graph: %q, Node: %q, Runner: %q, Share: %v", gc.name, path, m.Call, m.Share)}
	if m.Tolerance > 0 {
		fields = append(fields, fmt.Sprintf("Tolerance: %v", m.Tolerance))
	}
	fields = append(fields, s.milliseconds("Timeout", m.TimeoutMs), fmt.Sprintf("MaxInFlight: %d", m.MaxInFlight))
	lines := []string{
		fmt.Sprintf("out, err := b.%s(ctx, %s)", second.call, g.convertExpr("in", own.in, second.in)),
		"return " + g.convertExpr("out", second.out, own.out) + ", err",
	}
	useMentioned(s, g, lines)
	w := g.making
	w.p("b.%s = mirror.New(mirror.Config{%s}, func(ctx context.Context, in %s) (%s, error) {", field, strings.Join(fields, ", "), in, out)
	w.lines(lines)
	w.p("})")
	return []string{fmt.Sprintf("return b.%s.Run(ctx, b.%s, %s)", field, own.call, arg)}
}
