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
	// Capabilities and ids are a thread's own, and this thread execs.
	runtime.LockOSThread()
	unix.Umask(0o022)
	if err := os.Chdir(filepath.Join("/", spec.Dir)); err != nil {
		return err
	}
	program, err := find(spec.Args[0], spec.Env)
	if err != nil {
		return err
	}
	if err := dropPrivileges(spec); err != nil {
		return err
	}
	if spec.Confine {
		if err := confine(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w", program, unix.Exec(program, spec.Args, spec.Env))
}

// noRoot takes from the number 0 all that the kernel gives to it, for good
// (capabilities(7), the securebits flags; linux/securebits.h).
const (
	secbitNoRoot         = 1 << 0
	secbitNoAmbientRaise = 1 << 6
	secbitsLocked        = 1 // by so many bits to the left: for good

	noRoot = (secbitNoRoot | secbitNoAmbientRaise) | (secbitNoRoot|secbitNoAmbientRaise)<<secbitsLocked
)

// dropPrivileges takes the ids of spec and leaves no capability in any set, now or
// by a set-user-id file later, and no keys. The order matters: the bounding set can
// be emptied only while there is a capability for it.
func dropPrivileges(spec initSpec) error {
	// A keyring of its own, in place of the caller's. Where the kernel has none, or
	// keeps it from this process, there are no keys to take.
	_, _ = unix.KeyctlJoinSessionKeyring("")
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, noRoot, 0, 0, 0); err != nil {
		return fmt.Errorf("taking the privileges of root: %w", err)
	}
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL {
			return fmt.Errorf("dropping capability %d: %w", c, err)
		}
	}
	if spec.UID != unix.Geteuid() || spec.GID != unix.Getegid() {
		if err := takeIDs(spec.UID, spec.GID); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("dropping the ambient capabilities: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("dropping all capabilities: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("forbidding new privileges: %w", err)
	}
	if !spec.DieWith {
		return nil
	}
	// Taking other ids has cleared the setting that this process began with.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("tying the program to its parent: %w", err)
	}
	return nil
}

// takeIDs takes other ids, with no further groups.
func takeIDs(uid, gid int) error {
	if err := unix.Setgroups(nil); err != nil {
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
