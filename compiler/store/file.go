package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// fileState is what was read in a file, and how it looked then.
type fileState struct {
	Look string `json:"look"` // see [Look]
	Size int64  `json:"size"` // bytes
	Sum  string `json:"sum"`  // digest of the content
	// settled is true where the look may be believed later, see [settled].
	settled bool
}

// Look says by what a file that was changed is known: its size, its times and,
// where the system has them, its inode and the time of its last change, which no
// program can set back.
func Look(fi fs.FileInfo) string {
	return fmt.Sprint(fi.Size(), fi.ModTime().UnixNano(), inode(fi))
}

// settled is how old the last change of a file must be before its times are
// believed: another write within the grain of the file system's clock would leave
// the same ones.
const settled = 2 * time.Second

// FileEntry is the entry NAME for the file at path. Its digest is remembered by
// size, times and inode, so that a file of gigabytes is read once to know it.
func (s *Store) FileEntry(ctx context.Context, name, path string, mode fs.FileMode) (Entry, error) {
	sum, size, err := s.FileDigest(ctx, path)
	if err != nil {
		return Entry{}, err
	}
	open := func() (io.ReadCloser, error) { return os.Open(path) }
	return Entry{Name: name, Mode: mode, Size: size, Sum: sum, Open: open}, nil
}

// FileDigest gives digest and size of the file at path.
func (s *Store) FileDigest(ctx context.Context, path string) (sum string, size int64, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return "", 0, err
	}
	fi, err := os.Stat(path)
	if err != nil {
		return "", 0, err
	}
	if !fi.Mode().IsRegular() {
		return "", 0, fmt.Errorf("reading %s: it is no file", path)
	}
	var old fileState
	if s.Memo("file", path, &old) && old.Look == Look(fi) {
		return old.Sum, old.Size, nil
	}
	now, err := stableState(ctx, path)
	if err != nil || !now.settled {
		return now.Sum, now.Size, err
	}
	return now.Sum, now.Size, s.SetMemo("file", path, now)
}

// FileDigest gives digest and size of the file at path, which is read for it.
func FileDigest(ctx context.Context, path string) (sum string, size int64, err error) {
	now, err := stableState(ctx, path)
	return now.Sum, now.Size, err
}

// errChanges says that a file is being written.
var errChanges = errors.New("it changes while it is read")

// stableState reads the file at path, once more where it changes meanwhile, so
// that sum and state are of the same bytes.
func stableState(ctx context.Context, path string) (state fileState, err error) {
	for range 3 {
		if state, err = readState(ctx, path); !errors.Is(err, errChanges) {
			break
		}
	}
	if err != nil {
		return fileState{}, fmt.Errorf("reading %s: %w", path, err)
	}
	return state, nil
}

func readState(ctx context.Context, path string) (fileState, error) {
	begun := time.Now()
	f, err := os.Open(path)
	if err != nil {
		return fileState{}, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return fileState{}, err
	}
	h := sha256.New()
	if _, err := io.CopyBuffer(h, ContextReader(ctx, f), make([]byte, min(max(before.Size(), 1), chunk))); err != nil {
		return fileState{}, err
	}
	after, err := f.Stat()
	if err != nil {
		return fileState{}, err
	}
	look := Look(after)
	if look != Look(before) {
		return fileState{}, errChanges
	}
	return fileState{look, after.Size(), sumOf(h), begun.Sub(lastChange(after)) > settled}, nil
}

// lastChange is when the content of a file, its name or its times were changed.
func lastChange(fi fs.FileInfo) time.Time {
	at := changeTime(fi)
	if m := fi.ModTime(); m.After(at) {
		return m
	}
	return at
}
