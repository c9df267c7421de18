package load

import (
	"math/big"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

// The limits of a service that sets none.
const (
	defaultTimeoutMs    = 60_000
	defaultMaxBodyBytes = 32 << 20
)

func (d *decoder) model(v cue.Value, name, at string) *ir.Model {
	m := &ir.Model{
		Doc:     d.doc(v, at),
		Source:  d.source(get(v, "source"), join(at, "source")),
		File:    text(v, "file"),
		Inputs:  d.textMap(get(v, "inputs")),
		Outputs: d.textMap(get(v, "outputs")),
		Pos:     d.index.labelPos(at),
	}
	if axis := get(v, "batchAxis"); axis.Exists() {
		n := d.number(v, "batchAxis", at)
		m.BatchAxis = &n
	}
	m.BatchAxes = d.numbers(get(v, "batchAxes"), join(at, "batchAxes"))
	d.declared(m, name, at)
	return m
}

// declared notes where the fields of a model are, of which binding it may find that
// they do not fit its file.
func (d *decoder) declared(m *ir.Model, name, at string) {
	d.at["models."+name] = d.index.valuePos(at)
	if m.BatchAxis != nil {
		d.at["models."+name+".batchAxis"] = d.index.valuePos(join(at, "batchAxis"))
	}
	for tensor := range m.BatchAxes {
		d.at["models."+name+".batchAxes."+tensor] = d.index.valuePos(join(join(at, "batchAxes"), tensor))
	}
	for side, names := range map[string]map[string]string{"inputs": m.Inputs, "outputs": m.Outputs} {
		for tensor := range names {
			d.at["models."+name+"."+side+"."+tensor] = d.index.valuePos(join(join(at, side), tensor))
		}
	}
}

func (d *decoder) source(v cue.Value, at string) ir.Source {
	s := ir.Source{Pos: d.index.labelPos(at)}
	switch arm := d.oneOf(v, at, ir.Arms(s)...); arm {
	case "":
	case "path":
		s.Path = d.modulePath(text(v, arm), join(at, arm))
	default: // its struct has the fields of the schema, by their names; what is not whole CUE has said
		_ = get(v, arm).Decode(ir.SetArm(&s, arm))
	}
	return s
}

func (d *decoder) runner(v cue.Value, runner, at string) *ir.Runner {
	r := &ir.Runner{
		Doc:       d.doc(v, at),
		Engine:    d.engine(get(v, "engine"), join(at, "engine")),
		Instances: d.number(v, "instances", at),
		Pos:       d.index.labelPos(at),
	}
	if x := scalar(v, "idempotent"); x.Exists() {
		if is, err := x.Bool(); err == nil {
			r.Idempotent = &is
		}
	}
	if n := scalar(v, "instances"); n.IsConcrete() && r.Instances < 1 {
		p := join(at, "instances")
		d.diags.Errorf(diag.BadValue, d.index.valuePos(p), p, "%d is not allowed here", r.Instances).Hintf("it must be >=1")
	}
	if b := get(v, "batching"); b.Exists() {
		p := join(at, "batching")
		r.Batching = d.batching(b, p)
	}
	if w := get(v, "warmUp"); w.Exists() {
		p := join(at, "warmUp")
		r.WarmUp = &ir.WarmUp{Sizes: d.numbers(get(w, "sizes"), join(p, "sizes")), Pos: d.index.labelPos(p)}
		for name := range r.WarmUp.Sizes {
			d.at["runners."+runner+".warmUp.sizes."+name] = d.index.valuePos(join(join(p, "sizes"), name))
		}
	}
	if g := get(get(v, "resources"), "gpu"); g.Exists() {
		r.GPU = d.gpu(g, join(join(at, "resources"), "gpu"), r.Engine.OfModel())
	}
	if s := get(v, "state"); s.Exists() {
		r.State = d.state(s, join(at, "state"))
	}
	if r.Engine.OfModel() {
		d.tensors(r, v, at)
		return r
	}
	r.Input = d.ioType(v, at, "#input")
	r.Output = d.ioType(v, at, "#output")
	return r
}

// ioType reads the #input or #output of a runner, which is to be a struct.
func (d *decoder) ioType(v cue.Value, at, def string) *ir.Type {
	p := at + "." + def
	def0 := v.LookupPath(cue.MakePath(cue.Def(def)))
	parts := solid(def0)
	if len(parts) == 0 {
		d.diags.Errorf(diag.MissingField, d.index.labelPos(at), at, "the runner does not say its %s", def).
			Hintf("write %s: {…} with the types of its fields", def)
		return &ir.Type{Kind: ir.KindObject, Pos: d.index.labelPos(at)}
	}
	typ := d.typer.object(def0, parts, p)
	if typ.Kind != ir.KindObject && typ.Kind != ir.KindAny {
		d.diags.Errorf(diag.WrongType, typ.Pos, p, "the %s of a runner is a struct, not %s", def, typ.Kind).
			Hintf("give it a name: %s: value: …", def)
	}
	d.namesOnly(typ, p)
	return typ
}

// tensors gives a runner of a model the types that the user declares of its model; the
// others follow from the model itself.
func (d *decoder) tensors(r *ir.Runner, v cue.Value, at string) {
	if d.index.has(at + ".#input") {
		r.Input = d.declaredTensors(v, at, "#input")
	}
	if d.index.has(at + ".#output") {
		r.Output = d.declaredTensors(v, at, "#output")
	}
}

// declaredTensors reads what the user declares of a model's tensors. The
// schema's own open struct beside it does not open the type.
func (d *decoder) declaredTensors(v cue.Value, at, def string) *ir.Type {
	typ := d.ioType(v, at, def)
	typ.Open = false
	return typ
}

func (d *decoder) engine(v cue.Value, at string) ir.Engine {
	e := ir.Engine{Pos: d.index.labelPos(at)}
	kind := d.oneOf(v, at, ir.Arms(e)...)
	if read := engines[kind]; read != nil {
		read(d, &e, get(v, kind), join(at, kind))
	}
	return e
}

func (d *decoder) service(v cue.Value, _, at string) *ir.Service {
	s := &ir.Service{
		Doc:       d.doc(v, at),
		Resources: d.resources(get(v, "resources"), join(at, "resources")),
		Traffic:   d.traffic(get(v, "traffic"), join(at, "traffic")),
		Pos:       d.index.labelPos(at),
	}
	s.Endpoints = named(d, get(v, "endpoints"), join(at, "endpoints"), d.endpoint)
	return s
}

func (d *decoder) resources(v cue.Value, at string) ir.Resources {
	r := ir.Resources{Memory: d.size(v, "memory", at), Pos: d.index.labelPos(at)}
	cpu := scalar(v, "cpu")
	if !cpu.Exists() {
		return r
	}
	rat, ok := new(big.Rat).SetString(numberText(cpu))
	if !ok {
		return r
	}
	milli := rat.Mul(rat, big.NewRat(1000, 1))
	n := new(big.Int).Quo(milli.Num(), milli.Denom())
	p := join(at, "cpu")
	switch {
	case n.Sign() == 0:
		d.diags.Errorf(diag.ResourceBounds, d.index.valuePos(p), p, "%s of a core is too little", numberText(cpu)).
			Hintf("the smallest share is 0.001, a thousandth of a core")
		return r
	case !n.IsInt64():
		d.diags.Errorf(diag.ResourceBounds, d.index.valuePos(p), p, "%s cores are more than any machine has", shorten(numberText(cpu))).
			Hintf("give at most 4096")
		return r
	}
	r.MilliCPU = n.Int64()
	return r
}

func (d *decoder) traffic(v cue.Value, at string) ir.Traffic {
	t := ir.Traffic{
		TimeoutMs:      d.duration(v, "timeout", at).Milliseconds(),
		MaxConcurrency: d.number(v, "maxConcurrency", at),
		MaxBodyBytes:   d.size(v, "maxBody", at),
		Pos:            d.index.labelPos(at),
	}
	if q := get(v, "queue"); q.Exists() {
		t.Queue = d.queue(q, join(at, "queue"))
	}
	t.RateLimit = d.rateLimit(v, at)
	if t.TimeoutMs == 0 {
		t.TimeoutMs = defaultTimeoutMs
	}
	if t.MaxBodyBytes == 0 {
		t.MaxBodyBytes = defaultMaxBodyBytes
	}
	return t
}

func (d *decoder) queue(v cue.Value, at string) *ir.Queue {
	q := &ir.Queue{MaxRequests: d.number(v, "maxRequests", at), MaxBytes: d.size(v, "maxBytes", at), Pos: d.index.labelPos(at)}
	if t := get(v, "tenants"); t.Exists() {
		q.Tenants = &ir.TenantShares{Header: text(t, "header")}
		_ = get(t, "weights").Decode(&q.Tenants.Weights) // what is not whole CUE has said
	}
	if p := get(v, "priority"); p.Exists() {
		q.Priority = &ir.PriorityLevels{Header: text(p, "header")}
		_ = get(p, "levels").Decode(&q.Priority.Levels)
	}
	return q
}

func (d *decoder) endpoint(v cue.Value, name, at string) *ir.Endpoint {
	e := &ir.Endpoint{
		Doc:          d.doc(v, at),
		Route:        text(v, "route"),
		TimeoutMs:    d.duration(v, "timeout", at).Milliseconds(),
		MaxBodyBytes: d.size(v, "maxBody", at),
		Pos:          d.index.labelPos(at),

		MaxConcurrency: d.number(v, "maxConcurrency", at),
	}
	e.RateLimit = d.rateLimit(v, at)
	e.Cache = d.cache(v, at)
	e.Strict, _ = get(v, "strict").Bool()
	e.Sensitive, _ = get(v, "sensitive").Bool()
	e.Arrow, _ = get(v, "arrow").Bool()
	if how := text(v, "nonFinite"); how != "refuse" { // which is the default
		e.NonFinite = how
	}
	if x := get(v, "deprecated"); x.Exists() {
		p := join(at, "deprecated")
		e.Deprecated = d.dates(&ir.Deprecation{Since: text(x, "since"), Until: text(x, "until"), Why: text(x, "why"), Pos: d.index.labelPos(p)},
			func(field string) ir.Pos { return d.index.valuePos(join(p, field)) }, p)
	}
	if e.Route == "" {
		e.Route = "/" + name
	}
	switch d.oneOf(v, at, "graph", "runner") {
	case "graph":
		e.Graph = d.reference(get(v, "graph"), "graphs", join(at, "graph"), diag.UnknownGraph)
	case "runner":
		e.Runner = d.reference(get(v, "runner"), "runners", join(at, "runner"), diag.UnknownRunner)
	}
	return e
}
