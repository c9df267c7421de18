package lock

import (
	"context"
	"fmt"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/need"
)

// ResolveModels locks the models that a bento runs: the files that they are and
// what those say about their tensors. It comes before [Resolve], since nothing
// can be generated before the tensors are known. Only Fetch, Old, Models,
// Platforms, ModuleDir and what is to be updated count. The file that it gives
// is Old with the models' entries put in.
func ResolveModels(ctx context.Context, r Request) (*File, error) {
	var entries []Entry
	var diags diag.List
	var reported []error
	models := r.Needs.Models
	wheels := &wheelChoice{Request: r, chosen: map[model.Wheel]chosenWheel{}}
	for _, name := range sortedNames(models) {
		more, err := r.model(ctx, name, models[name], wheels)
		if err != nil && slices.Contains(reported, err) {
			continue // of the wheel that an earlier model is in
		}
		reported = append(reported, err)
		if found := model.Mistakes(name, models[name], err); found != nil {
			diags = append(diags, found...)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("locking the model %s: %w", name, err)
		}
		entries = append(entries, more...)
	}
	if len(diags) > 0 {
		return nil, diags
	}
	if err := r.checkSums(entries); err != nil {
		return nil, err
	}
	ofEngine := func(e Entry) bool {
		return slices.ContainsFunc(r.Needs.Of(need.Wheel, ""), func(i need.Item) bool { return i.Name == e.Name })
	}
	for _, e := range r.Old.all() {
		if e.Kind != KindModel && e.Kind != KindSignature && e.Kind != KindWheel || ofEngine(e) {
			entries = append(entries, e)
		}
	}
	f := newFile(entries)
	if r.Old != nil {
		f.open = r.Old.open
	}
	return f, nil
}

// model gives the entries of one model.
func (r Request) model(ctx context.Context, name string, m *ir.Model, wheels *wheelChoice) ([]Entry, error) {
	if kept, err := r.keepModel(ctx, name, m); kept != nil || err != nil {
		return kept, err
	}
	place := model.Place{Fetch: r.Fetch, Dir: r.ModuleDir, Wheel: wheels.of}
	var entries []Entry
	if w := model.SourceOf(m).Wheel(); w != nil {
		chosen, err := wheels.of(ctx, *w)
		if err != nil {
			return nil, err
		}
		entries = append(entries, wheelEntry(chosen))
	}
	path, file, err := place.Locate(ctx, m, model.File{Main: true})
	if err != nil {
		return nil, err
	}
	header, err := model.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := model.EncodeSignature(header)
	if err != nil {
		return nil, err
	}
	file.Name = header.FileName
	entries = append(entries, modelEntry(name, m, file), Entry{Kind: KindSignature, Name: name, Fields: []string{text}})
	weights, err := place.Weights(ctx, m, header)
	for _, file := range weights {
		entries = append(entries, modelEntry(name, m, file))
	}
	return entries, err
}

// keepModel gives the entries that the old lock has for a model, nil where they
// do not hold any more: another source, a file that changed, or a choice that is
// to be made anew.
func (r Request) keepModel(ctx context.Context, name string, m *ir.Model) ([]Entry, error) {
	files := r.Old.ModelFiles(name, m)
	if len(files) == 0 || r.Old.Model(name, m) == nil || r.updates(name) {
		return nil, nil
	}
	wheel := model.SourceOf(m).Wheel()
	if wheel != nil {
		if _, ok := r.Old.Wheel(*wheel); !ok || r.updates(wheel.Project) {
			return nil, nil
		}
	}
	if same, err := r.onDisk(ctx, m, files); err != nil || !same {
		return nil, err
	}
	if same, err := r.signatureHolds(ctx, name, m, files); err != nil || !same {
		return nil, err
	}
	entries := slices.Concat(r.Old.Of(KindModel, name), r.Old.Of(KindSignature, name))
	if wheel != nil {
		w, _ := r.Old.Wheel(*wheel)
		entries = append(entries, wheelEntry(w))
	}
	return entries, nil
}

// onDisk reports whether the files of a model that lies in the module are still
// those that are locked.
func (r Request) onDisk(ctx context.Context, m *ir.Model, files []model.File) (bool, error) {
	if !model.SourceOf(m).Local() {
		return true, nil
	}
	place := r.Old.Place(r.Fetch, r.ModuleDir)
	for _, f := range files {
		_, is, err := place.Locate(ctx, m, model.File{Name: f.Name, Main: f.Main})
		if err != nil || is != f {
			return false, err
		}
	}
	return true, nil
}

func (r Request) updates(name string) bool { return r.UpdateAll || slices.Contains(r.Update, name) }
