package export

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// tempFile is a file on the way to its name.
type tempFile struct {
	f    *os.File
	dest string
	name string // its name until then; "" while it has none
	done bool
}

// restart empties the file and gives where to write it.
func (t *tempFile) restart() (io.WriteCloser, error) {
	if err := t.f.Truncate(0); err != nil {
		return nil, err
	}
	if _, err := t.f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return keepOpen{t.f}, nil
}

// keepOpen is a file that its writer must not close.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

// commit gives the file its name, in place of what has it now.
func (t *tempFile) commit() error {
	if err := t.link(); err != nil {
		return fmt.Errorf("writing %s: %w", t.dest, err)
	}
	if err := os.Rename(t.name, t.dest); err != nil {
		return fmt.Errorf("writing %s: %w", t.dest, err)
	}
	t.done = true
	return nil
}

func (t *tempFile) risk() int { return 0 }

// discard closes the file and, unless it was committed, removes it.
func (t *tempFile) discard() {
	t.f.Close() //nolint:errcheck // every write was checked
	if !t.done && t.name != "" {
		os.Remove(t.name) //nolint:errcheck // nothing better to do
	}
}

// createNamed makes a file beside dest that has a name from the start.
func createNamed(dest string) (*tempFile, error) {
	f, err := os.CreateTemp(filepath.Dir(dest), "."+filepath.Base(dest)+".bentoc-*")
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()           //nolint:errcheck // not wanted
		os.Remove(f.Name()) //nolint:errcheck // not wanted
		return nil, err
	}
	return &tempFile{f: f, dest: dest, name: f.Name()}, nil
}
