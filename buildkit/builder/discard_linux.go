package builder

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Discard throws the whole build cache of a state folder away and gives the bytes
// that it freed. Unlike [Builder.Prune] it starts no process and writes nothing, so
// it works where the disk is full. ok is false while a builder process uses the
// folder.
func Discard(state string) (freed int64, ok bool, err error) {
	for _, dir := range []string{state, state + besideSuffix} {
		n, alone, err := discard(dir)
		freed += n
		if err != nil || !alone {
			return freed, alone, err
		}
	}
	return freed, true, nil
}

func discard(state string) (freed int64, ok bool, err error) {
	if _, err := os.Stat(state); os.IsNotExist(err) || stateFor(state) != state {
		return 0, true, nil
	}
	lock, err := tryLock(state)
	if err != nil || lock == nil {
		return 0, false, err
	}
	defer lock.Close() // and with it the lock
	for _, dir := range []string{cacheDir, tmpDir, stepsDir} {
		n, err := removeTree(filepath.Join(state, dir))
		freed += n
		if err != nil {
			return freed, true, &StateError{state, err}
		}
	}
	return freed, true, nil
}

// removeTree removes a folder, those in it that cannot be written to included.
func removeTree(dir string) (freed int64, err error) {
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // RemoveAll tells
		}
		fi, err := d.Info()
		switch {
		case err != nil:
		case d.IsDir() && fi.Mode().Perm()&0o700 != 0o700:
			_ = os.Chmod(name, 0o700)
		case fi.Mode().IsRegular():
			freed += fi.Size()
		}
		return nil
	})
	return freed, os.RemoveAll(dir)
}
