package revision

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// maxFile bounds a file that is read out of a tree, in bytes: what a bento is described by
// is text.
const maxFile = 256 << 20

// Tree is a folder of a commit. It is an [fs.FS], with ReadFile, ReadDir, Stat and Sub. Symbolic
// links are followed as far as they stay inside.
type Tree struct {
	r    *Repository
	root Hash

	mu   *sync.Mutex
	dirs map[Hash][]entry // what has been read, for all folders of a commit
}

// entry is a line of a tree object.
type entry struct {
	name string
	mode string // as git writes it, such as 100644
	hash Hash
}

// The modes of entries.
const (
	modeDir  = "40000"
	modeExec = "100755"
	modeLink = "120000"
	modeSub  = "160000"
)

// SubmoduleError is a path that leads into a submodule, whose content is another
// repository's.
type SubmoduleError struct{ Path string }

func (e *SubmoduleError) Error() string {
	return fmt.Sprintf("%s is a submodule: what is in it is not part of this repository", e.Path)
}

// Hint says how it is compared.
func (e *SubmoduleError) Hint() string {
	return "name the submodule's own revision, from inside of it, or check the revision out with its submodules and name the folder"
}

// Tree gives what a commit holds.
func (r *Repository) Tree(c Commit) (*Tree, error) {
	data, err := r.commit(c.Hash)
	if err != nil {
		return nil, err
	}
	return &Tree{r: r, root: data.tree, mu: new(sync.Mutex), dirs: map[Hash][]entry{}}, nil
}

// Digest names what the folder holds: equal digests are equal content. It is "" where
// objects are replaced by others, which the digest does not tell.
func (t *Tree) Digest() string {
	if len(t.r.objects.replaced) > 0 {
		return ""
	}
	return t.root.String()
}

// list reads a tree object.
func (t *Tree) list(h Hash) ([]entry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if list, ok := t.dirs[h]; ok {
		return list, nil
	}
	kind, data, err := t.r.objects.read(h)
	if err != nil {
		return nil, err
	}
	if kind != plumbing.TreeObject {
		return nil, fmt.Errorf("%s is a %s, not a tree", h, kind)
	}
	var list []entry
	for len(data) > 0 {
		head, rest, ok := bytes.Cut(data, []byte{0})
		mode, name, spaced := bytes.Cut(head, []byte{' '})
		if !ok || !spaced || len(rest) < len(Hash{}) {
			return nil, fmt.Errorf("the tree %s is damaged", h)
		}
		e := entry{name: string(name), mode: string(mode)}
		copy(e.hash[:], rest)
		list, data = append(list, e), rest[len(Hash{}):]
	}
	t.dirs[h] = list
	return list, nil
}

// maxLinks bounds the symbolic links on the way to a file.
const maxLinks = 40

var errEscapes = errors.New("path escapes from parent") // in os.Root's words

// find walks to a name, through symbolic links.
func (t *Tree) find(name string) (entry, error) {
	at := []entry{{name: ".", mode: modeDir, hash: t.root}} // the folders on the way, no link among them
	links := 0
	for left := strings.Split(name, "/"); len(left) > 0; {
		part, here := left[0], at[len(at)-1]
		left = left[1:]
		switch {
		case here.mode == modeSub:
			return entry{}, &SubmoduleError{names(at)}
		case here.mode != modeDir:
			return entry{}, errNotDir
		case part == "" || part == ".":
			continue
		case part == ".." && len(at) == 1:
			return entry{}, errEscapes
		case part == "..":
			at = at[:len(at)-1]
			continue
		}
		list, err := t.list(here.hash)
		if err != nil {
			return entry{}, err
		}
		i := slices.IndexFunc(list, func(e entry) bool { return e.name == part })
		if i < 0 {
			return entry{}, fs.ErrNotExist
		}
		if list[i].mode != modeLink {
			at = append(at, list[i])
			continue
		}
		_, target, err := t.r.objects.read(list[i].hash)
		if err != nil {
			return entry{}, err
		}
		if links++; links > maxLinks {
			return entry{}, errors.New("too many symbolic links")
		}
		if path.IsAbs(string(target)) {
			return entry{}, errEscapes
		}
		left = append(strings.Split(string(target), "/"), left...)
	}
	return at[len(at)-1], nil
}

// names joins the names of the folders on a way.
func names(at []entry) string {
	var all []string
	for _, e := range at[1:] {
		all = append(all, e.name)
	}
	return path.Join(all...)
}

var errNotDir = errors.New("not a directory")

func (t *Tree) stat(op, name string) (entry, error) {
	if !fs.ValidPath(name) {
		return entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	e, err := t.find(name)
	if err == errNotDir {
		err = fs.ErrNotExist
	}
	if err != nil {
		return entry{}, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return e, nil
}

// Open implements fs.FS.
func (t *Tree) Open(name string) (fs.File, error) {
	e, err := t.stat("open", name)
	if err != nil {
		return nil, err
	}
	f := &file{info: t.info(path.Base(name), e)}
	switch e.mode {
	case modeDir:
		if f.entries, err = t.ReadDir(name); err != nil {
			return nil, err
		}
	case modeSub:
		return nil, &fs.PathError{Op: "open", Path: name, Err: &SubmoduleError{name}}
	default:
		f.text = func() (*bytes.Reader, error) {
			data, err := t.ReadFile(name)
			return bytes.NewReader(data), err
		}
	}
	return f, nil
}

// ReadFile implements fs.ReadFileFS.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	e, err := t.stat("read", name)
	if err != nil {
		return nil, err
	}
	fail := func(err error) ([]byte, error) { return nil, &fs.PathError{Op: "read", Path: name, Err: err} }
	switch e.mode {
	case modeDir:
		return fail(errors.New("is a directory"))
	case modeSub:
		return fail(&SubmoduleError{name})
	}
	n, err := t.r.objects.size(e.hash)
	if err != nil {
		return fail(err)
	}
	if n > maxFile {
		return fail(fmt.Errorf("it has %d bytes, more than the %d that are read of a revision", n, maxFile))
	}
	_, data, err := t.r.objects.read(e.hash)
	if err != nil {
		return fail(err)
	}
	if p, ok := ParsePointer(data); ok {
		return fail(&PointerError{name, p})
	}
	return data, nil
}

// ReadDir implements fs.ReadDirFS.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := t.stat("open", name)
	if err != nil {
		return nil, err
	}
	if e.mode == modeSub {
		return nil, nil // as in a work tree whose submodules have not been brought
	}
	if e.mode != modeDir {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNotDir}
	}
	list, err := t.list(e.hash)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	entries := make([]fs.DirEntry, len(list))
	for i, e := range list {
		entries[i] = fs.FileInfoToDirEntry(t.info(e.name, e))
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// Stat implements fs.StatFS.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	e, err := t.stat("stat", name)
	if err != nil {
		return nil, err
	}
	return t.info(path.Base(name), e), nil
}

// Sub implements fs.SubFS: no symbolic link leads out of it.
func (t *Tree) Sub(name string) (fs.FS, error) {
	sub, err := t.Folder(name)
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// Folder gives a folder of the tree.
func (t *Tree) Folder(name string) (*Tree, error) {
	e, err := t.stat("sub", name)
	switch {
	case err != nil:
		return nil, err
	case e.mode == modeSub:
		return nil, &SubmoduleError{name}
	case e.mode != modeDir:
		return nil, &fs.PathError{Op: "sub", Path: name, Err: errNotDir}
	}
	return &Tree{r: t.r, root: e.hash, mu: t.mu, dirs: t.dirs}, nil
}

func (t *Tree) info(name string, e entry) fs.FileInfo { return info{t, name, e} }

// info describes an entry. Times are constant: a tree has none.
type info struct {
	t    *Tree
	name string
	e    entry
}

func (i info) Name() string { return i.name }

// Size implements fs.FileInfo: of a pointer of Git LFS it is that of the pointer.
func (i info) Size() int64 {
	if i.IsDir() {
		return 0
	}
	n, err := i.t.r.objects.size(i.e.hash)
	if err != nil {
		return 0 // reading it tells
	}
	return n
}

func (i info) Mode() fs.FileMode {
	switch i.e.mode {
	case modeDir, modeSub:
		return fs.ModeDir | 0o755
	case modeExec:
		return 0o755
	case modeLink:
		return fs.ModeSymlink | 0o777
	}
	return 0o644
}
func (i info) ModTime() time.Time { return time.Unix(0, 0) }
func (i info) IsDir() bool        { return i.e.mode == modeDir || i.e.mode == modeSub }
func (i info) Sys() any           { return nil }

// file is an open one. Its content is read when it is asked for.
type file struct {
	info    fs.FileInfo
	text    func() (*bytes.Reader, error)
	open    *bytes.Reader
	entries []fs.DirEntry
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

func (f *file) Read(b []byte) (int, error) {
	if f.text == nil {
		return 0, &fs.PathError{Op: "read", Path: f.info.Name(), Err: errors.New("is a directory")}
	}
	if f.open == nil {
		r, err := f.text()
		if err != nil {
			return 0, err
		}
		f.open = r
	}
	return f.open.Read(b)
}

// ReadDir implements fs.ReadDirFile.
func (f *file) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		all := f.entries
		f.entries = nil
		return all, nil
	}
	if len(f.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.entries))
	some := f.entries[:n]
	f.entries = f.entries[n:]
	return some, nil
}
