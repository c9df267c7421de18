package lock

import (
	"context"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch/store"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/onnxfile"
)

// signatureMemo is the kind of the memos that keep the signatures of files, by
// digest.
const signatureMemo = "signature1"

// signature gives what a model's own file says about its tensors, as it stands
// in a lock. A file that was read before is not looked for.
func (s ModelSource) signature(ctx context.Context, file ModelFile) (text string, err error) {
	if s.Fetch.Store.Memo(signatureMemo, file.Digest, &text) {
		return text, nil
	}
	path, _, err := s.File(ctx, file)
	if err != nil {
		return "", err
	}
	model, err := onnxfile.Open(path)
	if err != nil {
		return "", err
	}
	if text, err = encodeSignature(model); err != nil {
		return "", err
	}
	return text, s.Fetch.Store.SetMemo(signatureMemo, file.Digest, text)
}

// CheckModel compares what f says about a model's files and tensors with the
// files themselves. What only the user can mend is a [SourceError]; lockName is
// how that calls the lock.
func (f *File) CheckModel(ctx context.Context, lockName, name string, s ModelSource) error {
	if s.Model.Source.PyPI != nil {
		s.Wheel, _ = f.ModelWheel(s.Model.Source.PyPI)
	}
	entries := f.Of(KindSignature, name)
	main, ok := mainFile(f.ModelFiles(name, s.Model))
	if !ok || len(entries) == 0 {
		return nil // Check has said so
	}
	text, err := s.checkedSignature(ctx, main, f.ModelFiles(name, s.Model))
	if d := modelMistake(name, s.Model, err); d != nil {
		return &SourceError{Diags: diag.List{*d}}
	}
	if err != nil || text == entries[0].Fields[0] {
		return err
	}
	var diags diag.List
	diags.Errorf(diag.LockStale, diag.Pos{File: lockName, Line: entries[0].Line, Col: 1}, "bento.models."+name,
		"what the lock says about the tensors of %s is not what its file says", name).
		Hintf("run bentoc lock, and look at what it changes")
	return &SourceError{Diags: diags}
}

// checkedSignature is signature for a model of which all files must be there if
// they lie in the module, as they were locked.
func (s ModelSource) checkedSignature(ctx context.Context, main ModelFile, files []ModelFile) (string, error) {
	if s.Model.Source.Path != "" {
		for _, file := range files {
			if _, _, err := s.File(ctx, file); err != nil {
				return "", err
			}
		}
	}
	return s.signature(ctx, main)
}

func mainFile(files []ModelFile) (ModelFile, bool) {
	i := slices.IndexFunc(files, func(f ModelFile) bool { return f.Name == MainFile })
	if i < 0 {
		return ModelFile{}, false
	}
	return files[i], true
}

// signatureHolds reports whether the old lock says of a model what its file
// says. Nothing is fetched for it: of a file that is elsewhere it is believed.
func (r Request) signatureHolds(ctx context.Context, name string, m *ir.Model, files []ModelFile) (bool, error) {
	main, ok := mainFile(files)
	entries := r.Old.Of(KindSignature, name)
	if !ok || len(entries) == 0 {
		return false, nil
	}
	here := m.Source.Path != "" || r.Fetch.Store.Has(store.Blob{Digest: main.Digest, Size: main.Size})
	if !here && !r.Fetch.Store.Memo(signatureMemo, main.Digest, new(string)) {
		return true, nil
	}
	text, err := ModelSource{Fetch: r.Fetch, Dir: r.ModuleDir, Model: m}.signature(ctx, main)
	return text == entries[0].Fields[0], err
}
