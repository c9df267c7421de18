package layer

import (
	"context"
	"slices"

	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
	"bentoc.dev/compiler/workspace"
)

// openers packs the source of the programs that open models, where there are models
// and an image for the platform that builds.
func (p *packer) openers(ctx context.Context) error {
	if !slices.Contains(p.Bento.Platforms, p.Builder) {
		return nil
	}
	for _, kind := range plan.Kinds(p.Bento) {
		e, err := plan.EngineOf(kind)
		if err != nil {
			return err
		}
		if e.Opener == nil || len(plan.ModelsOn(p.Bento, kind)) == 0 {
			continue
		}
		if err := p.opener(ctx, e.Opener); err != nil {
			return err
		}
	}
	return nil
}

func (p *packer) opener(ctx context.Context, o *plan.Opener) error {
	files, modules, err := workspace.Opener(o.Package, p.Lock.Modules())
	if err != nil {
		return err
	}
	entries, err := p.moduleEntries(ctx, plan.OpenerModules, modules)
	if err != nil {
		return err
	}
	for _, f := range files {
		entries = append(entries, store.FileEntry(f.Path, 0o644, f.Data))
	}
	pkg := store.Package{Platform: p.Builder, Compression: store.None, Entries: entries}
	return p.add(ctx, o.Input, "source of what opens the models", p.Bento.Pos, pkg)
}
