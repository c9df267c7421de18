package compiler

import (
	"context"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/cases"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/workspace"
)

// TypesFolder holds the generated types of the user's steps, beside bento.cue.
const TypesFolder = "bentogen"

// Code is what a server is compiled from.
type Code struct {
	Output    *gen.Output
	Workspace *workspace.Workspace
}

// Generate writes the server's code and the types of the user's steps.
func (s *Session) Generate() (*gen.Output, error) {
	o := s.genOptions()
	if err := s.golden(&o); err != nil {
		return nil, err
	}
	return gen.Generate(s.IR, o)
}

// golden adds the golden cases that the server carries.
func (s *Session) golden(o *gen.Options) error {
	if !s.IR.ProvesItself() {
		return nil
	}
	all, err := s.Cases()
	if err == nil {
		o.Golden, err = cases.Carried(all)
	}
	return err
}

// Cases gives the golden cases of what the session serves: of the bento, or of one of
// its services.
func (s *Session) Cases() ([]cases.Case, error) {
	all, err := cases.Read(s.place.module, s.IR)
	return slices.DeleteFunc(all, func(c cases.Case) bool { return s.service != "" && c.Service != s.service }), err
}

// Emit makes an artifact out of the bento.
func (s *Session) Emit(a gen.Artifact) ([]gen.File, error) {
	o := s.genOptions()
	if err := s.golden(&o); err != nil {
		return nil, s.explain(err)
	}
	return a.Emit(s.IR, o)
}

// Types loads a bento whose steps are about to be written and gives their types:
// neither the steps nor the data files of the bento are looked at, and no model
// need be locked.
func (s *Session) Types(ctx context.Context) ([]gen.File, error) {
	diags, err := s.load(ctx, request{pending: true, noSteps: true})
	if err != nil {
		return nil, err
	}
	diags = slices.DeleteFunc(diags, func(d diag.Diagnostic) bool {
		return d.Code == diag.MissingFile || d.Severity == diag.Warning
	})
	if err := s.report(diags); err != nil {
		return nil, err
	}
	return s.types()
}

// types writes the types of the user's steps alone. It works before the models are
// locked, which Generate does not.
func (s *Session) types() ([]gen.File, error) {
	return gen.Bentogen(s.IR, s.genOptions())
}

// typesByName gives the files of package bentogen by name.
func (s *Session) typesByName() (map[string][]byte, error) {
	files, err := s.types()
	byName := map[string][]byte{}
	for _, f := range files {
		byName[f.Path] = f.Data
	}
	return byName, err
}

func (s *Session) genOptions() gen.Options {
	o := gen.Options{Service: s.service}
	if s.locked != nil {
		o.Numbers = s.locked.Numbers()
	}
	if s.Steps != nil {
		o.UserModule = s.Steps.Path
		o.UserDir = relativeTo(s.Steps.Dir, s.Dir)
	}
	return o
}

// relativeTo gives the folder dir relative to root, which is dir or lies above
// it. Both are slash-separated and relative to the same folder.
func relativeTo(root, dir string) string {
	if root = path.Clean(root); root == "." {
		return path.Clean(dir)
	}
	return path.Clean(strings.TrimPrefix(strings.TrimPrefix(path.Clean(dir), root), "/"))
}

// assemble generates the server and puts its workspace together.
func (s *Session) assemble() (*Code, diag.List, error) {
	out, err := s.Generate()
	if err != nil {
		return nil, nil, s.explain(err)
	}
	req := workspace.Request{Gen: out}
	if s.IR.Served().HasSteps() {
		req.Steps, req.FS = s.Steps, s.place.module
	}
	ws, diags, err := workspace.New(req)
	return &Code{out, ws}, diags, err
}
