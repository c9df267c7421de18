package gen

import (
	"fmt"
	"maps"
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
	field    string // of the struct bento, which holds the runner
}

// engineRow is how one kind of engine becomes code.
type engineRow struct {
	// own says that the user writes the code that takes and gives the values of such a
	// runner: their types lie in package bentogen, which that code imports.
	own bool
	// declare names what the runner needs beside its types. May be nil.
	declare func(g *generator, rc *runnerCode)
	// make gives the expression that makes the runner, and its type. It has reported
	// why where there is none.
	make func(g *generator, rc *runnerCode) (expr, typ string)
	// call writes the function that calls the runner.
	call func(g *generator, rc *runnerCode)
}

// engineRows has a row for each arm of the IR's engine, each in a file of its own; a
// test holds that.
var engineRows = map[string]engineRow{}

// row gives the row of a runner's engine.
func row(r *ir.Runner) engineRow { return engineRows[r.Engine.Kind()] }

// declareRunners names the runners and makes the types of their ends: first those
// whose types lie in package bentogen. That package is whole: a
// step that nothing calls may lie beside one that is served.
func (g *generator) declareRunners() {
	for _, name := range sorted(g.b.Runners) {
		if r := g.b.Runners[name]; row(r).own {
			g.declareRunner(name, r)
		}
	}
	maps.DeleteFunc(g.runners, func(name string, _ *runnerCode) bool { return g.served.Runners[name] == nil })
	for _, name := range sorted(g.served.Runners) {
		if r := g.served.Runners[name]; !row(r).own {
			g.declareRunner(name, r)
		}
	}
	for _, name := range sorted(g.runners) {
		if declare := row(g.runners[name].r).declare; declare != nil {
			declare(g, g.runners[name])
		}
	}
}

func (g *generator) declareRunner(name string, r *ir.Runner) {
	rc := &runnerCode{name: name, r: r, inT: g.b.RunnerInput(name), outT: g.b.RunnerOutput(name), typeName: exported(name)}
	g.runners[name] = rc
	gen := row(r).own
	rc.call = g.mainNames.pick("call" + rc.typeName)
	if rc.inT == nil || rc.outT == nil {
		g.errorf("runner %s: the types of its input and output are not known", name)
	}
	rc.in = g.types.of(rc.inT, where{gen: gen, name: rc.typeName + "Input", doc: describe("", "is what runner "+name+" takes.")})
	rc.out = g.types.of(rc.outT, where{gen: gen, name: rc.typeName + "Output", doc: describe("", "is what runner "+name+" returns.")})
}

// writeEngines writes engines.go.
func (g *generator) writeEngines() {
	if len(g.runners) == 0 {
		return
	}
	s := g.engines
	s.use(runnerPath)
	s.p("// addRunners adds the runners to set. They are opened in this order before the")
	s.p("// server is ready.")
	s.p("func (b *bento) addRunners(set *runner.Set) {")
	g.writeGPUs()
	for _, name := range sorted(g.runners) {
		rc := g.runners[name]
		if row(rc.r).make == nil {
			g.errorf("runner %s: engines of kind %q cannot be generated", name, rc.r.Engine.Kind())
			continue
		}
		rc.field = g.mainNames.pick(unexported(rc.name) + "Runner")
		expr, typ := row(rc.r).make(g, rc)
		g.field(rc.field, typ)
		s.p("b.%s = %s", rc.field, expr)
		member := "b." + rc.field
		if rc.r.State != nil {
			member += ".Life()"
		}
		if rc.r.GPU != nil {
			member = "gpus.Member(" + member + ")"
		}
		s.p("set.Add(%s)", member)
	}
	s.p("}")
	for _, name := range sorted(g.runners) {
		if call := row(g.runners[name].r).call; call != nil {
			call(g, g.runners[name])
		}
	}
}

// runnerConfig says how a runner takes items; more are further fields.
func (g *generator) runnerConfig(rc *runnerCode, maxBatch int, more ...string) string {
	fields := []string{fmt.Sprintf("Name: %q", rc.name), fmt.Sprintf("Engine: %q", rc.r.Engine.Kind())}
	n := rc.r.Instances
	if rc.r.GPU != nil && rc.r.Engine.OfModel() { // as many as have a device
		n = rc.r.GPUInstances()
	}
	if n > 0 {
		fields = append(fields, fmt.Sprintf("Instances: %d", n))
	}
	if maxBatch > 0 {
		fields = append(fields, fmt.Sprintf("MaxBatch: %d", maxBatch))
	}
	return "runner.Config{" + strings.Join(append(fields, more...), ", ") + "}"
}
