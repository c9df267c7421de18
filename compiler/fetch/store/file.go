package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// fileState is what tells whether a file is the one that was read before.
type fileState struct {
	Size  int64  `json:"size"`
	MTime int64  `json:"mtime"` // nanoseconds
	Inode string `json:"inode"` // and change time, where the system has them
	Sum   string `json:"sum"`
}

// settled is how old a change must be before a file's times are believed: a
// write within the grain of the file system's clock would go unseen.
const settled = 2 * time.Second

// FileEntry is the entry NAME for the file at path. Its digest is remembered by
// size, times and inode, so that a file of gigabytes is read once.
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
	now := fileState{Size: fi.Size(), MTime: fi.ModTime().UnixNano(), Inode: inode(fi)}
	var old fileState
	if s.Memo("file", path, &old) && old.Size == now.Size && old.MTime == now.MTime && old.Inode == now.Inode {
		return old.Sum, old.Size, nil
	}
	if now.Sum, err = hashFile(ctx, path, fi.Size()); err != nil {
		return "", 0, err
	}
	if time.Since(fi.ModTime()) < settled {
		return now.Sum, now.Size, nil
	}
	return now.Sum, now.Size, s.SetMemo("file", path, now)
}

func hashFile(ctx context.Context, path string, size int64) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, contextReader{ctx, f})
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	if n != size {
		return "", fmt.Errorf("reading %s: it changed while it was read", path)
	}
	return sumOf(h), nil
}
