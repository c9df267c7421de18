package gen

import (
	"fmt"
	"path"
	"strings"

	"bentoc.dev/compiler/ir"
)

// runnerCode is what is known of a runner's code.
type runnerCode struct {
	name     string
	r        *ir.Runner
	inT      *ir.Type
	outT     *ir.Type
	in, out  *goType
	call     string // name of the function func(context.Context, in) (out, error)
	pkg      string // name under which the step's package is imported
	typeName string
	model    string // the *onnx.Model
}

// declareRunners names the runners and makes the types of their ends: first those
// with Go steps, whose types lie in package bentogen.
func (g *generator) declareRunners() {
	for _, steps := range []bool{true, false} {
		for _, name := range sorted(g.b.Runners) {
			if r := g.b.Runners[name]; (r.Engine.Go != nil) == steps {
				g.declareRunner(name, r)
			}
		}
	}
	g.declareStepPackages()
}

func (g *generator) declareRunner(name string, r *ir.Runner) {
	rc := &runnerCode{name: name, r: r, inT: g.b.RunnerInput(name), outT: g.b.RunnerOutput(name), typeName: exported(name)}
	g.runners[name] = rc
	gen := r.Engine.Go != nil
	rc.call = g.mainNames.pick("call" + rc.typeName)
	if rc.inT == nil || rc.outT == nil {
		g.errorf("runner %s: the types of its input and output are not known", name)
	}
	rc.in = g.types.of(rc.inT, where{gen: gen, name: rc.typeName + "Input", doc: describe("", "is what runner "+name+" takes.")})
	rc.out = g.types.of(rc.outT, where{gen: gen, name: rc.typeName + "Output", doc: describe("", "is what runner "+name+" returns.")})
}

// declareStepPackages names the packages of steps, each once.
func (g *generator) declareStepPackages() {
	byPath := map[string]string{}
	for _, name := range sorted(g.runners) {
		rc := g.runners[name]
		if rc.r.Engine.Go == nil {
			continue
		}
		p := g.stepPath(rc.r.Engine.Go)
		if byPath[p] == "" {
			byPath[p] = g.mainNames.pick(packageName(p))
		}
		rc.pkg = byPath[p]
	}
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

// writeEngines writes engines.go.
func (g *generator) writeEngines() {
	if len(g.runners) == 0 {
		return
	}
	s := g.engines
	s.use(specPath)
	s.p("// runners are opened in this order before the server is ready.")
	s.p("func runners() []spec.Runner {")
	s.p("return []spec.Runner{")
	for _, name := range sorted(g.runners) {
		s.p("%s,", g.runnerLiteral(g.runners[name]))
	}
	s.p("}")
	s.p("}")
	for _, name := range sorted(g.runners) {
		rc := g.runners[name]
		if rc.r.Engine.Go != nil {
			g.writeStep(rc)
		} else {
			g.writeModel(rc)
		}
	}
}

func (g *generator) runnerLiteral(rc *runnerCode) string {
	fields := []string{fmt.Sprintf("Name: %q", rc.name), fmt.Sprintf("Engine: %q", rc.r.Engine.Kind())}
	if e := rc.r.Engine.Go; e != nil {
		if e.Open != "" {
			fields = append(fields, "Open: "+rc.pkg+"."+e.Open)
		}
		if e.Close != "" {
			fields = append(fields, "Close: "+rc.pkg+"."+e.Close)
		}
	} else {
		fields = append(fields, g.modelLifecycle(rc)...)
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// writeStep writes the function that calls a user's step.
func (g *generator) writeStep(rc *runnerCode) {
	s, e := g.engines, rc.r.Engine.Go
	s.use("context")
	s.useAs(g.stepPath(e), rc.pkg)
	g.useGen(s, rc.in, rc.out)
	in, out := rc.in.expr(false), rc.out.expr(false)
	limit := ""
	if rc.r.Instances > 0 {
		s.use(enginePath)
		limit = g.mainNames.pick(unexported(rc.name) + "Limit")
		s.p("")
		s.p("// %s: at most %d calls of runner %s at the same time.", limit, rc.r.Instances, rc.name)
		s.p("var %s = engine.NewLimiter(%d)", limit, rc.r.Instances)
	}
	s.p("")
	s.docLines(fmt.Sprintf("%s runs the step %s.%s.\n\n%s", rc.call, rc.pkg, e.Func, rc.r.Doc))
	s.p("func %s(ctx context.Context, in %s) (out %s, err error) {", rc.call, in, out)
	if limit != "" {
		s.p("if err := %s.Acquire(ctx); err != nil {", limit)
		s.p("return out, err")
		s.p("}")
		s.p("defer %s.Release()", limit)
	}
	if !g.needsCheck(rc.outT, rc.out) {
		s.p("return %s.%s(ctx, in)", rc.pkg, e.Func)
		s.p("}")
		return
	}
	s.use(codecPath)
	s.p("if out, err = %s.%s(ctx, in); err != nil {", rc.pkg, e.Func)
	s.p("return out, err")
	s.p("}")
	s.p("var c codec.Checker")
	s.p("%s(&c, out)", g.checkFn(rc.outT, rc.out, rc.typeName+"Output"))
	s.p("return out, c.Err(%q)", "the output of runner "+rc.name)
	s.p("}")
}
