package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Tree gives the folder tree/NAME, calling fill with an empty folder to make it
// where it is not there yet. A tree is whole or not there at all.
func (s *Store) Tree(ctx context.Context, name string, fill func(dir string) error) (string, error) {
	name = strings.ReplaceAll(name, "/", "_")
	dir := filepath.Join(s.dir, "tree", name)
	err := s.Exclusive(ctx, "tree "+name, func() error {
		if fi, err := os.Stat(dir); err == nil && fi.IsDir() {
			return nil
		}
		tmp, err := s.TempDir()
		if err != nil {
			return err
		}
		if err := errors.Join(fill(tmp), os.Chmod(tmp, 0o755)); err != nil {
			return errors.Join(err, os.RemoveAll(tmp))
		}
		return os.Rename(tmp, dir)
	})
	if err != nil {
		return "", fmt.Errorf("unpacking %s: %w", name, err)
	}
	return dir, nil
}
