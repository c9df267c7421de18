package lock

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch/cuemod"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/store"
)

// KindCUE is PATH VERSION SIZE DIGEST: the zip of a CUE module, as registries have it.
const KindCUE = need.CUEModule

// KindCUEPackage is FOLDER DIGEST: the files that were read of a package that is kept
// under cue.mod.
const KindCUEPackage = need.CUEPackage

var cueKind = kind{
	name: KindCUE, form: "a version, its size and its digest",
	tests: func(path string) []func(string) bool {
		version := func(text string) bool { return cuemod.Module{Path: path, Version: text}.Check() == nil }
		return []func(string) bool{version, isSize, isDigest}
	},
	once: always(0), sized: true,
	called:  func(e Entry) string { return "the CUE module " + moduleOf(e).String() },
	telling: func(e Entry) string { return e.Fields[0] + " " + e.sum() },
	short:   keyAndFirst,
	entry: func(i need.Item) Entry {
		return Entry{Kind: KindCUE, Name: i.Name, Fields: []string{i.Version, strconv.FormatInt(i.Size, 10), i.Sum}}
	},
	stale: func(want Entry, found []Entry) string {
		if len(found) == 0 {
			return fmt.Sprintf("the lock does not have the CUE module %s", moduleOf(want))
		}
		return fmt.Sprintf("the lock has the CUE module %s, the module file has %s", moduleOf(found[0]), want.Fields[0])
	},
	bring: func(ctx context.Context, f *File, r BringRequest) (items []store.Item, err error) {
		for _, e := range f.Of(KindCUE, "") {
			if err := cuemod.New(r.Fetch).Fetch(ctx, moduleOf(e), blobOf(e)); err != nil {
				return nil, err
			}
			items = append(items, store.Item{Blob: blobOf(e)})
		}
		return items, nil
	},
}

var cuePackageKind = kind{
	name: KindCUEPackage, form: "a digest", tests: fieldsAre(isDigest),
	entry: func(i need.Item) Entry {
		return Entry{Kind: KindCUEPackage, Name: i.Name, Fields: []string{i.Sum}}
	},
	stale: func(want Entry, found []Entry) string {
		if len(found) == 0 {
			return "the lock does not have the package that is kept in " + want.Name
		}
		return "the package that is kept in " + want.Name + " has changed since the lock was made"
	},
}

func moduleOf(e Entry) cuemod.Module { return cuemod.Module{Path: e.Name, Version: e.Fields[0]} }
func blobOf(e Entry) store.Blob      { return store.Blob{Digest: e.sum(), Size: number(e.size())} }

// CUEModule gives the zip of a CUE module, if it is locked in this version.
func (f *File) CUEModule(m cuemod.Module) (store.Blob, bool) {
	for _, e := range f.Of(KindCUE, m.Path) {
		if moduleOf(e) == m {
			return blobOf(e), true
		}
	}
	return store.Blob{}, false
}

// CUEMismatch reports that a registry has a CUE module with another digest than is
// locked, if err says so. Name is how the lock is called.
func (f *File) CUEMismatch(name string, m cuemod.Module, err error) error {
	var bad *store.DigestError
	if !errors.As(err, &bad) {
		return nil
	}
	var diags diag.List
	for _, e := range f.Of(KindCUE, m.Path) {
		mismatch(&diags, name, e, "the registry", Entry{Kind: KindCUE, Name: m.Path, Fields: []string{m.Version, e.size(), bad.Got}})
	}
	return diags
}

// CheckCUE compares what f says of CUE modules and of packages under cue.mod with what
// was read. What it does not have is left to [Check].
func CheckCUE(name string, f *File, items []need.Item) (diags diag.List) {
	for _, i := range items {
		want := kindOf(i.Kind).entry(i)
		if why := f.differs(want); why != "" && len(f.Of(want.Kind, want.Name)) > 0 {
			diags.Errorf(diag.LockStale, f.place(name, want), "", "%s", why).
				Hintf("run bentoc lock, and look at what it changes")
		}
	}
	return diags
}
