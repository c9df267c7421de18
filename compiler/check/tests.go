package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"slices"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkTests sees that golden cases ask what there is for what it takes.
func checkTests(p *pass) {
	for _, name := range sorted(p.b.Tests) {
		t, at := p.b.Tests[name], "tests."+name
		p.only(t, at, "input", t.Input != nil, t.InputFile != "")
		p.only(t, at, "output", t.Output != nil, t.OutputFile != "")
		e := p.b.Tested(t)
		if e == nil {
			p.noEndpoint(t, at)
			continue
		}
		p.timeout(at+".maxLatency", t.Pos, t.MaxLatencyMs)
		if by, ok := new(big.Rat).SetString(t.Tolerance); t.Tolerance != "" && (!ok || by.Sign() < 0) {
			p.errorf(diag.BadValue, p.at(at+".tolerance", t.Pos), at+".tolerance", "%s is no tolerance", t.Tolerance).Hintf("it must be >=0")
		}
		in, out := p.b.EndpointTypes(e)
		p.request(t, at, in)
		p.answer(t, at, out)
		if t.Ready {
			p.readyCase(t, at)
		}
	}
}

// only reports a document that is given twice.
func (p *pass) only(t *ir.Test, at, field string, here, inFile bool) {
	if here && inFile {
		file := at + "." + field + "File"
		p.errorf(diag.OneOf, p.at(file, t.Pos), file, "only one of %s and %sFile can be set", field, field).
			Also(p.at(at+"."+field, t.Pos), "%s is set here", field)
	}
}

func (p *pass) noEndpoint(t *ir.Test, at string) {
	if t.Endpoint == "" {
		return // which loading has reported
	}
	pos := p.at(at+".endpoint", t.Pos)
	s := p.b.Services[t.Service]
	if s == nil {
		suggest(p.errorf(diag.UnknownEndpoint, pos, at+".endpoint", "there is no service %q", t.Service), t.Service, sorted(p.b.Services))
		return
	}
	suggest(p.errorf(diag.UnknownEndpoint, pos, at+".endpoint", "service %q has no endpoint %q", t.Service, t.Endpoint), t.Endpoint, sorted(s.Endpoints))
}

// readyCase sees that the server can judge a case on its own.
func (p *pass) readyCase(t *ir.Test, at string) {
	switch pos := p.at(at+".ready", t.Pos); {
	case !t.Succeeds():
		p.errorf(diag.BadValue, pos, at+".ready", "a server cannot wait for an answer with status %d", t.Status).
			Hintf("leave ready out; bentoc test asks for it")
	case t.Output == nil && t.OutputFile == "":
		p.errorf(diag.MissingField, pos, at+".ready", "a server that asks itself needs to know the answer").
			Hintf("write output, or outputFile and run bentoc test --update")
	case t.OutputFile != "":
		p.exists(t.OutputFile, at+".outputFile", p.at(at+".outputFile", t.Pos))
	}
}

// maxDocument is the largest document of a golden case, in bytes.
const maxDocument = 1 << 20

// request checks what a case sends. One that is to be refused may send anything.
func (p *pass) request(t *ir.Test, at string, in *ir.Type) {
	for _, field := range slices.Sorted(maps.Keys(t.Files)) {
		file := at + ".files." + field
		pos := p.at(file, t.Pos)
		p.exists(t.Files[field], file, pos)
		if f := assign.New(p.b).Named(in); f != nil && f.Kind == ir.KindObject && f.Field(field) == nil && !f.Open && t.Succeeds() {
			p.errorf(diag.UnknownInput, pos, file, "the endpoint takes no %q", field).
				Hintf("it takes %s", strings.Join(fieldNames(f), ", "))
		}
	}
	doc, from := t.Input, at+".input"
	if t.InputFile != "" {
		from = at + ".inputFile"
		doc = p.document(t.InputFile, from, p.at(from, t.Pos))
	}
	if doc == nil && (t.InputFile != "" || len(t.Files) > 0) || in == nil || !t.Succeeds() {
		return
	}
	if doc == nil {
		doc = ir.Const("{}")
	}
	typ, ok := without(assign.New(p.b).Named(in), t.Files)
	if !ok {
		return
	}
	if r := assign.New(p.b).AsSent(doc, typ); r.Verdict == assign.No {
		p.errorf(diag.TypeMismatch, p.at(from, t.Pos), from, "the endpoint does not take this: %s", r).
			Hintf("change it, or say with status which error the endpoint answers with")
	}
}

// answer checks what a case wants back: fields that the endpoint may give.
func (p *pass) answer(t *ir.Test, at string, out *ir.Type) {
	if t.OutputFile != "" { // which bentoc test --update may still have to write
		return
	}
	typ := assign.New(p.b).Named(out)
	if t.Output == nil || typ == nil || typ.Kind != ir.KindObject || !t.Succeeds() {
		return
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(t.Output, &fields) != nil {
		p.errorf(diag.TypeMismatch, p.at(at+".output", t.Pos), at+".output", "the endpoint answers with an object").
			Hintf("write output: {…} with its fields")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if typ.Field(name) == nil && !typ.Open {
			field := at + ".output." + name
			suggest(p.errorf(diag.UnknownField, p.at(field, p.at(at+".output", t.Pos)), field, "the endpoint gives no %q back", name), name, fieldNames(typ))
		}
	}
}

// document reads a JSON document of the module, nil where there is none.
func (p *pass) document(name, at string, pos ir.Pos) ir.Const {
	before := len(p.diags)
	if p.exists(name, at, pos); len(p.diags) > before || p.opts.FS == nil {
		return nil
	}
	data, err := readBounded(p.opts.FS, name)
	if err == nil {
		var doc ir.Const
		if doc, err = ir.CanonicalConst(bytes.TrimPrefix(data, []byte("\ufeff"))); err == nil {
			return doc
		}
	}
	p.errorf(diag.BadValue, pos, at, "%s is no document: %v", name, err).Hintf("it has one value in JSON, of at most a mebibyte")
	return nil
}

func readBounded(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
	case info.Size() > maxDocument:
		return nil, fmt.Errorf("it has %d bytes", info.Size())
	}
	return fs.ReadFile(fsys, name)
}

// without gives an object type without some fields; false for another type.
func without(t *ir.Type, fields map[string]string) (*ir.Type, bool) {
	if t == nil || len(fields) == 0 {
		return t, t != nil
	}
	if t.Kind != ir.KindObject {
		return nil, false
	}
	rest := *t
	rest.Fields = slices.DeleteFunc(slices.Clone(t.Fields), func(f ir.Field) bool { return fields[f.Name] != "" })
	return &rest, true
}
