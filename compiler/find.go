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
	"bentoc.dev/compiler/revision"
	"bentoc.dev/schema"
)

// Find gives the folders at and below dir that hold a bento.cue, sorted. Left out are,
// as by the go command, folders whose names begin with a dot or an underscore, and
// testdata; and what others wrote: cue.mod, vendor, node_modules. Symbolic links are not
// followed. CUE modules within are looked through as well.
func Find(dir string) (found []string, err error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("looking for bentos in %s: it is no folder", dir)
	}
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("looking for bentos: %w", err)
		case d.IsDir() && name != dir && LeftOut(d.Name()):
			return fs.SkipDir
		case d.Name() == load.FileName && !d.IsDir() && !isOwnSchema(filepath.ToSlash(filepath.Dir(name)), func() ([]byte, error) {
			return os.ReadFile(filepath.Join(filepath.Dir(name), "..", "cue.mod", "module.cue"))
		}):
			found = append(found, filepath.Dir(name))
		}
		return nil
	})
	return found, err
}

// FindIn is [Find] in a file system, such as the tree of a revision; the folders are
// slash-separated. What cannot be read, such as a submodule, has none.
func FindIn(files fs.FS, dir string) (found []string, err error) {
	if _, err := fs.Stat(files, dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	err = fs.WalkDir(files, dir, func(name string, d fs.DirEntry, err error) error {
		var submodule *revision.SubmoduleError
		switch {
		case errors.As(err, &submodule):
			return fs.SkipDir
		case err != nil:
			return fmt.Errorf("looking for bentos: %w", err)
		case d.IsDir() && name != dir && LeftOut(d.Name()):
			return fs.SkipDir
		case d.Name() == load.FileName && !d.IsDir() && !isOwnSchema(path.Dir(name), func() ([]byte, error) { return fs.ReadFile(files, path.Join(path.Dir(name), "../cue.mod/module.cue")) }):
			found = append(found, path.Dir(name))
		}
		return nil
	})
	return found, err
}

// LeftOut reports whether [Find] leaves a folder of this name out.
func LeftOut(name string) bool {
	switch name {
	case "cue.mod", "testdata", "vendor", "node_modules":
		return true
	}
	return len(name) > 1 && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_"))
}

// isOwnSchema reports whether a folder is that of bentoc's own schema, a file of which is
// called as bentos are. Above gives the module file of the folder above.
func isOwnSchema(dir string, above func() ([]byte, error)) bool {
	if path.Base(dir) != "schema" {
		return false
	}
	text, err := above()
	return err == nil && strings.Contains(string(text), `"`+schema.Module+`"`)
}
