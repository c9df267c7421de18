package layer

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
)

// files packs the files of the module that the bento copies into its images.
func (p *packer) files(ctx context.Context) error {
	if len(p.Bento.Files) == 0 {
		return nil
	}
	var entries []store.Entry
	folders := map[string]bool{} // two entries may bring one
	pos := p.Bento.Pos
	for _, to := range slices.Sorted(maps.Keys(p.Bento.Files)) {
		f := p.Bento.Files[to]
		if len(entries) == 0 {
			pos = f.Pos
		}
		more, err := p.fileEntries(ctx, strings.Trim(path.Clean(to), "/"), f)
		if err != nil {
			return diag.At(f.Pos, fmt.Errorf("packing %s: %w", f.Path, err))
		}
		for _, e := range more {
			if e.Mode.IsDir() && folders[e.Name] {
				continue
			}
			folders[e.Name] = folders[e.Name] || e.Mode.IsDir()
			entries = append(entries, e)
		}
	}
	pkg := store.Package{Platform: p.Bento.Platforms[0], Compression: store.Gzip, Entries: entries}
	return p.add(ctx, plan.InputFiles, "files of the bento", pos, pkg)
}

// fileEntries gives the entries for one file, or for all that is in a folder.
// Modes on the disk do not count: they depend on the umask of a checkout.
func (p *packer) fileEntries(ctx context.Context, to string, f *ir.File) (entries []store.Entry, err error) {
	fsys := p.root.FS()
	err = fs.WalkDir(fsys, path.Clean(f.Path), func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		// Through symbolic links, which the root does not let lead out.
		fi, err := fs.Stat(fsys, name)
		if err != nil {
			return err
		}
		at := path.Join(to, strings.TrimPrefix(name, path.Clean(f.Path)))
		switch {
		case d.IsDir():
			entries = append(entries, store.DirEntry(at, 0o755))
			return nil
		case !fi.Mode().IsRegular():
			return fmt.Errorf("%s is neither a file nor a folder", name)
		}
		mode := fs.FileMode(0o644)
		if f.Mode != 0 && name == path.Clean(f.Path) {
			mode = fs.FileMode(f.Mode)
		}
		e, err := p.Fetch.Store.FileEntry(ctx, at, filepath.Join(p.Root, filepath.FromSlash(name)), mode)
		entries = append(entries, e)
		return err
	})
	return entries, err
}
