package layer

import (
	"context"
	"path"
	"strings"

	"bentoc.dev/compiler/fetch/deb"
	"bentoc.dev/compiler/platform"
	"bentoc.dev/compiler/store"
)

// libraries gives shared libraries of a Debian package, by their file names, moved to
// the folder to of the image, and what belongs to the package.
func (p *packer) libraries(ctx context.Context, d deb.Package, on string, names []string, to string) ([]store.Entry, error) {
	if _, err := deb.New(p.Fetch).Fetch(ctx, d); err != nil {
		return nil, err
	}
	var s deb.Slice
	dir := "usr/lib/" + platform.Of(on).Multiarch
	for _, name := range names {
		s.Paths = append(s.Paths, path.Join(dir, name))
	}
	entries, err := deb.New(p.Fetch).Entries(d, s)
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		if rest, ok := strings.CutPrefix(e.Name, dir+"/"); ok {
			entries[i].Name = path.Join(strings.TrimPrefix(to, "/"), rest)
		}
	}
	return entries, nil
}
