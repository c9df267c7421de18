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
// where it is not there yet, or no longer as it was made. A tree is whole or not
// there at all.
func (s *Store) Tree(ctx context.Context, name string, fill func(dir string) error) (string, error) {
	name = strings.ReplaceAll(name, "/", "_")
	dir := filepath.Join(s.dir, "tree", name)
	err := s.Exclusive(ctx, "tree "+name, func() error {
		var looks string
		if s.Memo("tree", name, &looks) && StillLooks(dir, looks) {
			return nil
		}
		if _, err := os.Lstat(dir); err == nil && looks != "" {
			s.tell(fmt.Errorf("%s has changed since it was unpacked", dir))
		}
		tmp, err := s.TempDir()
		if err != nil {
			return err
		}
		if err := errors.Join(fill(tmp), os.Chmod(tmp, 0o755)); err != nil {
			return errors.Join(err, os.RemoveAll(tmp))
		}
		if looks, err = Looks(tmp); err != nil {
			return errors.Join(err, os.RemoveAll(tmp))
		}
		if err := errors.Join(os.RemoveAll(dir), os.Rename(tmp, dir)); err != nil {
			return err
		}
		return s.SetMemo("tree", name, looks)
	})
	if err != nil {
		return "", fmt.Errorf("unpacking %s: %w", name, err)
	}
	return dir, nil
}
