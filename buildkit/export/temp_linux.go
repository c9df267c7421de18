package export

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// createBeside makes a file in dest's folder without a name, so that kill -9
// leaves nothing. Not every file system can.
func createBeside(dest string) (*tempFile, error) {
	dir := filepath.Dir(dest)
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o644)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENOENT) {
		return createNamed(dest)
	}
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: dest, Err: err}
	}
	return &tempFile{f: os.NewFile(uintptr(fd), dest), dest: dest}, nil
}

// link gives a nameless file a name that can be renamed: no system call
// replaces a file by one that has none.
func (t *tempFile) link() error {
	if t.name != "" {
		return nil
	}
	name := filepath.Join(filepath.Dir(t.dest), fmt.Sprintf(".%s.bentoc-%d", filepath.Base(t.dest), os.Getpid()))
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	err := unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", t.f.Fd()), unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return &os.PathError{Op: "link", Path: name, Err: err}
	}
	t.name = name
	return nil
}

// swap exchanges two folders, or reports that the file system cannot.
func swap(a, b string) (bool, error) {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return false, nil
	}
	return err == nil, err
}

// lockDir takes a folder's lock, or reports that it is taken.
func lockDir(dir *os.File) (bool, error) {
	err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
