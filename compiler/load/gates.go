package load

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

func (d *decoder) budgets(v cue.Value) *ir.Budgets {
	if !v.Exists() {
		return nil
	}
	const at = "bento.budgets"
	return &ir.Budgets{
		Image:   d.size(v, "image", at),
		Layer:   d.size(v, "layer", at),
		Ops:     d.number(v, "ops", at),
		ReadyMs: d.duration(v, "ready", at).Milliseconds(),
		Memory:  d.size(v, "memory", at),
		Pos:     d.index.labelPos(at),
	}
}

func (d *decoder) test(v cue.Value, _, at string) *ir.Test {
	t := &ir.Test{
		Doc:          d.doc(v, at),
		Input:        d.document(v, "input", at),
		Output:       d.document(v, "output", at),
		Status:       d.number(v, "status", at),
		MaxLatencyMs: d.duration(v, "maxLatency", at).Milliseconds(),
		Pos:          d.index.labelPos(at),
	}
	if t.Status == 200 { // which is the default
		t.Status = 0
	}
	t.Ready, _ = get(v, "ready").Bool()
	if by := get(v, "tolerance"); by.Exists() && by.IsConcrete() {
		if t.Tolerance = canonicalNumber(numberText(by)); t.Tolerance == "0" {
			t.Tolerance = ""
		}
	}
	for field, to := range map[string]*string{"inputFile": &t.InputFile, "outputFile": &t.OutputFile} {
		if name := text(v, field); name != "" {
			*to = d.modulePath(name, join(at, field))
		}
	}
	t.Files = d.textMap(get(v, "files"))
	for field, name := range t.Files {
		t.Files[field] = d.modulePath(name, join(join(at, "files"), field))
	}
	d.testedEndpoint(v, at, t)
	return t
}

// document gives the value of a field as JSON.
func (d *decoder) document(v cue.Value, field, at string) ir.Const {
	x, at := get(v, field), join(at, field)
	if !x.Exists() {
		return nil
	}
	c, err := constOf(x)
	if err != nil {
		d.diags.Errorf(diag.BadValue, d.index.valuePos(at), at, "%s is a document: every value in it has to be written out", field).
			Hintf("give each field a value, or name a file with %sFile", field)
	}
	return c
}

// testedEndpoint reads the reference to the endpoint that a golden case asks.
func (d *decoder) testedEndpoint(v cue.Value, at string, t *ir.Test) {
	at = join(at, "endpoint")
	p, ok := d.endpointAmong(partsOf(get(v, "endpoint")))
	if !ok {
		d.diags.Errorf(diag.UnknownEndpoint, d.index.valuePos(at), at, "this must be a reference to an endpoint of the bento").
			Hintf("write it like services.NAME.endpoints.NAME")
		return
	}
	t.Service, t.Endpoint = selName(p[2]), selName(p[4])
}

// endpointAmong gives the path of an endpoint that one of parts refers to.
func (d *decoder) endpointAmong(parts []part) ([]cue.Selector, bool) {
	for _, p := range parts {
		if p.form != formRef || fromSchema(p.root) {
			continue
		}
		if len(p.path) == 5 && p.path[0].String() == "bento" && p.path[1].String() == "services" && p.path[3].String() == "endpoints" && p.root.BuildInstance() == d.inst {
			return p.path, true
		}
		if target := cue.Dereference(p.v); target != p.v {
			if path, ok := d.endpointAmong(partsOf(target)); ok {
				return path, true
			}
		}
	}
	return nil, false
}
