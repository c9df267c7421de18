package gosrc

import (
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/platform"
)

// Reach walks from packages along imports within the module that fsys is the root of,
// and gives the files that compiling them needs on any platform that images are built
// for, sorted. Packages of other modules are passed over, and those that are not
// there: the compiler will name the import that asks for one.
func Reach(fsys fs.FS, modulePath string, packages []string, tags ...string) ([]string, error) {
	files, seen := map[string]bool{}, map[string]bool{}
	for left := slices.Clone(packages); len(left) > 0; {
		next := left[len(left)-1]
		left = left[:len(left)-1]
		dir, ours := strings.CutPrefix(next, modulePath+"/")
		if !ours || seen[dir] || !exists(fsys, dir) {
			continue
		}
		seen[dir] = true
		for _, on := range platform.Names() {
			ctx := contextOf(fsys, on)
			ctx.BuildTags = append(ctx.BuildTags, tags...)
			ctx.CgoEnabled = slices.Contains(tags, platform.GPUTag)
			read, err := ctx.ImportDir(dir, 0)
			var none *build.NoGoError
			if errors.As(err, &none) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("reading package %s: %w", next, err)
			}
			left = append(left, read.Imports...)
			for _, name := range sources(read) {
				files[path.Join(dir, name)] = true
			}
			embedded, err := embeddedIn(fsys, dir, read.EmbedPatterns)
			if err != nil {
				return nil, fmt.Errorf("reading package %s: %w", next, err)
			}
			for _, name := range embedded {
				files[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(files)), nil
}

// embeddedIn gives the files that go:embed lines of the package in dir match.
func embeddedIn(fsys fs.FS, dir string, patterns []string) (files []string, err error) {
	e := embedder{
		fsys:       fsys,
		wrong:      func(format string, args ...any) { err = errors.Join(err, fmt.Errorf(format, args...)) },
		unreadable: func(_ string, failed error) { err = errors.Join(err, failed) },
	}
	for _, p := range patterns {
		files = append(files, e.files(dir, p)...)
	}
	return files, err
}
