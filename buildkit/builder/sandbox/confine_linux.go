package sandbox

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// confine bounds what a build step may use, and takes away the system calls that no
// compiler needs. It comes last before the program: what it forbids, it forbids to
// this thread, which becomes the program.
func confine() error {
	if err := limit(); err != nil {
		return err
	}
	program, err := bpf.Assemble(filter())
	if err != nil {
		return fmt.Errorf("writing the filter of system calls: %w", err)
	}
	code := make([]unix.SockFilter, len(program))
	for i, in := range program {
		code[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	f := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&f)), 0, 0)
	runtime.KeepAlive(code)
	if err != nil && !errors.Is(err, unix.EINVAL) { // EINVAL: the kernel has no such filters
		return fmt.Errorf("filtering system calls: %w", err)
	}
	return nil
}

// The limits of a build step. Processes are those of its user in its user
// namespace; where that is the host's they are not limited, since they would be
// counted together with the host's.
const (
	maxProcesses = 4096
	maxFiles     = 1 << 16
	maxFileSize  = 64 << 30
)

func limit() error {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return fmt.Errorf("reading the size of the memory: %w", err)
	}
	limits := map[int]uint64{
		unix.RLIMIT_CORE:   0,
		unix.RLIMIT_DATA:   uint64(info.Totalram) * uint64(info.Unit), // of each process
		unix.RLIMIT_FSIZE:  maxFileSize,
		unix.RLIMIT_NOFILE: maxFiles,
	}
	if own, err := ownUserNamespace(); err != nil {
		return err
	} else if own {
		limits[unix.RLIMIT_NPROC] = maxProcesses
	}
	for which, most := range limits {
		var have unix.Rlimit
		if err := unix.Getrlimit(which, &have); err != nil {
			return fmt.Errorf("reading limit %d: %w", which, err)
		}
		have.Max = min(have.Max, most)
		have.Cur = min(have.Max, most)
		if err := unix.Setrlimit(which, &have); err != nil {
			return fmt.Errorf("setting limit %d to %d: %w", which, most, err)
		}
	}
	return nil
}

// newNamespaces are the flags of clone that make one.
const newNamespaces = unix.CLONE_NEWCGROUP | unix.CLONE_NEWIPC | unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUSER | unix.CLONE_NEWUTS

// Offsets into struct seccomp_data (linux/seccomp.h).
const (
	dataNumber = 0
	dataArch   = 4
	dataArg0   = 16 // its lower half: both architectures are little-endian
)

// filter answers the forbidden system calls with EPERM, and clone3, whose flags no
// filter can see, with ENOSYS, so that libraries take clone in its place.
func filter() []bpf.Instruction {
	const (
		refuse = uint32(unix.SECCOMP_RET_ERRNO) | uint32(unix.EPERM)
		absent = uint32(unix.SECCOMP_RET_ERRNO) | uint32(unix.ENOSYS)
	)
	code := []bpf.Instruction{
		bpf.LoadAbsolute{Off: dataArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: nativeArch, SkipTrue: 1},
		bpf.RetConstant{Val: refuse}, // 32-bit calls have other numbers
		bpf.LoadAbsolute{Off: dataNumber, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: foreignCalls, SkipTrue: 1},
		bpf.RetConstant{Val: refuse},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.SYS_CLONE3, SkipTrue: 1},
		bpf.RetConstant{Val: absent},
	}
	for _, number := range forbidden {
		code = append(code, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(number), SkipTrue: 1}, bpf.RetConstant{Val: refuse})
	}
	return append(code,
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.SYS_CLONE, SkipTrue: 3},
		bpf.LoadAbsolute{Off: dataArg0, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpBitsNotSet, Val: newNamespaces, SkipTrue: 1},
		bpf.RetConstant{Val: refuse},
		bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW},
	)
}

// forbidden are the calls that Docker's default profile leaves to privileged
// containers, and those that make namespaces or look into other processes.
var forbidden = append([]int{
	unix.SYS_ACCT, unix.SYS_ADD_KEY, unix.SYS_BPF, unix.SYS_CHROOT, unix.SYS_CLOCK_ADJTIME, unix.SYS_CLOCK_SETTIME,
	unix.SYS_DELETE_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSOPEN, unix.SYS_FSPICK,
	unix.SYS_INIT_MODULE, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER, unix.SYS_IO_URING_SETUP, unix.SYS_KCMP,
	unix.SYS_KEXEC_FILE_LOAD, unix.SYS_KEXEC_LOAD, unix.SYS_KEYCTL, unix.SYS_LOOKUP_DCOOKIE, unix.SYS_MOUNT,
	unix.SYS_MOUNT_SETATTR, unix.SYS_MOVE_MOUNT, unix.SYS_MOVE_PAGES, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT,
	unix.SYS_OPEN_TREE, unix.SYS_PERF_EVENT_OPEN, unix.SYS_PIVOT_ROOT, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV,
	unix.SYS_PTRACE, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD, unix.SYS_REBOOT, unix.SYS_REQUEST_KEY, unix.SYS_SETDOMAINNAME,
	unix.SYS_SETHOSTNAME, unix.SYS_SETNS, unix.SYS_SETTIMEOFDAY, unix.SYS_SWAPOFF, unix.SYS_SWAPON, unix.SYS_SYSLOG,
	unix.SYS_UMOUNT2, unix.SYS_UNSHARE, unix.SYS_USERFAULTFD, unix.SYS_VHANGUP,
}, forbiddenHere...)
