package lock

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
)

// libraryPackages are the Debian packages with the libraries that
// libonnxruntime needs.
var libraryPackages = []string{"libc6", "libgcc-s1", "libstdc++6"}

// architecture is Debian's name for the processor of a platform.
func architecture(platform string) string {
	_, arch, _ := strings.Cut(platform, "/")
	return arch
}

// AllDebs gives the locked Debian packages.
func (f *File) AllDebs() (debs []fetch.Deb) {
	for _, e := range f.Of(KindDeb, "") {
		debs = append(debs, fetch.Deb{
			Package: e.Name, Version: e.Fields[0], Arch: e.Fields[1], Suite: e.Fields[2],
			File: e.Fields[3], Size: number(e.Fields[4]), SHA256: e.Fields[5],
		})
	}
	return debs
}

// Debs gives the locked Debian packages for a platform.
func (f *File) Debs(platform string) []fetch.Deb {
	return slices.DeleteFunc(f.AllDebs(), func(d fetch.Deb) bool {
		return d.Arch != architecture(platform) && d.Arch != "all"
	})
}

// lacks gives the packages of libraryPackages that f does not have for a platform.
func (f *File) lacks(platform string) (missing []string) {
	debs := f.Debs(platform)
	for _, name := range libraryPackages {
		if !slices.ContainsFunc(debs, func(d fetch.Deb) bool { return d.Package == name }) {
			missing = append(missing, name)
		}
	}
	return missing
}

// slices gives the entries of Debian packages. The packages of a platform are
// chosen together, so that they are of one suite and fit each other.
func (r Request) slices(ctx context.Context) (entries []Entry, err error) {
	if len(r.Needs.Models) == 0 {
		return nil, nil
	}
	for _, p := range r.Needs.Platforms {
		debs := r.Old.Debs(p)
		renewed := func(d fetch.Deb) bool { return r.updates(d.Package) }
		if len(r.Old.lacks(p)) > 0 || slices.ContainsFunc(debs, renewed) {
			if debs, err = r.Fetch.FindDebs(ctx, architecture(p), libraryPackages); err != nil {
				return nil, err
			}
		}
		for _, d := range debs {
			entries = append(entries, Entry{Kind: KindDeb, Name: d.Package, Fields: []string{
				d.Version, d.Arch, d.Suite, d.File, strconv.FormatInt(d.Size, 10), d.SHA256,
			}})
		}
	}
	return entries, nil
}

// checkSlices reports Debian packages that the lock does not have.
func (n Needs) checkSlices(name string, f *File) (diags diag.List) {
	if len(n.Models) == 0 {
		return nil
	}
	for _, p := range n.Platforms {
		if missing := f.lacks(p); len(missing) > 0 {
			diags.Errorf(diag.LockStale, f.place(name, Entry{Kind: KindDeb}), "", "the lock has no %s for %s", strings.Join(missing, ", "), p).
				Hintf("run bentoc lock")
		}
	}
	return diags
}
