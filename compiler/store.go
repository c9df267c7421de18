package compiler

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/store"
	"bentoc.dev/compiler/lock"
)

// ExportStore writes everything that the lock names as one archive, bringing
// first what is not in the store yet. On a machine that reads it with
// [fetch.Client.ReadBundle] the bento is built without network. Builders are the
// platforms that compilers are to run on there, such as linux/amd64.
func (b *Bento) ExportStore(ctx context.Context, client *fetch.Client, w io.Writer, builders []string) ([]fetch.Item, error) {
	if b.Lock == nil {
		return nil, fmt.Errorf("exporting what %s needs: it is not locked", b.IR.Name)
	}
	var items []fetch.Item
	for _, part := range []func(context.Context, *fetch.Client) ([]fetch.Item, error){
		func(ctx context.Context, c *fetch.Client) ([]fetch.Item, error) { return toolchains(ctx, c, builders) },
		b.moduleItems, b.baseItems, b.fileItems, b.modelItems,
	} {
		more, err := part(ctx, client)
		if err != nil {
			return nil, err
		}
		items = append(items, more...)
	}
	return items, client.WriteBundle(ctx, w, items)
}

func toolchains(ctx context.Context, client *fetch.Client, builders []string) (items []fetch.Item, err error) {
	for _, platform := range builders {
		t, err := fetch.ToolchainFor(platform)
		if err != nil {
			return nil, err
		}
		blob, err := client.Toolchain(ctx, t)
		if err != nil {
			return nil, err
		}
		items = append(items, fetch.Item{Blob: blob, Module: &fetch.ModuleSum{Path: t.Module.Path, Version: t.Module.Version, Sum: t.Sum}})
	}
	return items, nil
}

func (b *Bento) moduleItems(ctx context.Context, client *fetch.Client) (items []fetch.Item, err error) {
	sums := b.Lock.Modules()
	blobs, err := client.Modules(ctx, sums)
	for i, blob := range blobs {
		items = append(items, fetch.Item{Blob: blob, Module: &sums[i]})
	}
	return items, err
}

func (b *Bento) baseItems(ctx context.Context, client *fetch.Client) (items []fetch.Item, err error) {
	if b.IR.Base == nil {
		return nil, nil
	}
	base := fetch.Base{Image: b.IR.Base.Image, Layout: b.IR.Base.Layout, Dir: b.Root}
	for _, platform := range b.IR.Platforms {
		digest, ok := b.Lock.BaseDigest(b.IR.Base, platform)
		if !ok {
			return nil, fmt.Errorf("exporting the base image: the lock has none for %s", platform)
		}
		img, err := client.BaseImage(ctx, base, digest)
		if err != nil {
			return nil, err
		}
		for _, blob := range append([]store.Blob{img.Manifest}, img.Blobs...) {
			items = append(items, fetch.Item{Blob: blob})
		}
	}
	return items, nil
}

// fileItems gives wheels and Debian packages.
func (b *Bento) fileItems(ctx context.Context, client *fetch.Client) (items []fetch.Item, err error) {
	for _, w := range b.Lock.Wheels("") {
		blob, err := client.Wheel(ctx, w)
		if err != nil {
			return nil, err
		}
		items = append(items, fetch.Item{Blob: blob})
	}
	for _, d := range b.Lock.AllDebs() {
		blob, err := client.Deb(ctx, d)
		if err != nil {
			return nil, err
		}
		items = append(items, fetch.Item{Blob: blob})
	}
	return items, nil
}

// modelItems gives the models behind URLs. Those of the module travel with it,
// those in wheels with the wheels.
func (b *Bento) modelItems(ctx context.Context, client *fetch.Client) (items []fetch.Item, err error) {
	used := lock.UsedModels(b.IR)
	for _, name := range slices.Sorted(maps.Keys(used)) {
		m := used[name]
		if m.Source.HTTP == nil {
			continue
		}
		src := lock.ModelSource{Fetch: client, Dir: b.Root, Model: m}
		for _, f := range b.Lock.ModelFiles(name, m) {
			_, f, err := src.File(ctx, f)
			if err != nil {
				return nil, err
			}
			items = append(items, fetch.Item{Blob: store.Blob{Digest: f.Digest, Size: f.Size}})
		}
	}
	return items, nil
}
