package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"
)

// call makes a system call and reports whether it did what it does.
func call(number uintptr, args ...uintptr) bool {
	var a [6]uintptr
	copy(a[:], args)
	_, _, errno := syscall.RawSyscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
	return errno == 0
}

func text(s string) uintptr {
	p, _ := syscall.BytePtrFromString(s)
	return uintptr(unsafe.Pointer(p))
}

// attacks are what a build step must not be able to do. Nothing here changes the
// machine where it succeeds: files are opened and not written.
func attacks() (succeeded []string) {
	try := func(name string, done bool) {
		if done {
			succeeded = append(succeeded, name)
		}
	}
	for _, dir := range []string{"/proc", "/sys", "/dev", "/bin", "/etc"} {
		for _, p := range writable(dir) {
			try("open "+p+" to write", true)
		}
	}
	for _, p := range []string{"/proc/kcore", "/proc/keys", "/proc/timer_list", "/dev/kmsg", "/dev/mem"} {
		data := make([]byte, 1)
		f, err := os.Open(p)
		n := 0
		if err == nil {
			n, _ = f.Read(data)
			f.Close()
		}
		try("read "+p, n > 0)
	}
	try("mount a tmpfs", syscall.Mount("tmpfs", "/out", "tmpfs", 0, "") == nil)
	try("unmount /proc/sys", syscall.Unmount("/proc/sys", syscall.MNT_DETACH) == nil)
	try("make /proc/sys writable", syscall.Mount("", "/proc/sys", "", syscall.MS_BIND|syscall.MS_REMOUNT, "") == nil)
	try("mount another /proc", syscall.Mount("proc", "/out", "proc", 0, "") == nil)
	try("trace", call(syscall.SYS_PTRACE, 0))
	for name, flag := range map[string]uintptr{"user": syscall.CLONE_NEWUSER, "mount": syscall.CLONE_NEWNS, "net": syscall.CLONE_NEWNET, "pid": syscall.CLONE_NEWPID} {
		try("unshare "+name, call(syscall.SYS_UNSHARE, flag))
		child := exec.Command("/proc/self/exe", "exit", "0")
		child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flag}
		try("clone "+name, child.Run() == nil)
	}
	const sessionKeyring = ^uintptr(2) // KEY_SPEC_SESSION_KEYRING, -3
	try("ask for the session keyring", call(sysKeyctl, 0, sessionKeyring, 1))
	payload := []byte("x")
	try("add a key", call(sysAddKey, text("user"), text("bentoc"), uintptr(unsafe.Pointer(&payload[0])), 1, sessionKeyring))
	raw, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP)
	try("open a raw socket", err == nil)
	syscall.Close(raw)
	packet, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0)
	try("open a packet socket", err == nil)
	syscall.Close(packet)
	try("set the host name", syscall.Sethostname([]byte("x")) == nil)
	try("make a device", syscall.Mknod("/out/null", syscall.S_IFCHR|0o666, 1<<8|3) == nil)
	try("change the root", syscall.Chroot("/out") == nil)
	try("take another user", syscall.Setuid(1) == nil)
	try("take further groups", syscall.Setgroups([]int{0}) == nil)
	try("give a file away", os.WriteFile("/out/file", nil, 0o600) == nil && syscall.Chown("/out/file", 1, 1) == nil)
	try("look into the kernel's log", call(syscall.SYS_SYSLOG, 2, 0, 0))
	try("read the performance counters", call(syscall.SYS_PERF_EVENT_OPEN, 0, 0, 0, 0, 0))
	try("load a program into the kernel", call(sysBPF, 0, 0, 0))
	try("turn the machine off", call(syscall.SYS_REBOOT, 0, 0, 0))
	try("write a core file", rlimit(syscall.RLIMIT_CORE) > 0)
	try("open files without limit", rlimit(syscall.RLIMIT_NOFILE) > 1<<20)
	try("take memory without limit", rlimit(syscall.RLIMIT_DATA) > 1<<60)
	return succeeded
}

func rlimit(which int) uint64 {
	var l syscall.Rlimit
	if syscall.Getrlimit(which, &l) != nil {
		return 0
	}
	return l.Max
}

// writable are the files below dir that can be opened to write, but for those of
// this process itself and the devices that every program has.
func writable(dir string) (found []string) {
	filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if d.IsDir() && (strings.HasPrefix(p, "/proc/self") || strings.HasPrefix(p, "/proc/thread-self") || strings.HasPrefix(p, "/dev/shm") || strings.HasPrefix(p, "/proc/") && p[6] >= '0' && p[6] <= '9') {
			return fs.SkipDir
		}
		switch {
		case d.IsDir() || d.Type()&fs.ModeSymlink != 0:
			return nil
		case p == "/dev/null" || p == "/dev/zero" || p == "/dev/full" || p == "/dev/random" || p == "/dev/urandom" || p == "/dev/tty":
			return nil
		case masked(p):
			return nil
		}
		if f, err := os.OpenFile(p, os.O_WRONLY, 0); err == nil {
			f.Close()
			found = append(found, p)
		}
		return nil
	})
	return found
}

// masked reports whether a device is the null that lies over what is hidden.
func masked(p string) bool {
	var null, st syscall.Stat_t
	return syscall.Stat("/dev/null", &null) == nil && syscall.Stat(p, &st) == nil && st.Rdev == null.Rdev
}
