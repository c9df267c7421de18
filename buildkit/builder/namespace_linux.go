package builder

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// isNamespaceError reports whether the kernel refused a new namespace: not
// permitted, none left, or not built in.
func isNamespaceError(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOSPC) ||
		errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSYS)
}

// namespaceError looks at the machine for the likeliest cure.
func namespaceError(op string, err error) *NamespaceError {
	return &NamespaceError{Op: op, Root: os.Geteuid() == 0, Cures: cures(readSysctl), Err: err}
}

// cures are what can be done here. sysctl gives the value of a file below
// /proc/sys, "" when there is none.
func cures(sysctl func(name string) string) []string {
	var list []string
	if sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1" {
		list = append(list, "allow user namespaces: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
	}
	if sysctl("kernel/unprivileged_userns_clone") == "0" {
		list = append(list, "allow user namespaces: sudo sysctl -w kernel.unprivileged_userns_clone=1")
	}
	if sysctl("user/max_user_namespaces") == "0" {
		list = append(list, "allow user namespaces: sudo sysctl -w user.max_user_namespaces=15000")
	}
	inside := "in a container, start it with --privileged, or with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined"
	elsewhere := "use a BuildKit elsewhere: --builder ADDRESS or BUILDKIT_HOST=ADDRESS"
	return append(list, inside, elsewhere)
}

func readSysctl(name string) string {
	text, err := os.ReadFile("/proc/sys/" + name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// ownMounts gives the process a mount table of its own and a /proc that shows
// its own processes. Without the second it goes on with the /proc it has.
func ownMounts() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making the mounts private: %w", err)
	}
	err := syscall.Mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, "")
	if err != nil && !errors.Is(err, syscall.EPERM) {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	return nil
}
