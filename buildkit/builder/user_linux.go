package builder

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// stepsUser is the number, on the machine, of the user whom the builder process of
// root runs as: 0 of its own user namespace must not be the machine's 0, to whom
// half of /proc/sys belongs. It lies where no distribution gives out numbers
// (systemd's "Users, Groups, UIDs and GIDs": 1879048192 to 2147483647 are unused).
const stepsUser = 1_879_113_728

// outerUser gives the number that becomes 0 in the builder's user namespace: the
// caller's own, and for root one that nobody else has. Root of a container has only
// those that its own namespace maps, and takes the last.
func outerUser() (int, error) {
	if uid := os.Geteuid(); uid != 0 {
		return uid, nil
	}
	f, err := os.Open("/proc/self/uid_map")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	last := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var inside, outside, count int
		if _, err := fmt.Sscan(lines.Text(), &inside, &outside, &count); err != nil {
			return 0, fmt.Errorf("reading /proc/self/uid_map: %w", err)
		}
		if inside <= stepsUser && stepsUser < inside+count {
			return stepsUser, nil
		}
		last = max(last, inside+count-1)
	}
	return last, nil
}

// besideSuffix ends the name of the folder that [stateFor] gives in place of another.
const besideSuffix = "-unmapped"

// stateFor gives the folder that the builder process uses for a state folder. Root of
// a user namespace that has no other numbers, as after unshare -r, cannot be the user
// to whom the machine's root has given the folder, and takes one beside it.
func stateFor(state string) string {
	outer, err := outerUser()
	if err != nil || os.Geteuid() != 0 || outer != 0 {
		return state
	}
	var st unix.Stat_t
	if unix.Stat(state, &st) != nil || st.Uid == 0 || checkOwner(filepath.Dir(state)) != nil {
		return state
	}
	return state + besideSuffix
}

// checkOwner wants a state folder to be the caller's, or for root the one of the
// user whom its steps run as. In anybody else's folder anybody else could change what
// is built.
func checkOwner(state string, allowed ...int) error {
	var st unix.Stat_t
	if err := unix.Stat(state, &st); err != nil {
		return &StateError{state, err}
	}
	for _, uid := range append(allowed, os.Geteuid()) {
		if int(st.Uid) == uid {
			return nil
		}
	}
	return &StateError{state, fmt.Errorf("it belongs to user %d, and this is user %d: choose a folder of your own with --state or BENTOC_STATE", st.Uid, os.Geteuid())}
}

// handOver gives a state folder to the user whom the builder process runs as. What
// another user's builder process left in there is thrown away.
func handOver(state string, uid int) error {
	for _, name := range []string{cacheDir, oldCacheDir, stepsDir, tmpDir} {
		p := filepath.Join(state, name)
		var st unix.Stat_t
		err := unix.Lstat(p, &st)
		if errors.Is(err, unix.ENOENT) || err == nil && int(st.Uid) == uid {
			continue
		}
		if err == nil {
			err = os.RemoveAll(p)
		}
		if err != nil {
			return err
		}
	}
	running := filepath.Join(state, runningFile)
	if err := os.Lchown(running, uid, uid); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Chown(state, uid, uid)
}

// giveTo gives a new folder to the owner of another one.
func giveTo(dir, like string) error {
	var st unix.Stat_t
	if err := unix.Stat(like, &st); err != nil || os.Geteuid() != 0 {
		return err
	}
	return os.Lchown(dir, int(st.Uid), int(st.Gid))
}

// reachable makes the way to a folder passable for a user to whom a folder above is
// closed, such as /root: in the mount namespace of this thread, which is made here,
// an empty folder lies over the closed one and holds the way and nothing else. The
// caller has locked its goroutine to the thread and never unlocks it.
func reachable(folder string) error {
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("making a mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making the mounts private: %w", err)
	}
	closed, err := firstClosed(folder)
	if err != nil || closed == "" {
		return err
	}
	fd, err := unix.Open(folder, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: folder, Err: err}
	}
	defer unix.Close(fd)
	if err := unix.Mount("tmpfs", closed, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("covering %s: %w", closed, err)
	}
	below, err := filepath.Rel(closed, folder)
	if err != nil {
		return err
	}
	at := closed
	for part := range strings.SplitSeq(below, "/") {
		at = filepath.Join(at, part)
		if err := errors.Join(os.Mkdir(at, 0o755), os.Chmod(at, 0o755)); err != nil { // whatever the umask
			return err
		}
	}
	if err := unix.Mount(fmt.Sprintf("/proc/thread-self/fd/%d", fd), folder, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mounting %s: %w", folder, err)
	}
	return nil
}

// firstClosed gives the first folder above another that others may not pass, ""
// for none.
func firstClosed(folder string) (string, error) {
	at := "/"
	for part := range strings.SplitSeq(strings.Trim(filepath.Dir(folder), "/"), "/") {
		at = filepath.Join(at, part)
		info, err := os.Stat(at)
		if err != nil {
			return "", err
		}
		if info.Mode().Perm()&0o001 == 0 {
			return at, nil
		}
	}
	return "", nil
}

// peerOf gives the user to whom the process at the other end of a socket belongs.
func peerOf(conn syscall.Conn) (uid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) { cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return 0, err
	}
	if credErr != nil {
		return 0, credErr
	}
	return int(cred.Uid), nil
}
