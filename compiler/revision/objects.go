package revision

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// Hash names an object.
type Hash = plumbing.Hash

func hashOf(text string) Hash { return plumbing.NewHash(text) }

// MissingError is an object that the clone does not have.
type MissingError struct {
	Hash    Hash
	Partial bool // the clone was made without some of the objects
}

func (e *MissingError) Error() string {
	if e.Partial {
		return fmt.Sprintf("the object %s is not in this partial clone", e.Hash)
	}
	return fmt.Sprintf("the object %s is missing: the repository is damaged, or the clone is not whole", e.Hash)
}

// Hint gives the command that brings it.
func (e *MissingError) Hint() string {
	if e.Partial {
		return fmt.Sprintf("git cat-file -e %s brings it; git fetch --refetch --no-filter makes the clone whole", e.Hash)
	}
	return "git fsck tells what is damaged"
}

// objects are the objects of a repository and of those whose objects it shares. The
// folders of objects are opened one by one: go-git would take a relative path of an
// alternate as one below the git folder.
type objects struct {
	mu       sync.Mutex
	stores   []*filesystem.ObjectStorage
	replaced map[Hash]Hash
	partial  bool
}

// maxAlternates bounds how many folders of objects are looked at, as git bounds how deep
// alternates nest.
const maxAlternates = 64

func openObjects(r *Repository) (*objects, error) {
	o := &objects{partial: r.partial()}
	left := []string{filepath.Join(r.commonDir, "objects")}
	if own := os.Getenv("GIT_OBJECT_DIRECTORY"); own != "" { // while a push is checked
		left = append([]string{own}, left...)
	}
	left = append(left, filepath.SplitList(os.Getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES"))...)
	seen := map[string]bool{}
	for ; len(left) > 0; left = left[1:] {
		dir := filepath.Clean(left[0])
		if seen[dir] {
			continue
		}
		if seen[dir] = true; len(seen) > maxAlternates {
			return nil, fmt.Errorf("reading %s: more than %d folders of objects", r.commonDir, maxAlternates)
		}
		shared, err := alternates(dir)
		if err != nil {
			return nil, err
		}
		left = append(left, shared...)
		files := &withoutAlternates{osfs.New(filepath.Dir(dir)), filepath.Base(dir)}
		o.stores = append(o.stores, filesystem.NewObjectStorageWithOptions(
			dotgit.NewWithOptions(files, dotgit.Options{ExclusiveAccess: false}), cache.NewObjectLRU(32*cache.MiByte), filesystem.Options{KeepDescriptors: true}))
	}
	var err error
	o.replaced, err = replacements(r.commonDir)
	return o, err
}

// alternates gives the other folders of objects that one names.
func alternates(dir string) (dirs []string, err error) {
	name := filepath.Join(dir, "info", "alternates")
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the alternates of the repository: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !filepath.IsAbs(line) {
			line = filepath.Join(dir, line)
		}
		dirs = append(dirs, line)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return dirs, nil
}

// replacements gives what stands for other objects, see git-replace(1).
func replacements(commonDir string) (map[Hash]Hash, error) {
	found := map[Hash]Hash{}
	packed, err := os.ReadFile(filepath.Join(commonDir, "packed-refs"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading references: %w", err)
	}
	for line := range bytes.Lines(packed) {
		if by, old, ok := strings.Cut(strings.TrimSpace(string(line)), " refs/replace/"); ok {
			found[hashOf(old)] = hashOf(by)
		}
	}
	loose, err := os.ReadDir(filepath.Join(commonDir, "refs", "replace"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading references: %w", err)
	}
	for _, e := range loose {
		by, err := os.ReadFile(filepath.Join(commonDir, "refs", "replace", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading references: %w", err)
		}
		found[hashOf(e.Name())] = hashOf(strings.TrimSpace(string(by)))
	}
	return found, nil
}

func (o *objects) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for _, s := range o.stores {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// find gives an object as it lies in a store.
func (o *objects) find(h Hash) (plumbing.EncodedObject, error) {
	if by, ok := o.replaced[h]; ok {
		h = by
	}
	for _, s := range o.stores {
		obj, err := s.EncodedObject(plumbing.AnyObject, h)
		switch {
		case errors.Is(err, plumbing.ErrObjectNotFound):
			continue
		case err != nil:
			return nil, fmt.Errorf("reading the object %s: %w", h, err)
		}
		return obj, nil
	}
	return nil, &MissingError{h, o.partial}
}

// read gives the content of an object and what kind it is of. What does not have its hash is
// an error.
func (o *objects) read(h Hash) (kind plumbing.ObjectType, data []byte, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	obj, err := o.find(h)
	if err != nil {
		return 0, nil, err
	}
	r, err := obj.Reader()
	if err != nil {
		return 0, nil, fmt.Errorf("reading the object %s: %w", h, err)
	}
	defer r.Close()
	if data, err = io.ReadAll(r); err != nil {
		return 0, nil, fmt.Errorf("reading the object %s: %w", h, err)
	}
	if want := o.named(h); plumbing.ComputeHash(obj.Type(), data) != want {
		return 0, nil, fmt.Errorf("the object %s is damaged: it has another hash", want)
	}
	return obj.Type(), data, nil
}

// named gives the object that stands for h.
func (o *objects) named(h Hash) Hash {
	if by, ok := o.replaced[h]; ok {
		return by
	}
	return h
}

// size gives the size of an object without reading it whole.
func (o *objects) size(h Hash) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h = o.named(h)
	for _, s := range o.stores {
		n, err := s.EncodedObjectSize(h)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("reading the object %s: %w", h, err)
		}
		return n, nil
	}
	return 0, &MissingError{h, o.partial}
}

// withPrefix gives the objects whose hash begins with prefix.
func (o *objects) withPrefix(prefix []byte) (found []Hash, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.stores {
		some, err := s.HashesWithPrefix(prefix)
		if err != nil {
			return nil, fmt.Errorf("looking for objects: %w", err)
		}
		found = append(found, some...)
	}
	return found, nil
}

// withoutAlternates is the folder above a folder of objects, in which that is called
// objects and has no alternates.
type withoutAlternates struct {
	billy.Filesystem
	objects string
}

// Open implements billy.Filesystem.
func (f *withoutAlternates) Open(name string) (billy.File, error) {
	if filepath.ToSlash(name) == "objects/info/alternates" {
		return nil, &os.PathError{Op: "open", Path: name, Err: os.ErrNotExist}
	}
	return f.Filesystem.Open(f.real(name))
}

// Stat implements billy.Filesystem.
func (f *withoutAlternates) Stat(name string) (os.FileInfo, error) {
	return f.Filesystem.Stat(f.real(name))
}

// ReadDir implements billy.Filesystem.
func (f *withoutAlternates) ReadDir(name string) ([]os.FileInfo, error) {
	return f.Filesystem.ReadDir(f.real(name))
}

func (f *withoutAlternates) real(name string) string {
	first, rest, _ := strings.Cut(filepath.ToSlash(name), "/")
	if first != "objects" {
		return name
	}
	return filepath.Join(f.objects, filepath.FromSlash(rest))
}
