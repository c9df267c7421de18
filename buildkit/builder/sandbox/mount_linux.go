package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/core/mount"
	"github.com/moby/buildkit/executor"
	rootlessmountopts "github.com/moby/buildkit/util/rootless/mountopts"
	"github.com/moby/sys/userns"
	"golang.org/x/sys/unix"
)

// mount mounts src at name below the step's folder.
func (s *step) mount(ctx context.Context, src executor.Mountable, name string, readOnly bool) (string, error) {
	ref, err := src.Mount(ctx, readOnly)
	if err != nil {
		return "", err
	}
	mounts, release, err := ref.Mount()
	if err != nil {
		return "", err
	}
	if release != nil {
		s.undos = append(s.undos, release)
	}
	if userns.RunningInUserNS() {
		// A user namespace may not drop flags that the host's mount has.
		if mounts, err = rootlessmountopts.FixUp(mounts); err != nil {
			return "", err
		}
	}
	p := filepath.Join(s.dir, name)
	if err := os.Mkdir(p, 0o755); err != nil {
		return "", err
	}
	if err := mount.All(mounts, p); err != nil {
		return "", err
	}
	s.undos = append(s.undos, func() error { return mount.UnmountAll(p, unix.MNT_DETACH) })
	return p, nil
}

// bind puts Source at Target of the new root. Both are folders or both files.
type bind struct {
	Source   string `json:"source"`
	Target   string `json:"target"`
	ReadOnly bool   `json:"readOnly"`
}

// keptFlags are those of the source that a bind mount in a user namespace must
// repeat when it is mounted again with other ones.
const keptFlags = unix.MS_NODEV | unix.MS_NOSUID | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME | unix.MS_RELATIME | unix.MS_RDONLY

// mountBind makes the mount point target and binds b's source there.
func mountBind(b bind, target string) error {
	fi, err := os.Stat(b.Source)
	if err != nil {
		return err
	}
	if err := mountPoint(target, fi.IsDir()); err != nil {
		return err
	}
	if err := unix.Mount(b.Source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mounting %s: %w", b.Target, err)
	}
	if !b.ReadOnly {
		return nil
	}
	return readOnly(target)
}

// readOnly makes a mount and all below it read-only. Kernels before 5.12 can do
// that for one mount at a time.
func readOnly(target string) error {
	err := unix.MountSetattr(unix.AT_FDCWD, target, unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	if errors.Is(err, unix.ENOSYS) {
		return remountReadOnly(target)
	}
	if err != nil {
		return fmt.Errorf("mounting %s read-only: %w", target, err)
	}
	return nil
}

// remountReadOnly makes a mount read-only and keeps its other flags.
func remountReadOnly(target string) error {
	var st unix.Statfs_t
	if err := unix.Statfs(target, &st); err != nil {
		return fmt.Errorf("reading the flags of %s: %w", target, err)
	}
	flags := uintptr(st.Flags) & keptFlags
	if err := unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|flags, ""); err != nil {
		return fmt.Errorf("mounting %s read-only: %w", target, err)
	}
	return nil
}

// mountPoint makes an empty folder or file to mount on, unless there is one.
func mountPoint(p string, dir bool) error {
	if dir {
		return os.MkdirAll(p, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(p, os.O_CREATE|os.O_WRONLY, 0o644)
	if errors.Is(err, unix.EROFS) {
		_, err := os.Stat(p)
		return err
	}
	if err != nil {
		return err
	}
	return f.Close()
}
