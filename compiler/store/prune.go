package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrInUse says that another process works with the store.
var ErrInUse = errors.New("another bentoc uses the store")

// Prune removes every content but those in keep and what manifests in keep
// name, and all cut downloads and unpacked folders. It gives the bytes freed,
// and [ErrInUse] while another process has the store open.
func (s *Store) Prune(ctx context.Context, keep []string) (freed int64, err error) {
	// Turning a shared lock into an exclusive one fails at once where there is
	// another holder.
	if ok, err := s.use.TryLock(); err != nil {
		return 0, fmt.Errorf("locking the store: %w", err)
	} else if !ok {
		// The attempt may have cost the shared lock.
		return 0, errors.Join(ErrInUse, s.shareAgain())
	}
	defer func() { err = errors.Join(err, s.shareAgain()) }()
	kept := s.closure(keep)
	freed, err = s.pruneBlobs(ctx, kept)
	if err != nil {
		return freed, err
	}
	for _, sub := range []string{"partial", "tree"} {
		n, err := removeContents(filepath.Join(s.dir, sub))
		freed += n
		if err != nil {
			return freed, err
		}
	}
	// Memos are small and made again; those of contents that are gone are useless.
	_, err = removeContents(filepath.Join(s.dir, "memo"))
	return freed, err
}

func (s *Store) shareAgain() error {
	if err := s.use.Unlock(); err != nil {
		return fmt.Errorf("unlocking the store: %w", err)
	}
	return s.use.RLock()
}

// closure adds to digests what the manifests among them name.
func (s *Store) closure(digests []string) map[string]bool {
	kept := map[string]bool{}
	for _, d := range digests {
		kept[d] = true
		data, err := s.ReadBytes(d)
		if err != nil || len(data) > 1<<20 {
			continue
		}
		var m struct {
			Config Blob   `json:"config"`
			Layers []Blob `json:"layers"`
		}
		if json.Unmarshal(data, &m) != nil {
			continue
		}
		for _, b := range append(m.Layers, m.Config) {
			kept[b.Digest] = true
		}
	}
	return kept
}

func (s *Store) pruneBlobs(ctx context.Context, kept map[string]bool) (freed int64, err error) {
	err = s.eachBlob(func(digest string, size int64) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if kept[digest] {
			return nil
		}
		freed += size
		return removeIfThere(s.Path(digest))
	})
	return freed, err
}

func (s *Store) eachBlob(do func(digest string, size int64) error) error {
	files, err := os.ReadDir(filepath.Join(s.dir, "blobs", "sha256"))
	if err != nil {
		return fmt.Errorf("reading the store: %w", err)
	}
	for _, f := range files {
		fi, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = do("sha256:"+f.Name(), fi.Size())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// removeContents empties a folder and gives the bytes of the files that were in it.
func removeContents(dir string) (freed int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		if err == nil {
			freed += fi.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("pruning: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("pruning: %w", err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return freed, fmt.Errorf("pruning: %w", err)
		}
	}
	return freed, nil
}
