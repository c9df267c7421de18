package lock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/onnxfile"
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
	wheels := &wheelChoice{Request: r, chosen: map[string]chosenWheel{}}
	for _, name := range sortedNames(models) {
		more, err := r.model(ctx, name, models[name], wheels)
		if err != nil && slices.Contains(reported, err) {
			continue // of the wheel that an earlier model is in
		}
		reported = append(reported, err)
		if d := modelMistake(name, models[name], err); d != nil {
			diags = append(diags, *d)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("locking the model %s: %w", name, err)
		}
		entries = append(entries, more...)
	}
	if len(diags) > 0 {
		return nil, &SourceError{Diags: diags}
	}
	for _, e := range r.Old.all() {
		if e.Kind != KindModel && e.Kind != KindSignature && e.Kind != KindWheel || e.Name == ortProject {
			entries = append(entries, e)
		}
	}
	return newFile(entries), nil
}

// modelMistake makes a diagnostic of an error that is about the source of a
// model or about its file; nil for others.
func modelMistake(name string, m *ir.Model, err error) *diag.Diagnostic {
	var missing *fetch.MissingError
	var absent *fetch.AbsentError
	var format *onnxfile.FormatError
	var file *fs.PathError
	var diags diag.List
	at := "bento.models." + name
	switch {
	case errors.As(err, &missing): // what is locked was not to be had, which the declaration is not to blame for
		return nil
	case errors.As(err, &absent):
		d := diags.Errorf(diag.BadModel, m.Pos, at, "%s", absent.Text)
		if absent.Cure != "" {
			d.Hintf("%s", absent.Cure)
		}
		return d
	case errors.As(err, &format):
		d := diags.Errorf(diag.BadModel, m.Pos, at, "the file of model %s cannot be read: %v", name, format)
		if format.Hint != "" {
			d.Hintf("%s", format.Hint)
		}
		return d
	case errors.As(err, &file) && m.Source.Path != "":
		return fileMistake(m, at, file)
	}
	return nil
}

// fileMistake makes a diagnostic of a file of the module that is not there, or
// that a link leads to out of the module; nil for other errors.
func fileMistake(m *ir.Model, at string, err *fs.PathError) *diag.Diagnostic {
	var diags diag.List
	name, why := filepath.ToSlash(err.Path), ""
	if name != sourcePath(m) {
		why = ", which the model keeps weights in"
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return diags.Errorf(diag.MissingFile, m.Pos, at, "there is no file %s%s", name, why).
			Hintf("paths are relative to bento.cue's folder, and lie below the module's root")
	case strings.Contains(err.Err.Error(), "escapes"): // as os.Root says it; there is no value to compare with
		return diags.Errorf(diag.OutsideModule, m.Pos, at, "%s leaves the module by a symbolic link", name).
			Hintf("a bento is built from the files of its own module; copy it in")
	}
	return nil
}

// model gives the entries of one model.
func (r Request) model(ctx context.Context, name string, m *ir.Model, wheels *wheelChoice) ([]Entry, error) {
	if kept, err := r.keepModel(ctx, name, m); kept != nil || err != nil {
		return kept, err
	}
	src := ModelSource{Fetch: r.Fetch, Dir: r.ModuleDir, Model: m}
	var entries []Entry
	if s := m.Source.PyPI; s != nil {
		w, err := wheels.of(ctx, s)
		if err != nil {
			return nil, err
		}
		src.Wheel = w
		entries = append(entries, wheelEntry(w))
	}
	path, file, err := src.File(ctx, ModelFile{Name: MainFile})
	if err != nil {
		return nil, err
	}
	model, err := onnxfile.Open(path)
	if err != nil {
		return nil, err
	}
	if problems := model.Runnable(onnxfile.ORT132()); len(problems) > 0 {
		return nil, &fetch.AbsentError{Text: problems[0].Message, Cure: problems[0].Hint}
	}
	text, err := encodeSignature(model)
	if err != nil {
		return nil, err
	}
	entries = append(entries, modelEntry(name, m, file), Entry{Kind: KindSignature, Name: name, Fields: []string{text}})
	weights, err := src.weights(ctx, model)
	for _, file := range weights {
		entries = append(entries, modelEntry(name, m, file))
	}
	return entries, err
}

// weights gives the files with a model's external weights.
func (s ModelSource) weights(ctx context.Context, model *onnxfile.Model) (files []ModelFile, err error) {
	for _, x := range model.Files() {
		_, file, err := s.File(ctx, ModelFile{Name: x.Location})
		if err != nil {
			return nil, err
		}
		if file.Size < x.MinSize {
			return nil, &fetch.AbsentError{Text: fmt.Sprintf("%s, which holds weights of the model, has %d bytes; the model needs %d", x.Location, file.Size, x.MinSize)}
		}
		files = append(files, file)
	}
	return files, nil
}

func wheelEntry(w fetch.Wheel) Entry {
	return Entry{Kind: KindWheel, Name: w.Project, Fields: []string{w.Version, w.File, strconv.FormatInt(w.Size, 10), w.SHA256}}
}

func modelEntry(name string, m *ir.Model, f ModelFile) Entry {
	return Entry{Kind: KindModel, Name: name, Fields: []string{origin(m), f.Name, strconv.FormatInt(f.Size, 10), f.Digest}}
}

// keepModel gives the entries that the old lock has for a model, nil where they
// do not hold any more: another source, a file that changed, or a choice that is
// to be made anew.
func (r Request) keepModel(ctx context.Context, name string, m *ir.Model) ([]Entry, error) {
	files := r.Old.ModelFiles(name, m)
	if len(files) == 0 || r.Old.Model(name, m) == nil || r.updates(name) {
		return nil, nil
	}
	if s := m.Source.PyPI; s != nil {
		if _, ok := r.Old.ModelWheel(s); !ok || r.updates(fetch.NormalProject(s.Project)) {
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
	if s := m.Source.PyPI; s != nil {
		w, _ := r.Old.ModelWheel(s)
		entries = append(entries, wheelEntry(w))
	}
	return entries, nil
}

// onDisk reports whether the files of a model that lies in the module are still
// those that are locked.
func (r Request) onDisk(ctx context.Context, m *ir.Model, files []ModelFile) (bool, error) {
	if m.Source.Path == "" {
		return true, nil
	}
	src := ModelSource{Fetch: r.Fetch, Dir: r.ModuleDir, Model: m}
	for _, f := range files {
		_, is, err := src.File(ctx, ModelFile{Name: f.Name})
		if err != nil || is != f {
			return false, err
		}
	}
	return true, nil
}

func (r Request) updates(name string) bool { return r.UpdateAll || slices.Contains(r.Update, name) }

// wheelChoice finds the wheels of one lock, each project and version once.
type wheelChoice struct {
	Request
	chosen map[string]chosenWheel
}

type chosenWheel struct {
	wheel fetch.Wheel
	err   error
}

// of gives the wheel that models of s are taken from: the locked one where it
// may stay. Asked again, it gives the same error.
func (c *wheelChoice) of(ctx context.Context, s *ir.PyPISource) (fetch.Wheel, error) {
	key := wheelOrigin(s)
	if known, ok := c.chosen[key]; ok {
		return known.wheel, known.err
	}
	w, ok := c.Old.ModelWheel(s)
	var err error
	if ok && !c.updates(w.Project) {
		_, err = c.Fetch.Wheel(ctx, w)
	} else {
		w, err = c.Fetch.FindWheel(ctx, s.Project, s.Version, c.Needs.Platforms[0])
	}
	c.chosen[key] = chosenWheel{w, err}
	return w, err
}
