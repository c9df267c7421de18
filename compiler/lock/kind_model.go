package lock

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/pypi"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/model/onnxfile"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/store"
)

// KindModel is NAME ORIGIN FILE SIZE DIGEST: a file of a model.
const KindModel = "model"

var modelKind = kind{
	name: KindModel, form: "an origin, a file, its size and its digest",
	tests: fieldsAre(isWord, fs.ValidPath, isSize, isDigest),
	about: []int{1}, sized: true,
	together: ofModel,
	once: func(e Entry) []int {
		if strings.HasPrefix(e.Fields[0], "pkg:") { // which names a version
			return []int{0, 1}
		}
		return nil
	},
	called: func(e Entry) string { return fmt.Sprintf("%s of the model %s", e.Fields[1], e.Name) },
	named: func(e Entry, update string) bool {
		return strings.HasPrefix(e.Fields[0], "pkg:pypi/"+pypi.NormalProject(update)+"@")
	},
	short:   keyAndFirst,
	check:   lacksModels,
	resolve: kept(KindModel), what: "models",
	bring: func(ctx context.Context, f *File, r BringRequest) (items []store.Item, err error) {
		for _, name := range sortedNames(r.Needs.Models) {
			m := r.Needs.Models[name]
			// Those of the module travel with it, those in wheels with the wheels.
			if s := model.SourceOf(m); s.Local() || s.Wheel() != nil {
				continue
			}
			for _, file := range f.ModelFiles(name, m) {
				_, file, err := f.Place(r.Fetch, r.ModuleDir).Locate(ctx, m, file)
				if err != nil {
					return nil, err
				}
				items = append(items, store.Item{Blob: store.Blob{Digest: file.Digest, Size: file.Size}})
			}
		}
		return items, nil
	},
}

// ofModel is what the files of a model and its tensors are chosen with.
func ofModel(e Entry) string { return KindModel + " " + e.Name }

// kept gives the entries of a kind that [ResolveModels] made.
func kept(kind string) func(Request, context.Context) ([]Entry, error) {
	return func(r Request, _ context.Context) (entries []Entry, err error) {
		for _, name := range sortedNames(r.Needs.Models) {
			entries = append(entries, r.Old.Of(kind, name)...)
		}
		return entries, nil
	}
}

func modelEntry(name string, m *ir.Model, f model.File) Entry {
	return Entry{Kind: KindModel, Name: name, Fields: []string{model.SourceOf(m).Origin(), f.Name, strconv.FormatInt(f.Size, 10), f.Digest}}
}

// lacksModels reports models that the lock does not have, or has from another
// source. Whether files of the module have changed is not looked at here: see
// [ResolveModels].
func lacksModels(f *File, _ string, n need.Needs) (diags diag.List) {
	for _, named := range sortedNames(n.Models) {
		m := n.Models[named]
		wheel := true
		if want := model.SourceOf(m).Wheel(); want != nil {
			_, wheel = f.Wheel(*want)
		}
		if f.Model(named, m) == nil || !wheel {
			diags.Errorf(diag.LockStale, m.Pos, "bento.models."+named, "the lock does not have the model %s as it is declared here", named).
				Hintf("run bentoc lock")
		}
	}
	return diags
}

// ModelFiles gives the locked files of the model called name, its own among them.
// There are none where the model has another source than the lock knows.
func (f *File) ModelFiles(name string, m *ir.Model) (files []model.File) {
	source, main := model.SourceOf(m), f.mainName(name)
	for _, e := range f.Of(KindModel, name) {
		if e.Fields[0] != source.Origin() {
			return nil
		}
		files = append(files, model.File{Name: e.Fields[1], Main: e.Fields[1] == main, Size: number(e.Fields[2]), Digest: e.Fields[3]})
	}
	if pinned := source.Pinned(); pinned != "" && !slices.ContainsFunc(files, func(f model.File) bool { return f.Digest == pinned }) {
		return nil
	}
	return files
}

// mainName is what the lock says that a model's own file is called.
func (f *File) mainName(name string) string {
	for _, e := range f.Of(KindSignature, name) {
		if header, err := model.DecodeSignature(e.Fields[0]); err == nil {
			return header.FileName
		}
	}
	return onnxfile.MainFile
}

// Model gives what the file of the model called name says about its tensors; nil
// where the lock does not know the model, or knows one with another source.
func (f *File) Model(name string, m *ir.Model) *onnxfile.Model {
	found := f.Of(KindSignature, name)
	if len(found) == 0 || len(f.ModelFiles(name, m)) == 0 {
		return nil
	}
	header, err := model.DecodeSignature(found[0].Fields[0])
	if err != nil {
		return nil // the parser refuses such a lock
	}
	return header
}

// Place is where the models that f names are, for the module whose root is dir.
func (f *File) Place(client *fetch.Client, dir string) model.Place {
	return model.Place{Fetch: client, Dir: dir, Wheel: func(_ context.Context, want model.Wheel) (pypi.Wheel, error) {
		w, ok := f.Wheel(want)
		if !ok {
			return w, fmt.Errorf("the lock has no wheel of %s %s", want.Project, want.Version)
		}
		return w, nil
	}}
}

func sortedNames[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
