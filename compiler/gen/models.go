package gen

// writeModel writes the function that calls a model.
func (g *generator) writeModel(rc *runnerCode) {
	g.errorf("runner %s: the engine %q cannot be generated yet", rc.name, rc.r.Engine.Kind())
}

// modelLifecycle gives the fields of a model's spec.Runner.
func (g *generator) modelLifecycle(*runnerCode) []string { return nil }
