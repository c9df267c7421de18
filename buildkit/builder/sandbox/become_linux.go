package sandbox

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// become turns this process into the program of spec. It returns only an error.
func become(spec initSpec) error {
	// Capabilities and ids are a thread's own.
	runtime.LockOSThread()
	unix.Umask(0o022)
	if err := os.Chdir(filepath.Join("/", spec.Dir)); err != nil {
		return err
	}
	program, err := find(spec.Args[0], spec.Env)
	if err != nil {
		return err
	}
	if spec.UID != 0 || spec.GID != 0 {
		if err := become0(spec.UID, spec.GID); err != nil {
			return err
		}
	}
	if spec.Drop {
		if err := dropCapabilities(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w", program, unix.Exec(program, spec.Args, spec.Env))
}

// become0 takes other ids, with no further groups.
func become0(uid, gid int) error {
	if err := unix.Setgroups(nil); err != nil && err != unix.EPERM {
		return fmt.Errorf("leaving the groups: %w", err)
	}
	if err := unix.Setresgid(gid, gid, gid); err != nil {
		return fmt.Errorf("taking group %d: %w", gid, err)
	}
	if err := unix.Setresuid(uid, uid, uid); err != nil {
		return fmt.Errorf("taking user %d: %w", uid, err)
	}
	return nil
}

// dropCapabilities empties the bounding set, so that the coming exec leaves
// root none, and forbids to gain any by a set-user-id file.
func dropCapabilities() error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL {
			return fmt.Errorf("dropping capability %d: %w", c, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("forbidding new privileges: %w", err)
	}
	return nil
}

// find looks for a program on the PATH of the program's own environment.
func find(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	search := "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, "PATH="); ok {
			search = v
		}
	}
	for _, dir := range filepath.SplitList(search) {
		p := path.Join(dir, name)
		if fi, err := os.Stat(p); err == nil && fi.Mode().IsRegular() && fi.Mode()&0o111 != 0 {
			return p, nil
		}
	}
	return "", fmt.Errorf("no program %q on %s", name, search)
}
