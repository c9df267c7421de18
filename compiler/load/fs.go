package load

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"bentoc.dev/compiler/ir"
)

// trackFS is the one file system that CUE reads from: the user's module below
// an os.Root, so that no symlink leads out of it, with files of ours laid over
// it. It keeps the bytes of every file that was read.
type trackFS struct {
	base    fs.FS
	overlay map[string][]byte
	hidden  []string // folders and files of base that are as if they were not there
	// cueOnly leaves files out of listings that are not CUE. While CUE looks for
	// packages it would read the data files of a folder, weights among them, and
	// would refuse a folder over a link that nothing reads.
	cueOnly bool

	mu      sync.Mutex
	mounts  map[string]fs.FS // other file systems, by the folder that they are seen as
	read    map[string][]byte
	escaped []string // files that lead out of base
	nested  []ir.Pos // places in CUE files at which CUE would exhaust the stack
}

func newTrackFS(base fs.FS, overlay map[string][]byte, hidden ...string) *trackFS {
	return &trackFS{base: base, overlay: overlay, hidden: hidden, read: map[string][]byte{}, mounts: map[string]fs.FS{}}
}

// mount shows a file system as the folder dir.
func (t *trackFS) mount(dir string, files fs.FS) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mounts[dir] = files
}

// behind gives the file system that has name, and what it is called there.
func (t *trackFS) behind(name string) (fs.FS, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for dir := name; strings.HasPrefix(dir, ".bentoc.dev"); dir = path.Dir(dir) {
		if files := t.mounts[dir]; files != nil {
			return files, cmp.Or(strings.TrimPrefix(strings.TrimPrefix(name, dir), "/"), ".")
		}
	}
	return t.base, name
}

// Open implements fs.FS.
func (t *trackFS) Open(name string) (fs.File, error) {
	if t.isDir(name) {
		entries, err := t.ReadDir(name)
		if err != nil {
			return nil, err
		}
		return &openDir{memInfo: memInfo{name: path.Base(name), dir: true}, entries: entries}, nil
	}
	info, err := t.Stat(name)
	if err != nil {
		return nil, err
	}
	return &openFile{memInfo: memInfo{name: path.Base(name), size: info.Size()}, fs: t, path: name}, nil
}

// ReadFile implements fs.ReadFileFS and records what it read.
func (t *trackFS) ReadFile(name string) ([]byte, error) {
	data, ok := t.overlay[name]
	if !ok {
		if t.hides(name) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		files, inside := t.behind(name)
		var err error
		if data, err = fs.ReadFile(files, inside); err != nil {
			t.noteEscape(name, err)
			return nil, err
		}
	}
	t.record(name, data)
	if at, found := tooNested(data); found && path.Ext(name) == ".cue" {
		t.mu.Lock()
		defer t.mu.Unlock()
		at.File = name
		t.nested = append(t.nested, at)
		return nil, &fs.PathError{Op: "read", Path: name, Err: errNested}
	}
	return data, nil
}

var errNested = errors.New("nested too deep")

// record remembers what a file holds. Of the files that are laid over the
// user's, only the schema counts as read.
func (t *trackFS) record(name string, data []byte) {
	if path.Base(name) == "module.cue" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read[name] = data
}

// ReadDir implements fs.ReadDirFS. Folders of the overlay are listed only
// when they are asked for by name, never as part of a folder of the base.
func (t *trackFS) ReadDir(name string) ([]fs.DirEntry, error) {
	var list []fs.DirEntry
	if !t.hides(name) {
		files, inside := t.behind(name)
		var err error
		list, err = fs.ReadDir(files, inside)
		if err != nil && !t.overlayDir(name) {
			t.noteEscape(name, err)
			return nil, err
		}
	}
	list = slices.DeleteFunc(list, func(e fs.DirEntry) bool {
		full := path.Join(name, e.Name())
		_, over := t.overlay[full]
		return over || t.hides(full) || t.cueOnly && !e.IsDir() && path.Ext(full) != ".cue"
	})
	for file, data := range t.overlay {
		if path.Dir(file) == name {
			info := memInfo{name: path.Base(file), size: int64(len(data))}
			list = append(list, fs.FileInfoToDirEntry(info))
		}
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// Stat implements fs.StatFS.
func (t *trackFS) Stat(name string) (fs.FileInfo, error) {
	if data, ok := t.overlay[name]; ok {
		return memInfo{name: path.Base(name), size: int64(len(data))}, nil
	}
	if t.overlayDir(name) {
		return memInfo{name: path.Base(name), dir: true}, nil
	}
	if t.hides(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	files, inside := t.behind(name)
	info, err := fs.Stat(files, inside)
	if err != nil {
		t.noteEscape(name, err)
	}
	return info, err
}

func (t *trackFS) isDir(name string) bool {
	info, err := t.Stat(name)
	return err == nil && info.IsDir()
}

func (t *trackFS) overlayDir(name string) bool {
	for file := range t.overlay {
		if strings.HasPrefix(file, name+"/") {
			return true
		}
	}
	return false
}

func (t *trackFS) hides(name string) bool {
	return slices.ContainsFunc(t.hidden, func(h string) bool {
		return name == h || strings.HasPrefix(name, h+"/")
	})
}

// escapes reports whether os.Root refused a file because it leads out.
func escapes(err error) bool {
	var perr *fs.PathError
	return errors.As(err, &perr) && strings.Contains(perr.Err.Error(), "escapes from parent")
}

// noteEscape remembers a file that os.Root refused because it leads out.
func (t *trackFS) noteEscape(name string, err error) {
	if !escapes(err) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if path.Base(name) != "cue.mod" && !slices.Contains(t.escaped, name) {
		t.escaped = append(t.escaped, name)
	}
}

// digests gives the SHA-256 of every file read, by the name that display makes
// of its path.
func (t *trackFS) digests(display func(string) string) map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(map[string]string, len(t.read))
	for name, data := range t.read {
		sum := sha256.Sum256(data)
		out[display(name)] = hex.EncodeToString(sum[:])
	}
	return out
}

// bytesOf gives the bytes of a file that was read, by its display name.
func (t *trackFS) bytesOf(display func(string) string, file string) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, data := range t.read {
		if display(name) == file {
			return data
		}
	}
	return nil
}

// memInfo describes a file or folder that is in memory.
type memInfo struct {
	name string
	size int64
	dir  bool
}

func (i memInfo) Name() string               { return i.name }
func (i memInfo) Size() int64                { return i.size }
func (i memInfo) ModTime() time.Time         { return time.Time{} }
func (i memInfo) IsDir() bool                { return i.dir }
func (i memInfo) Sys() any                   { return nil }
func (i memInfo) Stat() (fs.FileInfo, error) { return i, nil }
func (i memInfo) Close() error               { return nil }
func (i memInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// openFile reads its file at the first Read: CUE opens files, large ones among
// them, only to look at their names.
type openFile struct {
	memInfo
	fs   *trackFS
	path string
	data *bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.memInfo, nil }

// Read implements fs.File.
func (f *openFile) Read(p []byte) (int, error) {
	if f.data == nil {
		data, err := f.fs.ReadFile(f.path)
		if err != nil {
			return 0, err
		}
		f.data = bytes.NewReader(data)
	}
	return f.data.Read(p)
}

type openDir struct {
	memInfo
	entries []fs.DirEntry
}

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fs.ErrInvalid}
}

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		rest := d.entries
		d.entries = nil
		return rest, nil
	}
	if len(d.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.entries))
	some := d.entries[:n]
	d.entries = d.entries[n:]
	return some, nil
}
