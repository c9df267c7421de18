package lock

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch/deb"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/platform"
	"bentoc.dev/compiler/store"
)

// KindDeb is PACKAGE VERSION ARCHITECTURE SUITE/COMPONENT FILE SIZE DIGEST: a Debian
// package.
const KindDeb = need.Deb

var debKind = kind{
	name: KindDeb, form: "a version, an architecture, a suite, a file, its size and its digest",
	tests: fieldsAre(isWord, isArchitecture, isWord, fs.ValidPath, isSize, isDigest),
	about: []int{1}, once: always(0, 1), sized: true,
	together: func(e Entry) string { return KindDeb + " " + e.Fields[1] }, // the packages of one architecture
	called:   func(e Entry) string { return fmt.Sprintf("the package %s %s for %s", e.Name, e.Fields[0], e.Fields[1]) },
	telling:  firstField,
	short:    keyAndFirst,
	check:    lacksDebs,
	resolve:  Request.debs, what: "Debian packages", chooses: true,
	bring: func(ctx context.Context, f *File, r BringRequest) (items []store.Item, err error) {
		for _, d := range f.AllDebs() {
			blob, err := deb.New(r.Fetch).Fetch(ctx, d)
			if err != nil {
				return nil, err
			}
			items = append(items, store.Item{Blob: blob})
		}
		return items, nil
	},
}

// AllDebs gives the locked Debian packages.
func (f *File) AllDebs() (debs []deb.Package) {
	for _, e := range f.Of(KindDeb, "") {
		debs = append(debs, deb.Package{
			Name: e.Name, Version: e.Fields[0], Arch: e.Fields[1], Suite: e.Fields[2],
			File: e.Fields[3], Size: number(e.Fields[4]), SHA256: e.Fields[5],
		})
	}
	return debs
}

// Debs gives the locked Debian packages for a platform.
func (f *File) Debs(on string) []deb.Package {
	return slices.DeleteFunc(f.AllDebs(), func(d deb.Package) bool {
		return d.Arch != platform.Of(on).Debian && d.Arch != "all"
	})
}

// packages gives the names of the packages that n needs on a platform, sorted.
func packages(n need.Needs, on string) (names []string) {
	for _, i := range n.Of(need.Deb, on) {
		names = append(names, i.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// lacks gives those of the packages called names that f does not have for a platform.
func (f *File) lacks(on string, names []string) []string {
	debs := f.Debs(on)
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(debs, func(d deb.Package) bool { return d.Name == name })
	})
}

// debs gives the entries of Debian packages. The packages of a platform are
// chosen together, so that they are of one suite and fit each other.
func (r Request) debs(ctx context.Context) (entries []Entry, err error) {
	for _, p := range r.Needs.Platforms {
		names := packages(r.Needs, p)
		if len(names) == 0 {
			continue
		}
		chosen := r.Old.Debs(p) // with the packages that the libraries of others are in
		renewed := func(d deb.Package) bool { return r.updates(d.Name) }
		if len(r.Old.lacks(p, names)) > 0 || slices.ContainsFunc(chosen, renewed) {
			if chosen, err = deb.New(r.Fetch).Find(ctx, platform.Of(p).Debian, names); err != nil {
				return nil, err
			}
		}
		for _, d := range chosen {
			entries = append(entries, Entry{Kind: KindDeb, Name: d.Name, Fields: []string{
				d.Version, d.Arch, d.Suite, d.File, strconv.FormatInt(d.Size, 10), d.SHA256,
			}})
		}
	}
	return entries, nil
}

// lacksDebs reports Debian packages that the lock does not have.
func lacksDebs(f *File, name string, n need.Needs) (diags diag.List) {
	for _, p := range n.Platforms {
		if missing := f.lacks(p, packages(n, p)); len(missing) > 0 {
			diags.Errorf(diag.LockStale, f.place(name, Entry{Kind: KindDeb}), "", "the lock has no %s for %s", strings.Join(missing, ", "), p).
				Hintf("run bentoc lock")
		}
	}
	return diags
}
