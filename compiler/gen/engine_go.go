package gen

import (
	"fmt"
	"path"
	"strings"

	"bentoc.dev/compiler/ir"
)

const gostepPath = "bentoc.dev/runtime/engine/gostep"

func init() {
	engineRows["go"] = engineRow{own: true, declare: (*generator).declareStepPackage, make: (*generator).makeStep, call: (*generator).writeStep}
}

// declareStepPackage names the package of a step, each once.
func (g *generator) declareStepPackage(rc *runnerCode) {
	p := g.stepPath(rc.r.Engine.Go)
	if g.stepPackages[p] == "" {
		g.stepPackages[p] = g.mainNames.pick(packageName(p))
	}
	rc.pkg = g.stepPackages[p]
}

// stepPath is the import path of a step's package.
func (g *generator) stepPath(e *ir.GoEngine) string {
	return path.Join(g.o.UserModule, g.o.UserDir, e.Package)
}

// packageName makes a Go name out of the last element of an import path. The
// package may call itself something else: it is always imported under this name.
func packageName(p string) string {
	name := strings.ToLower(exported(path.Base(p)))
	if name == "" || name[0] == 'x' && !strings.HasPrefix(strings.ToLower(path.Base(p)), "x") {
		return "steps"
	}
	return name
}

// makeStep gives what makes the runner of a step.
func (g *generator) makeStep(rc *runnerCode) (expr, typ string) {
	e := rc.r.Engine.Go
	g.engines.use(gostepPath)
	g.engines.useAs(g.stepPath(e), rc.pkg)
	g.useGen(g.service, rc.in, rc.out)
	var once []string
	if e.Open != "" {
		once = append(once, fmt.Sprintf("Open: gostep.Hook(%s.%s)", rc.pkg, e.Open))
	}
	if e.Close != "" {
		once = append(once, fmt.Sprintf("Close: gostep.Hook(%s.%s)", rc.pkg, e.Close))
	}
	var more []string
	if once != nil {
		more = append(more, "Once: runner.Hook{"+strings.Join(once, ", ")+"}")
	}
	return fmt.Sprintf("runner.NewFunc(%s, gostep.Func(%s.%s))", g.runnerConfig(rc, 0, more...), rc.pkg, e.Func),
		fmt.Sprintf("*runner.Func[%s, %s]", rc.in.expr(false), rc.out.expr(false))
}

// writeStep writes the function that calls a user's step.
func (g *generator) writeStep(rc *runnerCode) {
	s, e := g.engines, rc.r.Engine.Go
	s.use("context")
	g.useGen(s, rc.in, rc.out)
	in, out := rc.in.expr(false), rc.out.expr(false)
	s.p("")
	s.docLines(fmt.Sprintf("%s runs the step %s.%s.\n\n%s", rc.call, rc.pkg, e.Func, rc.r.Doc))
	s.p("func (b *bento) %s(ctx context.Context, in %s) (out %s, err error) {", rc.call, in, out)
	if !g.needsCheck(rc.outT, rc.out) {
		s.p("return b.%s.Call(ctx, in)", rc.field)
		s.p("}")
		return
	}
	s.use(codecPath)
	s.p("if out, err = b.%s.Call(ctx, in); err != nil {", rc.field)
	s.p("return out, err")
	s.p("}")
	s.p("var c codec.Checker")
	s.p("%s(&c, out)", g.checkFn(rc.outT, rc.out, rc.typeName+"Output"))
	s.p("return out, c.Err(%q)", "the output of runner "+rc.name)
	s.p("}")
}
