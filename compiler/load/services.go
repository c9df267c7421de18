package load

import (
	"math/big"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/onnxfile"
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
		n := number(v, "batchAxis")
		m.BatchAxis = &n
	}
	d.signature(name, m, at)
	return m
}

// signature gives a model its tensors where they are known, and reports what of
// its declaration does not fit its file.
func (d *decoder) signature(name string, m *ir.Model, at string) {
	if sig, ok := d.sigs[name]; ok {
		m.Signature = &sig
		return
	}
	if d.file == nil {
		return
	}
	file := d.file(name, m)
	if file == nil {
		return
	}
	sig, problems := onnxfile.Signature(file, m)
	for _, p := range problems {
		path := at
		if side, name, renamed := strings.Cut(p.Field, "."); renamed {
			path = join(join(at, side), name)
		} else if p.Field != "" {
			path = join(at, p.Field)
		}
		diagnostic := d.diags.Errorf(p.Code, d.index.valuePos(path), path, "%s", p.Message)
		diagnostic.Severity = p.Severity
		if p.Hint != "" {
			diagnostic.Hintf("%s", p.Hint)
		}
	}
	if sig == nil {
		return
	}
	m.Signature = sig
	if d.sigs == nil {
		d.sigs = map[string]ir.Signature{}
	}
	d.sigs[name] = *sig
}

func (d *decoder) source(v cue.Value, at string) ir.Source {
	s := ir.Source{Pos: d.index.labelPos(at)}
	switch d.oneOf(v, at, "path", "http", "pypi") {
	case "path":
		s.Path = d.modulePath(text(v, "path"), join(at, "path"))
	case "http":
		h := get(v, "http")
		s.HTTP = &ir.HTTPSource{URL: text(h, "url"), SHA256: text(h, "sha256")}
	case "pypi":
		p := get(v, "pypi")
		s.PyPI = &ir.PyPISource{Project: text(p, "project"), Version: text(p, "version")}
	}
	return s
}

func (d *decoder) runner(v cue.Value, _, at string) *ir.Runner {
	r := &ir.Runner{
		Doc:       d.doc(v, at),
		Engine:    d.engine(get(v, "engine"), join(at, "engine")),
		Instances: number(v, "instances"),
		Pos:       d.index.labelPos(at),
	}
	if n := get(v, "instances"); n.Exists() && r.Instances < 1 {
		p := join(at, "instances")
		d.diags.Errorf(diag.BadValue, d.index.valuePos(p), p, "%d is not allowed here", r.Instances).Hintf("it must be >=1")
	}
	if b := get(v, "batching"); b.Exists() {
		p := join(at, "batching")
		r.Batching = &ir.Batching{
			MaxSize:         number(b, "maxSize"),
			LatencyTargetMs: float64(d.duration(b, "latencyTarget", p).Microseconds()) / 1000,
			Pos:             d.index.labelPos(p),
		}
	}
	if r.Engine.ONNX != nil {
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
	return typ
}

// tensors gives an onnx runner its types: the ones that the user declares, or
// else the ones of its model. They stay nil as long as nobody knows them.
func (d *decoder) tensors(r *ir.Runner, v cue.Value, at string) {
	sig, known := d.sigs[r.Engine.ONNX.Model]
	if known {
		r.Input, r.Output = sig.InputType(), sig.OutputType()
		placeAt(r.Input, r.Pos)
		placeAt(r.Output, r.Pos)
	}
	if _, ok := d.index[at+".#input"]; ok {
		r.Input = d.declaredTensors(v, at, "#input")
	}
	if _, ok := d.index[at+".#output"]; ok {
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

// placeAt gives a type that is made of a signature the position of its runner.
func placeAt(t *ir.Type, pos ir.Pos) {
	t.Pos = pos
	for i := range t.Fields {
		t.Fields[i].Pos, t.Fields[i].Type.Pos = pos, pos
	}
}

func (d *decoder) engine(v cue.Value, at string) ir.Engine {
	e := ir.Engine{Pos: d.index.labelPos(at)}
	kind := d.oneOf(v, at, "go", "onnx")
	arm, p := get(v, kind), join(at, kind)
	switch kind {
	case "go":
		e.Go = &ir.GoEngine{
			Package: text(arm, "package"), Func: text(arm, "func"),
			Open: text(arm, "open"), Close: text(arm, "close"), Pos: d.index.labelPos(p),
		}
	case "onnx":
		e.ONNX = &ir.ONNXEngine{
			Model:   d.reference(get(arm, "model"), "models", join(p, "model"), diag.BadModel),
			Threads: number(arm, "threads"), Pos: d.index.labelPos(p),
		}
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
	cpu := get(v, "cpu")
	if !cpu.Exists() {
		return r
	}
	rat, ok := new(big.Rat).SetString(numberText(cpu))
	if !ok {
		return r
	}
	milli := rat.Mul(rat, big.NewRat(1000, 1))
	n := new(big.Int).Quo(milli.Num(), milli.Denom())
	if n.Sign() == 0 || !n.IsInt64() {
		p := join(at, "cpu")
		d.diags.Errorf(diag.ResourceBounds, d.index.valuePos(p), p, "cpu must be at least 0.001 and a sensible number of cores")
		return r
	}
	r.MilliCPU = n.Int64()
	return r
}

func (d *decoder) traffic(v cue.Value, at string) ir.Traffic {
	t := ir.Traffic{
		TimeoutMs:      d.duration(v, "timeout", at).Milliseconds(),
		MaxConcurrency: number(v, "maxConcurrency"),
		MaxBodyBytes:   d.size(v, "maxBody", at),
		Pos:            d.index.labelPos(at),
	}
	if t.TimeoutMs == 0 {
		t.TimeoutMs = defaultTimeoutMs
	}
	if t.MaxBodyBytes == 0 {
		t.MaxBodyBytes = defaultMaxBodyBytes
	}
	return t
}

func (d *decoder) endpoint(v cue.Value, name, at string) *ir.Endpoint {
	e := &ir.Endpoint{
		Doc:          d.doc(v, at),
		Route:        text(v, "route"),
		TimeoutMs:    d.duration(v, "timeout", at).Milliseconds(),
		MaxBodyBytes: d.size(v, "maxBody", at),
		Pos:          d.index.labelPos(at),
	}
	e.Strict, _ = get(v, "strict").Bool()
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
