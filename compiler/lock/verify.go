package lock

import (
	"context"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model"
)

// CheckModel compares what f says about a model's files and tensors with the
// files themselves. What only the user can mend is a [diag.List]; lockName is
// how that calls the lock.
func (f *File) CheckModel(ctx context.Context, lockName, name string, m *ir.Model, p model.Place) error {
	entries := f.Of(KindSignature, name)
	files := f.ModelFiles(name, m)
	main, ok := model.MainOf(files)
	if !ok || len(entries) == 0 {
		return nil // Check has said so
	}
	text, err := checkedSignature(ctx, m, p, main, files)
	if diags := model.Mistakes(name, m, err); diags != nil {
		return diags
	}
	if err != nil || text == entries[0].Fields[0] {
		return err
	}
	var diags diag.List
	diags.Errorf(diag.LockStale, diag.Pos{File: lockName, Line: entries[0].Line, Col: 1}, "bento.models."+name,
		"what the lock says about the tensors of %s is not what its file says", name).
		Hintf("run bentoc lock, and look at what it changes")
	return diags
}

// checkedSignature gives the signature of a model of which all files must be there
// if they lie in the module, as they were locked.
func checkedSignature(ctx context.Context, m *ir.Model, p model.Place, main model.File, files []model.File) (string, error) {
	if model.SourceOf(m).Local() {
		for _, file := range files {
			if _, _, err := p.Locate(ctx, m, file); err != nil {
				return "", err
			}
		}
	}
	return p.Signature(ctx, m, main)
}

// signatureHolds reports whether the old lock says of a model what its file
// says. Nothing is fetched for it: of a file that is elsewhere it is believed.
func (r Request) signatureHolds(ctx context.Context, name string, m *ir.Model, files []model.File) (bool, error) {
	main, ok := model.MainOf(files)
	entries := r.Old.Of(KindSignature, name)
	if !ok || len(entries) == 0 {
		return false, nil
	}
	place := r.Old.Place(r.Fetch, r.ModuleDir)
	if !place.SignatureHere(m, main) {
		return true, nil
	}
	text, err := place.Signature(ctx, m, main)
	return text == entries[0].Fields[0], err
}
