package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// What /proc and /sys show of the host, or let change of it, is hidden or made
// read-only in every sandbox: the same paths as in runc's and containerd's default
// specification, and /proc/pressure. It counts where the sandbox's root is the host's root, and against
// a program that finds a way to capabilities.
var (
	maskedPaths = []string{
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
		"/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
	}
	readOnlyPaths = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/pressure", "/proc/sys", "/proc/sysrq-trigger"}
)

// mask hides and protects what is there of these paths below root.
func mask(root string) error {
	for _, p := range maskedPaths {
		if err := hide(filepath.Join(root, p)); err != nil {
			return fmt.Errorf("masking %s: %w", p, err)
		}
	}
	for _, p := range readOnlyPaths {
		target := filepath.Join(root, p)
		err := unix.Mount(target, target, "", unix.MS_BIND|unix.MS_REC, "")
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err == nil {
			err = remountReadOnly(target)
		}
		if err != nil {
			return fmt.Errorf("making %s read-only: %w", p, err)
		}
	}
	return nil
}

// hide mounts nothing over a folder or a file.
func hide(target string) error {
	fi, err := os.Stat(target)
	if os.IsNotExist(err) || errors.Is(err, unix.EACCES) { // then the program cannot see it either
		return nil
	}
	if err != nil {
		return err
	}
	if fi.IsDir() {
		return unix.Mount("tmpfs", target, "tmpfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "size=0,mode=555")
	}
	return unix.Mount("/dev/null", target, "", unix.MS_BIND, "")
}
