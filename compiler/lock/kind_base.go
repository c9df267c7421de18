package lock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/oci"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/store"
)

// KindBase is REF PLATFORM DIGEST: the manifest of a base image.
const KindBase = "base"

var baseKind = kind{
	name: KindBase, form: "a platform and a digest", tests: fieldsAre(isPlatform, isDigest),
	about:   []int{0},
	short:   Entry.String,
	check:   lacksBase,
	resolve: Request.base, what: "the base image",
	bring: bringBase,
}

// baseName is the name of a base image in a lock.
func baseName(b *ir.Base) string {
	if b.Layout != "" {
		return "layout:" + b.Layout
	}
	return b.Image
}

// BaseDigest gives the manifest of the base image on a platform.
func (f *File) BaseDigest(b *ir.Base, platform string) (digest string, ok bool) {
	for _, e := range f.Of(KindBase, baseName(b)) {
		if e.Fields[0] == platform {
			return e.Fields[1], true
		}
	}
	return "", false
}

func lacksBase(f *File, _ string, n need.Needs) (diags diag.List) {
	if n.Base == nil {
		return nil
	}
	for _, p := range n.Platforms {
		if _, ok := f.BaseDigest(n.Base, p); !ok {
			diags.Errorf(diag.LockStale, n.Base.Pos, "base", "the lock has no base image %s for %s", baseName(n.Base), p).
				Hintf("run bentoc lock")
		}
	}
	return diags
}

func bringBase(ctx context.Context, f *File, r BringRequest) (items []store.Item, err error) {
	b := r.Needs.Base
	if b == nil {
		return nil, nil
	}
	base := oci.Base{Image: b.Image, Layout: b.Layout, Dir: r.ModuleDir}
	for _, platform := range r.Needs.Platforms {
		digest, ok := f.BaseDigest(b, platform)
		if !ok {
			return nil, fmt.Errorf("exporting the base image: the lock has none for %s", platform)
		}
		img, err := oci.New(r.Fetch).Fetch(ctx, base, digest)
		if err != nil {
			return nil, err
		}
		for _, blob := range append([]store.Blob{img.Manifest}, img.Blobs...) {
			items = append(items, store.Item{Blob: blob})
		}
	}
	return items, nil
}

// base gives the entries of the base image. A registry's tag stays as it was
// locked; a layout of the module is locked as it is now, as models are.
func (r Request) base(ctx context.Context) ([]Entry, error) {
	b := r.Needs.Base
	if b == nil {
		return nil, nil
	}
	var entries []Entry
	for _, p := range r.Needs.Platforms {
		digest, kept := r.Old.BaseDigest(b, p)
		if !kept || b.Layout != "" || r.UpdateAll || slices.Contains(r.Update, baseName(b)) {
			var err error
			if digest, err = oci.New(r.Fetch).Resolve(ctx, oci.Base{Image: b.Image, Layout: b.Layout, Dir: r.ModuleDir}, p); err != nil {
				return nil, BaseMistake(b, err)
			}
		}
		entries = append(entries, Entry{Kind: KindBase, Name: baseName(b), Fields: []string{p, digest}})
	}
	return entries, nil
}

// CheckLayout compares a base image that lies in the module with what is locked
// of it. One that is not there any more is left to the store.
func (f *File) CheckLayout(ctx context.Context, c *fetch.Client, b *ir.Base, platform, moduleDir string) error {
	locked, ok := f.BaseDigest(b, platform)
	if b.Layout == "" || !ok {
		return nil
	}
	digest, err := oci.New(c).Resolve(ctx, oci.Base{Layout: b.Layout, Dir: moduleDir}, platform)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return BaseMistake(b, err)
	}
	if digest == locked {
		return nil
	}
	var diags diag.List
	diags.Errorf(diag.LockStale, b.Pos, "bento.base", "the base image %s for %s has the digest %s, the lock says %s", b.Layout, platform, digest, locked).
		Hintf("if it was meant to change, run bentoc lock")
	return diags
}

// BaseMistake makes a [diag.List] of an error that is about the base image
// itself, not about the way to it.
func BaseMistake(b *ir.Base, err error) error {
	var absent *fetch.AbsentError
	if !errors.As(err, &absent) {
		return err
	}
	var diags diag.List
	d := diags.Errorf(diag.BadBase, b.Pos, "bento.base", "%s", absent.Text).By(err)
	if absent.Cure != "" {
		d.Hintf("%s", absent.Cure)
	}
	return diags
}
