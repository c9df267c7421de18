package check

import (
	"encoding/hex"
	"net/url"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/onnxfile"
)

func checkModels(p *pass) {
	for _, name := range sorted(p.b.Models) {
		m := p.b.Models[name]
		path := "models." + name
		p.source(m, path)
		if m.BatchAxis != nil && *m.BatchAxis < onnxfile.NoBatchAxis {
			p.errorf(diag.BadValue, p.at(path+".batchAxis", m.Pos), path+".batchAxis", "a batch axis counts from 0, or is -1 where there is none, but it is %d", *m.BatchAxis)
		}
		if m.Signature == nil && p.modelInUse(name) {
			p.pending(m, name)
		}
	}
}

func (p *pass) source(m *ir.Model, path string) {
	s := m.Source
	pos := first(s.Pos, m.Pos)
	set := 0
	for _, is := range []bool{s.Path != "", s.HTTP != nil, s.PyPI != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		p.errorf(diag.OneOf, pos, path+".source", "a source is exactly one of path, http and pypi, %s", howMany(set))
		return
	}
	switch {
	case s.PyPI != nil && m.File == "":
		p.errorf(diag.MissingField, pos, path+".file", "the model's file in the wheel of %s is not named", s.PyPI.Project).
			Hintf("add file: \"PACKAGE/MODEL.onnx\", its path in the wheel")
	case s.HTTP != nil && m.File != "":
		at := path + ".file"
		p.errorf(diag.BadValue, p.at(at, m.Pos), at, "what a URL gives is the model itself, so there is no file in it").
			Hintf("remove file")
	}
	if s.HTTP == nil {
		return
	}
	if u, err := url.Parse(s.HTTP.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		p.errorf(diag.BadValue, p.at(path+".source.http.url", pos), path+".source.http.url", "%q is no URL of a file", s.HTTP.URL).
			Hintf("it begins with https://")
	}
	if sum, err := hex.DecodeString(s.HTTP.SHA256); err != nil || len(sum) != 32 {
		p.errorf(diag.BadValue, p.at(path+".source.http.sha256", pos), path+".source.http.sha256", "a SHA-256 has 64 hexadecimal digits")
	}
}

func howMany(set int) string {
	if set == 0 {
		return "none is set"
	}
	return "several are set"
}

// modelInUse reports whether a runner runs the model.
func (p *pass) modelInUse(name string) bool {
	for _, r := range p.b.Runners {
		if r.Engine.ONNX != nil && r.Engine.ONNX.Model == name {
			return true
		}
	}
	return false
}

func (p *pass) pending(m *ir.Model, name string) {
	severity := diag.Error
	if p.opts.SignaturesPending {
		severity = diag.Warning
	}
	d := p.errorf(diag.LockMissing, m.Pos, "models."+name, "what model %s takes and gives back is not known yet", name).
		Hintf("run `bentoc lock`, which reads it from the model's file")
	d.Severity = severity
}
