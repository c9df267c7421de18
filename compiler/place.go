package compiler

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"bentoc.dev/compiler/load"
)

// place is where a bento lies.
type place struct {
	module fs.FS  // the CUE module
	root   string // its folder on disk; "" where it lies in none
	dir    string // bento.cue's folder below the module's root, "." for the root
	file   string // name of the CUE file
	close  func() error
}

// place finds the bento that o names.
func (o Options) place() (place, error) {
	if o.FS != nil {
		return placeIn(archive{o.FS}, o.Path)
	}
	p, err := placeOnDisk(o.Path)
	if errors.Is(err, fs.ErrNotExist) { // which loading reports
		return place{module: os.DirFS(o.Path), root: o.Path, dir: ".", file: load.FileName}, nil
	}
	return p, err
}

// placeOnDisk finds the bento that a path of the command line means: a CUE file, its
// folder, or "" for the current folder.
func placeOnDisk(name string) (place, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return place{}, fmt.Errorf("resolving %s: %w", name, err)
	}
	file := load.FileName
	if strings.HasSuffix(abs, ".cue") {
		abs, file = filepath.Dir(abs), filepath.Base(abs)
	}
	// The module is the one that the folder really lies in, however it was reached.
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return place{}, err
	}
	root := moduleRoot(abs, filepath.Dir, func(dir string) (fs.FileInfo, error) { return os.Stat(filepath.Join(dir, "cue.mod")) })
	rel, err := filepath.Rel(root, abs)
	if err != nil {
		return place{}, fmt.Errorf("resolving %s: %w", abs, err)
	}
	module, err := os.OpenRoot(root) // no symlink leads out of it
	if err != nil {
		return place{}, fmt.Errorf("opening the module: %w", err)
	}
	return place{module: module.FS(), root: root, dir: filepath.ToSlash(rel), file: file, close: module.Close}, nil
}

// placeIn finds the bento at a slash-separated path in a file system.
func placeIn(files fs.FS, name string) (place, error) {
	dir, file := path.Clean(name), load.FileName
	if strings.HasSuffix(dir, ".cue") {
		dir, file = path.Split(dir)
		dir = path.Clean(dir)
	}
	root := moduleRoot(dir, path.Dir, func(dir string) (fs.FileInfo, error) { return fs.Stat(files, path.Join(dir, "cue.mod")) })
	module, err := fs.Sub(files, root)
	if err != nil {
		return place{}, fmt.Errorf("opening the module: %w", err)
	}
	return place{module: module, dir: relativeTo(root, dir), file: file}, nil
}

// moduleRoot gives the closest folder at or above dir that holds a cue.mod, else
// dir.
func moduleRoot(dir string, up func(string) string, cueMod func(string) (fs.FileInfo, error)) string {
	for d := dir; ; {
		if info, err := cueMod(d); err == nil && info.IsDir() {
			return d
		}
		next := up(d)
		if next == d {
			return dir
		}
		d = next
	}
}

// archive is a file system that may keep symbolic links without following them, as
// that of a zip file does: reading one would give the name that it leads to.
type archive struct{ fs.FS }

// Sub implements fs.SubFS, so that one that knows its folders gives them itself.
func (a archive) Sub(dir string) (fs.FS, error) {
	sub, err := fs.Sub(a.FS, dir)
	return archive{sub}, err
}

// Open implements fs.FS.
func (a archive) Open(name string) (fs.File, error) {
	f, err := a.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		f.Close()
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is a symbolic link, which is not followed in an archive")}
	}
	return f, nil
}
