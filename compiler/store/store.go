// Package store keeps everything that bentoc fetched or packed, by digest, in
// one folder. The folder is an OCI image layout, so a builder can mount any
// layer in it without copying:
//
//	oci-layout, index.json   what makes it a layout
//	blobs/sha256/HEX         the contents, never changed once they are there
//	memo/                    what was already made out of what (see [Store.Memo])
//	partial/                 downloads that were cut and can be resumed
//	tree/                    folders that were unpacked for running, such as a toolchain
//	tmp/, locks/             work in progress
//
// Every write goes to a temporary file and is renamed when it is whole. Any
// number of processes may use one store at a time; a process that is killed
// leaves a folder below tmp that the next [Open] removes. Nothing is synced to
// the disk, and nothing there is believed: a file that has changed since its bytes
// were compared with its digest is compared anew before it is used, so what a
// power cut emptied or a disk lost is made again.
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Store is an open store. Its methods may be called concurrently.
type Store struct {
	dir   string
	tmp   string       // this process's own folder below tmp
	mine  *flock.Flock // held while tmp is in use; nil until something is written
	claim func() error // makes tmp, once
	use   *flock.Flock // shared while the store is open, exclusive in Prune

	// OnDamage, if set, is told what was found damaged and removed, to be brought
	// or made again. It is set before the store is used, and called from several
	// goroutines at a time.
	OnDamage func(error)
}

// layoutFile is the content of oci-layout, fixed by the OCI image specification.
const layoutFile = `{"imageLayoutVersion":"1.0.0"}`

// indexFile is the content of index.json: images are found by digest, not by name.
const indexFile = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`

// Open opens the store at dir, making it where there is none, and clears what
// dead processes left behind. It waits while another process prunes. A store that
// is there is opened without a write: on a full disk it can be pruned.
func Open(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	s := &Store{dir: dir}
	for _, sub := range []string{"blobs/sha256", "memo", "partial", "tree", "tmp", "locks"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, fmt.Errorf("opening the store: %w", err)
		}
	}
	s.use = flock.New(filepath.Join(dir, "locks", "use"))
	if err := s.use.RLock(); err != nil {
		return nil, fmt.Errorf("locking the store %s: %w", dir, err)
	}
	s.claim = sync.OnceValue(s.claimTemp)
	if err := s.writeLayout(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.sweep()
	return s, nil
}

// Dir is the folder of the store, an OCI image layout.
func (s *Store) Dir() string { return s.dir }

// Close gives up the locks and removes this process's temporary files.
func (s *Store) Close() error {
	var errs []error
	if s.mine != nil {
		errs = append(errs, os.RemoveAll(s.tmp), s.mine.Unlock(), removeIfThere(s.mine.Path()))
	}
	return errors.Join(append(errs, s.use.Unlock())...)
}

// claimTemp makes a temporary folder that is this process's own. The lock beside
// it tells sweepers that the owner lives.
func (s *Store) claimTemp() error {
	f, err := os.CreateTemp(filepath.Join(s.dir, "tmp"), "*.lock")
	if err != nil {
		return fmt.Errorf("making a temporary folder: %w", err)
	}
	defer f.Close()
	mine := flock.New(f.Name())
	if ok, err := mine.TryLock(); err != nil || !ok {
		// A sweeper took the new lock in the moment before it was held.
		return s.claimTempAgain(err)
	}
	// The sweeper that held it may have removed it: a lock on a file without a
	// name protects nothing.
	if _, err := os.Lstat(f.Name()); err != nil {
		return errors.Join(mine.Unlock(), s.claimTempAgain(nil))
	}
	s.mine, s.tmp = mine, strings.TrimSuffix(f.Name(), ".lock")
	if err := os.Mkdir(s.tmp, 0o755); err != nil {
		return fmt.Errorf("making a temporary folder: %w", err)
	}
	return nil
}

func (s *Store) claimTempAgain(err error) error {
	if err != nil {
		return fmt.Errorf("locking a temporary folder: %w", err)
	}
	return s.claimTemp()
}

// sweep removes the temporary folders of processes that are gone. What cannot
// be removed now is left for the next sweep.
func (s *Store) sweep() {
	locks, _ := filepath.Glob(filepath.Join(s.dir, "tmp", "*.lock"))
	for _, path := range locks {
		if s.mine != nil && path == s.mine.Path() {
			continue
		}
		l := flock.New(path)
		if ok, err := l.TryLock(); err != nil || !ok {
			continue
		}
		if os.RemoveAll(strings.TrimSuffix(path, ".lock")) == nil {
			_ = os.Remove(path)
		}
		_ = l.Unlock()
	}
}

func (s *Store) writeLayout() error {
	for name, text := range map[string]string{"oci-layout": layoutFile, "index.json": indexFile} {
		path := filepath.Join(s.dir, name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := s.writeFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a whole file at once or not at all.
func (s *Store) writeFile(path string, data []byte, mode fs.FileMode) error {
	f, err := s.temp()
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", path, err), os.Remove(f.Name()))
	}
	return s.rename(f.Name(), path, mode)
}

func (s *Store) temp() (*os.File, error) {
	if err := s.claim(); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(s.tmp, "")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	return f, nil
}

// TempDir makes an empty folder that the caller removes. What a killed process
// leaves of it, the next Open removes.
func (s *Store) TempDir() (string, error) {
	if err := s.claim(); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(s.tmp, "")
	if err != nil {
		return "", fmt.Errorf("making a temporary folder: %w", err)
	}
	return dir, nil
}

// rename moves a finished temporary file to its place, readable for everybody.
// What is there goes, even a folder: nobody but the store has business there.
func (s *Store) rename(from, to string, mode fs.FileMode) error {
	err := os.Chmod(from, mode)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.Rename(from, to)
	}
	if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.EISDIR) {
		err = errors.Join(os.RemoveAll(to), os.Rename(from, to))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", to, err), removeIfThere(from))
	}
	return nil
}

// Exclusive runs do while no other process and no other goroutine runs one for
// the same key. It keeps two builds from fetching or packing the same thing.
// Calls must not be nested: two keys may share a lock.
func (s *Store) Exclusive(ctx context.Context, key string, do func() error) error {
	slot := filepath.Join(s.dir, "locks", hexOf([]byte(key))[:2])
	l := flock.New(slot)
	if _, err := l.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return fmt.Errorf("waiting for another process: %w", err)
	}
	return errors.Join(do(), l.Unlock())
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
