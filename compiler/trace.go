package compiler

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/revision"
)

// trace is a file system that remembers what was asked of it: a bento that is made from
// the same answers is the same bento. What was looked for and is not there is an answer
// too, so that a file that takes the place of another is not missed.
type trace struct {
	fs.FS

	mu    sync.Mutex
	asked map[question]bool
}

// question is one thing that a file system is asked.
type question struct {
	kind asking
	name string
}

type asking string

const (
	askStat    asking = "stat"    // what is there: nothing, a file, a folder
	askList    asking = "list"    // what is in a folder
	askContent asking = "content" // the bytes of a file
)

func newTrace(files fs.FS) *trace { return &trace{FS: files, asked: map[question]bool{}} }

func (t *trace) note(kind asking, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked[question{kind, path.Clean(name)}] = true
}

// Open implements fs.FS.
func (t *trace) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err == nil {
		if info, err := f.Stat(); err == nil && info.IsDir() {
			t.note(askList, name)
			return f, nil
		}
	}
	t.note(askContent, name)
	return f, err
}

// ReadFile implements fs.ReadFileFS.
func (t *trace) ReadFile(name string) ([]byte, error) {
	t.note(askContent, name)
	return fs.ReadFile(t.FS, name)
}

// ReadDir implements fs.ReadDirFS.
func (t *trace) ReadDir(name string) ([]fs.DirEntry, error) {
	t.note(askList, name)
	return fs.ReadDir(t.FS, name)
}

// Stat implements fs.StatFS.
func (t *trace) Stat(name string) (fs.FileInfo, error) {
	t.note(askStat, name)
	return fs.Stat(t.FS, name)
}

// Touched says what a bento is made from that is another thing in old, "" where there is
// nothing: then old has the very same bento. Old is a file system of which root is the
// folder on disk, such as the tree of a revision. The bento is loaded; what is wrong with
// it is not reported, and nothing is fetched.
func (s *Session) Touched(ctx context.Context, old fs.FS, root string) (why string, err error) {
	if err := s.open(); err != nil {
		return "", err
	}
	if err := s.needDisk("looking for changes of"); err != nil {
		return "", err
	}
	below, err := filepath.Rel(root, s.Root)
	if err != nil || !filepath.IsLocal(below) {
		return "", fmt.Errorf("%s does not lie below %s", s.Root, root)
	}
	was, err := placeIn(archive{old}, path.Join(filepath.ToSlash(below), s.Dir, s.place.file))
	if errors.Is(err, fs.ErrNotExist) { // of a tree that knows its folders
		return path.Join(s.Dir, s.place.file), nil
	}
	if err != nil {
		return "", err
	}
	if path.Clean(was.dir) != path.Clean(s.Dir) { // another folder has the cue.mod
		return path.Join(s.Dir, "cue.mod"), nil
	}
	t := newTrace(s.place.module)
	s.place.module, s.loaded = t, nil
	if _, err := s.load(ctx, request{pending: true}); err != nil {
		return "", err
	}
	if s.IR != nil {
		s.ask(t)
	}
	return t.differs(ctx, was.module, s.generated)
}

// ask asks for what a build reads besides: what is packed, and what steps are compiled
// from.
func (s *Session) ask(t *trace) {
	tree := func(name string) {
		// What cannot be read is an answer.
		_ = fs.WalkDir(t, path.Clean(name), func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				t.note(askContent, name)
			}
			return nil
		})
	}
	for _, to := range slices.Sorted(maps.Keys(s.IR.Files)) {
		tree(s.IR.Files[to].Path)
	}
	if b := s.IR.Base; b != nil && b.Layout != "" {
		tree(b.Layout)
	}
	for name, m := range s.IR.UsedModels() {
		source := model.SourceOf(m)
		if !source.Local() {
			continue
		}
		t.note(askContent, source.Main())
		for _, f := range s.locked.ModelFiles(name, m) {
			t.note(askContent, model.Name(source, f))
		}
	}
	if s.Steps != nil {
		for _, name := range s.Steps.Files {
			t.note(askContent, name)
		}
	}
}

// generated reports whether a file or folder is of the generated types, which a build
// makes afresh.
func (s *Session) generated(name string) bool {
	for _, dir := range []string{joinName(s.Dir, TypesFolder), s.bentogen()} {
		if dir != "" && (name == dir || strings.HasPrefix(name, dir+"/")) {
			return true
		}
	}
	return false
}

func (s *Session) bentogen() string {
	if s.Steps == nil {
		return ""
	}
	return s.Steps.Bentogen
}

// differs gives the first thing that was asked for and that old answers otherwise.
func (t *trace) differs(ctx context.Context, old fs.FS, skip func(string) bool) (string, error) {
	all := slices.SortedFunc(maps.Keys(t.asked), func(a, b question) int {
		return strings.Compare(a.name+" "+string(a.kind), b.name+" "+string(b.kind))
	})
	for _, q := range all {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		if !fs.ValidPath(q.name) || skip(q.name) {
			continue
		}
		same, at := true, q.name
		var err error
		switch q.kind {
		case askStat:
			same = kindOf(t.FS, q.name) == kindOf(old, q.name)
		case askContent:
			same, err = sameContent(t.FS, old, q.name)
		case askList:
			at, err = otherEntry(t.FS, old, q.name, skip)
			same = at == ""
		}
		if err != nil {
			return "", err
		}
		if !same {
			return at, nil
		}
	}
	return "", nil
}

// kindOf says what there is: nothing, a file or a folder.
func kindOf(files fs.FS, name string) string {
	info, err := fs.Stat(files, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "nothing"
	case err != nil:
		return "what cannot be read"
	case info.IsDir():
		return "a folder"
	}
	return "a file"
}

// sameContent compares a file in two file systems.
func sameContent(now, old fs.FS, name string) (bool, error) {
	kind := kindOf(now, name)
	if kind == "nothing" || kind == "a folder" {
		return kindOf(old, name) == kind, nil
	}
	is, err := now.Open(name)
	if err != nil {
		return false, nil // nobody knows what is in it
	}
	defer is.Close()
	var lfs *revision.PointerError
	was, err := old.Open(name)
	if errors.As(err, &lfs) {
		h := sha256.New()
		_, err := io.Copy(h, is)
		return hex.EncodeToString(h.Sum(nil)) == lfs.SHA256, err
	}
	if err != nil {
		return false, nil
	}
	defer was.Close()
	return equal(is, was)
}

// equal compares what two readers give.
func equal(a, b io.Reader) (bool, error) {
	one, other := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(a, one)
		m, errB := io.ReadFull(b, other)
		if !bytes.Equal(one[:n], other[:m]) {
			return false, nil
		}
		for _, err := range []error{errA, errB} {
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return false, err
			}
		}
		if errA != nil || errB != nil {
			return errA != nil && errB != nil, nil
		}
	}
}

// otherEntry gives an entry of a folder that makes it another one: one that is gone or of
// another kind, or a source that is new. What else is new says nothing before it is asked
// for itself, as that is then.
func otherEntry(now, old fs.FS, dir string, skip func(string) bool) (string, error) {
	is, err := fs.ReadDir(now, dir)
	if err != nil {
		if kindOf(old, dir) != kindOf(now, dir) {
			return dir, nil
		}
		return "", nil
	}
	was, err := fs.ReadDir(old, dir)
	if err != nil {
		return dir, nil
	}
	before := map[string]bool{}
	for _, e := range was {
		before[e.Name()] = true
	}
	for _, e := range is {
		name := path.Join(dir, e.Name())
		isNew := !before[e.Name()]
		delete(before, e.Name())
		ext := path.Ext(name)
		if skip(name) || isNew && (e.IsDir() || ext != ".cue" && ext != ".go") {
			continue
		}
		if isNew || kindOf(now, name) != kindOf(old, name) {
			return name, nil
		}
	}
	for gone := range before {
		if name := path.Join(dir, gone); !skip(name) {
			return name, nil
		}
	}
	return "", nil
}
