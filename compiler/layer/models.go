package layer

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
)

// ownLayer is the size, in bytes, from which a file of a model is a layer of its
// own: a change of one does not send the others to a registry again.
const ownLayer = 64 << 20

// models packs the files of the models that the bento runs, as they are: weights
// do not shrink, and a layer that is not compressed is ready at once.
func (p *packer) models(ctx context.Context) error {
	used := p.Bento.UsedModels()
	small := store.Package{Platform: p.Builder, Compression: store.None}
	pos := p.Bento.Pos
	for _, name := range slices.Sorted(maps.Keys(used)) {
		files := p.Lock.ModelFiles(name, used[name])
		if len(files) == 0 {
			return fmt.Errorf("packing the model %s: the lock does not have it", name)
		}
		for _, f := range files {
			e, err := p.modelEntry(ctx, name, f)
			if err != nil {
				return fmt.Errorf("packing the model %s: %w", name, err)
			}
			if f.Size < ownLayer {
				if len(small.Entries) == 0 {
					pos = used[name].Pos
				}
				small.Entries = append(small.Entries, e)
				continue
			}
			if err := p.largeModel(ctx, name, f, e, used[name].Pos); err != nil {
				return err
			}
		}
	}
	if len(small.Entries) == 0 {
		return nil
	}
	return p.add(ctx, plan.InputModels, "models", pos, small)
}

func (p *packer) largeModel(ctx context.Context, name string, f model.File, e store.Entry, pos diag.Pos) error {
	id, content := plan.InputModel+name, "model "+name
	if !f.Main {
		id, content = id+"/"+f.Name, content+": "+f.Name
	}
	pkg := store.Package{Platform: p.Builder, Compression: store.None, Entries: []store.Entry{e}}
	return p.add(ctx, id, content, pos, pkg)
}

// modelEntry is one file of a model. Its content is looked for only when the
// layer has to be made.
func (p *packer) modelEntry(ctx context.Context, name string, f model.File) (store.Entry, error) {
	m := p.Bento.Models[name]
	place := p.Lock.Place(p.Fetch, p.Root)
	open := func() (io.ReadCloser, error) {
		at, _, err := place.Locate(ctx, m, f)
		if err != nil {
			return nil, err
		}
		return os.Open(at)
	}
	to := strings.TrimPrefix(path.Join(path.Dir(p.Bento.ModelPath(name)), f.Name), "/")
	e := store.Entry{Name: to, Mode: 0o644, Size: f.Size, Sum: f.Digest, Open: open}
	if !model.SourceOf(m).Local() {
		return e, nil
	}
	// A file of the module may have changed since it was locked.
	_, _, err := place.Locate(ctx, m, f)
	return e, err
}
