package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"bentoc.dev/buildkit/reexec"
)

// Run runs c to its end and gives its exit code, 128 and the signal's number
// when a signal ended it. When ctx ends, the program is asked to end, and killed
// after a while. It dies with this process.
func Run(ctx context.Context, c Container) (int, error) {
	// The kernel ends the program when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	root, err := holdRoot(c.Root)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	spec, err := containerSpec(c)
	if err != nil {
		return 0, err
	}
	cmd := reexec.Command(stageStep)
	cmd.Stdout, cmd.Stderr = c.Stdout, c.Stderr
	cmd.SysProcAttr = containerAttr(spec.UID, spec.GID)
	p, err := startInit(cmd, spec)
	if err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	go attend(ctx, c, cmd.Process, ended)
	err = p.wait()
	close(ended)
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, err
	}
	if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return exit.ExitCode(), nil
}

// holdRoot keeps the folder from being tidied away while it is in use.
func holdRoot(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH); err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", dir, err), f.Close())
	}
	return f, nil
}

// defaultGrace is Container.Grace when that is zero: Docker's.
const defaultGrace = 10 * time.Second

// attend hands signals on until the program has ended.
func attend(ctx context.Context, c Container, p *os.Process, ended <-chan struct{}) {
	grace := c.Grace
	if grace == 0 {
		grace = defaultGrace
	}
	done, kill := ctx.Done(), (<-chan time.Time)(nil)
	for {
		select {
		case <-ended:
			return
		case s := <-c.Signals:
			p.Signal(s) //nolint:errcheck // it may have ended
		case <-done:
			p.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
			done, kill = nil, time.After(grace)
		case <-kill:
			p.Kill() //nolint:errcheck // it may have ended
			kill = nil
		}
	}
}

func containerSpec(c Container) (initSpec, error) {
	if len(c.Args) == 0 {
		return initSpec{}, errors.New("the image has no program to run")
	}
	root, err := filepath.Abs(c.Root)
	if err != nil {
		return initSpec{}, err
	}
	uid, gid, err := lookup(root, c.User)
	if err != nil {
		return initSpec{}, err
	}
	spec := initSpec{Root: root, ReadOnly: true, Dir: c.Dir, Args: c.Args, Env: c.Env, UID: uid, GID: gid, DieWith: true, Tmpfs: []string{"/tmp"}}
	for _, p := range []string{"/sys", "/etc/resolv.conf", "/etc/hosts"} {
		if _, err := os.Stat(p); err == nil {
			spec.Binds = append(spec.Binds, bind{Source: p, Target: p, ReadOnly: true})
		}
	}
	return spec, nil
}

// containerAttr makes the namespaces. In a user namespace the one id there is
// the image's user, so process 1 begins with that number, and needs ambient
// capabilities to keep what it may do through exec.
func containerAttr(uid, gid int) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Setsid:     true, // Ctrl-C is for the command line, which hands it on
		Pdeathsig:  syscall.SIGKILL,
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC,
	}
	if os.Geteuid() == 0 {
		return attr
	}
	attr.Cloneflags |= syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: os.Getegid(), Size: 1}}
	attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP}
	return attr
}
