package lock

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model"
)

// CheckFiles compares the models that lie in the module, whose root is dir, with
// the lock: a file may be gone, or be another one. What the lock does not have is
// left to [Check]. With a client, files that its store knows are not read again;
// it may be nil.
func CheckFiles(ctx context.Context, client *fetch.Client, f *File, models map[string]*ir.Model, dir string) (diags diag.List, err error) {
	for _, name := range sortedNames(models) {
		m := models[name]
		if !model.SourceOf(m).Local() {
			continue
		}
		for _, file := range f.ModelFiles(name, m) {
			found, err := differs(ctx, f.Place(client, dir), name, m, file)
			if err != nil {
				return nil, fmt.Errorf("reading the model %s: %w", name, err)
			}
			diags = append(diags, found...)
		}
	}
	return diags, nil
}

// differs says why a file of the module is not the locked one, as far as it can:
// one that is no model any more is more than a lock that is not up to date.
func differs(ctx context.Context, p model.Place, name string, m *ir.Model, file model.File) (diags diag.List, err error) {
	_, _, err = p.Locate(ctx, m, file)
	var changed *model.ChangedError
	if !errors.As(err, &changed) {
		diags = model.Mistakes(name, m, err)
		if diags != nil {
			err = nil
		}
		return diags, err
	}
	path := model.Name(model.SourceOf(m), file)
	if file.Main {
		_, err := model.Open(filepath.Join(p.Dir, filepath.FromSlash(path)))
		if diags = model.Mistakes(name, m, err); diags != nil {
			return diags, nil
		}
	}
	diags.Errorf(diag.LockStale, m.Pos, "bento.models."+name, "%s is not the file that is locked", path).
		Hintf("run bentoc lock, and look at what it changes")
	return diags, nil
}
