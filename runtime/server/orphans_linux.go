package server

import (
	"bytes"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// orphanTime is how long a process that has ended is left to who may wait for it.
const orphanTime = time.Second

// reapOrphans has the first process of a container take note of the end of those whose
// parents have ended: else they stay in the table of processes until it is full. Other
// processes have no such children. It does so until stop is called.
func reapOrphans() (stop func()) {
	if os.Getpid() != 1 || !pidfds() {
		return func() {}
	}
	return (&reaper{proc: "/proc", self: 1}).start()
}

// pidfds tells whether package os has descriptors of processes: Linux 5.4 and later, where
// no filter of system calls keeps them from it.
func pidfds() bool {
	const pidfdOpen = 434 // on all machines
	fd, _, errno := syscall.RawSyscall(pidfdOpen, uintptr(os.Getpid()), 0, 0)
	if errno != 0 {
		return false
	}
	_ = syscall.Close(int(fd))
	return true
}

// reaper waits for children that nobody else waits for. Those of package os, and so of
// os/exec, have a descriptor that is open as long as somebody may wait for them; what is
// left of a child without one is an orphan's, or of one that was let go of.
type reaper struct {
	proc string
	self int
	seen map[int]bool // ended, at the look before
}

func (r *reaper) start() (stop func()) {
	ended, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(ended, syscall.SIGCHLD)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-ended:
			case <-done:
				return
			}
			for r.reap() { // who waits for a child has time to
				select {
				case <-time.After(orphanTime):
				case <-done:
					return
				}
			}
		}
	})
	return func() {
		signal.Stop(ended)
		close(done)
		all.Wait()
	}
}

// reap waits for the orphans that had ended when it looked before, and tells whether there
// are others, to be looked at again.
func (r *reaper) reap() (more bool) {
	held, seen := r.held(), map[int]bool{}
	for _, pid := range r.ended() {
		switch {
		case held[pid]:
		case r.seen[pid]:
			_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil) // somebody may have been faster
		default:
			seen[pid] = true
		}
	}
	r.seen = seen
	return len(seen) > 0
}

// ended gives the children that have ended and that nobody has waited for.
func (r *reaper) ended() (pids []int) {
	stats, err := filepath.Glob(r.proc + "/[0-9]*/stat")
	if err != nil { // the pattern is right
		return nil
	}
	for _, file := range stats {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // it is no more
		}
		// PID (NAME) STATE PPID …, where a name may have brackets and spaces.
		f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		if len(f) < 2 || f[0] != "Z" || f[1] != strconv.Itoa(r.self) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// held are the processes that there is a descriptor of.
func (r *reaper) held() map[int]bool {
	pids := map[int]bool{}
	infos, err := filepath.Glob(r.proc + "/self/fdinfo/*")
	if err != nil { // the pattern is right
		return pids
	}
	for _, file := range infos {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // it was closed
		}
		if _, after, ok := strings.Cut(string(b), "\nPid:"); ok {
			line, _, _ := strings.Cut(after, "\n")
			if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
				pids[pid] = true
			}
		}
	}
	return pids
}
