package export

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Dir is a folder: an OCI layout.
const Dir Type = "dir"

var dirKind = Kind{Type: Dir, Dest: "FOLDER", Doc: "an OCI layout as a folder", folder: true, make: makeDir}

// tempDir is a folder on the way to its name. Its lock tells it from one that
// a killed process left.
type tempDir struct {
	path, dest string
	lock       *os.File
	done       bool
}

// createDirBeside makes a folder beside dest, and removes those that killed
// processes left there.
func createDirBeside(dest string) (*tempDir, error) {
	pattern := filepath.Join(filepath.Dir(dest), "."+filepath.Base(dest)+".bentoc-")
	left, err := filepath.Glob(pattern + "*")
	if err != nil {
		return nil, err
	}
	for _, p := range left {
		if err := removeUnused(p); err != nil {
			return nil, err
		}
	}
	p, err := os.MkdirTemp(filepath.Dir(dest), filepath.Base(pattern)+"*")
	if err != nil {
		return nil, err
	}
	t := &tempDir{path: p, dest: dest}
	if t.lock, err = os.Open(p); err == nil {
		_, err = lockDir(t.lock)
	}
	if err == nil {
		err = os.Chmod(p, 0o755)
	}
	if err != nil {
		t.discard()
		return nil, err
	}
	return t, nil
}

// removeUnused removes a folder whose lock is free.
func removeUnused(p string) error {
	f, err := os.Open(p)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	free, err := lockDir(f)
	if err != nil || !free {
		return err
	}
	return removeAll(p)
}

// commit gives the folder its name. A layout that is there goes; anything else
// stays and is an error.
func (t *tempDir) commit() error {
	err := os.Rename(t.path, t.dest)
	if err == nil {
		t.done = true
		return nil
	}
	if _, statErr := os.Stat(filepath.Join(t.dest, ocispecs.ImageLayoutFile)); statErr != nil {
		return fmt.Errorf("writing %s: it is there and is no OCI layout", t.dest)
	}
	ok, err := swap(t.path, t.dest)
	if err != nil {
		return fmt.Errorf("writing %s: %w", t.dest, err)
	}
	if ok {
		return nil // what was there has the temporary name, and discard removes it
	}
	old := t.path + ".old"
	if err := errors.Join(os.Rename(t.dest, old), os.Rename(t.path, t.dest)); err != nil {
		return fmt.Errorf("writing %s: %w", t.dest, err)
	}
	t.done = true
	return removeAll(old)
}

func (t *tempDir) risk() int { return 0 }

func (t *tempDir) discard() {
	if t.lock != nil {
		t.lock.Close() //nolint:errcheck // it was only locked
	}
	if !t.done {
		removeAll(t.path) //nolint:errcheck // nothing better to do
	}
}

// removeAll removes a tree, folders without permission to write included.
func removeAll(p string) error {
	if os.RemoveAll(p) == nil {
		return nil
	}
	filepath.WalkDir(p, func(name string, d os.DirEntry, err error) error { //nolint:errcheck // RemoveAll tells
		if d != nil && d.IsDir() {
			os.Chmod(name, 0o700) //nolint:errcheck // RemoveAll tells
		}
		return nil
	})
	return os.RemoveAll(p)
}

// makeDir makes a layout folder of the archive.
func makeDir(ctx context.Context, j *job) (pending, error) {
	a := j.archive
	t, err := createDirBeside(j.target.name)
	if err != nil {
		return nil, err
	}
	for _, name := range a.names() {
		if err := extract(ctx, a, name, filepath.Join(t.path, filepath.FromSlash(name))); err != nil {
			t.discard()
			return nil, err
		}
	}
	return t, nil
}

func extract(ctx context.Context, a *Archive, name, p string) error {
	r, _, err := a.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(copyContext(ctx, f, r), f.Close())
}
