package builder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"bentoc.dev/buildkit/reexec"
)

// stageBuilder is the part of the builder process.
const stageBuilder = "builder"

// serveConfig is what a builder process is told.
type serveConfig struct {
	State     string `json:"state"`
	KeepBytes int64  `json:"keepBytes"`
	Fresh     bool   `json:"fresh"` // throw the cache away first
	killed    bool   // the builder process before was
}

// report is a line that the builder process writes to who started it.
type report struct {
	Ready       bool   `json:"ready,omitempty"`
	Error       string `json:"error,omitempty"`
	Kind        string `json:"kind,omitempty"`        // kindNamespace or kindState
	Connections int    `json:"connections,omitempty"` // connections left when one has ended
}

// The kinds of errors that a builder process tells apart.
const (
	kindNamespace = "namespace"
	kindState     = "state"
)

// leaveTimeout bounds the wait for a builder process to end.
const leaveTimeout = grace + 5*time.Second

// child is a builder process that this process started.
type child struct {
	cmd     *exec.Cmd
	state   string
	reports *json.Decoder
	pipe    *os.File
	conn    net.Conn      // of this process
	exited  chan struct{} // closed after cmd.Wait
}

// startBuilder starts a builder process that inherits lock, and waits until it
// serves.
func startBuilder(ctx context.Context, o Options, lock *os.File, fresh bool) (*child, error) {
	if err := writeHolder(o.State, holder{PID: os.Getpid(), Since: time.Now()}); err != nil {
		return nil, &StateError{o.State, err}
	}
	c, err := spawnAny(o, lock, fresh)
	if isNamespaceError(err) {
		return nil, namespaceError("clone", err)
	}
	if err != nil {
		return nil, fmt.Errorf("starting the builder process: %w", err)
	}
	if err := c.awaitReady(ctx); err != nil {
		c.kill()
		removeSockets(o.State) //nolint:errcheck // the lock is still ours; the next builder process tries again
		return nil, err
	}
	return c, nil
}

// spawnAny starts the process as the user of [outerUser]. Where root may not make a
// user namespace, or this executable is for root alone, steps go without one, and
// that is said.
func spawnAny(o Options, lock *os.File, fresh bool) (*child, error) {
	outer, err := outerUser()
	if err != nil {
		return nil, err
	}
	c, err := spawn(o, lock, fresh, outer)
	if os.Geteuid() != 0 || err == nil || !isNamespaceError(err) {
		return c, err
	}
	if c, maskedErr := spawn(o, lock, fresh, noUserNamespace); maskedErr == nil {
		if o.Masked != nil {
			o.Masked(err)
		}
		return c, nil
	}
	return nil, err
}

// noUserNamespace stands for the caller's own.
const noUserNamespace = -1

// spawn starts the process in new namespaces. Inside a user namespace the user outer
// is root and there is no other: the images' layers are joined by reference, so that
// no file of another owner is ever unpacked.
func spawn(o Options, lock *os.File, fresh bool, outer int) (*child, error) {
	state, err := filepath.EvalSymlinks(o.State)
	if err != nil {
		return nil, &StateError{o.State, err}
	}
	if os.Geteuid() == 0 {
		if err := handOver(state, max(outer, 0)); err != nil {
			return nil, &StateError{o.State, err}
		}
	}
	config, err := json.Marshal(serveConfig{State: state, KeepBytes: o.KeepBytes, Fresh: fresh})
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	conn, theirs, err := connected()
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	defer theirs.Close()
	log, err := openLog(o.State)
	if err != nil {
		return nil, errors.Join(err, r.Close(), conn.Close())
	}
	defer log.Close()
	cmd := reexec.Command(stageBuilder, string(config))
	cmd.Env = builderEnv(state)
	cmd.Stderr = log
	cmd.Dir = "/" // the caller may want to remove or unmount its own
	cmd.ExtraFiles = []*os.File{lock, w, theirs}
	// A session of its own: Ctrl-C is for the command line, which leaves; who
	// else is connected goes on.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
	begin := cmd.Start
	if outer != noUserNamespace {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		group := os.Getegid()
		if outer != os.Geteuid() {
			group = outer
			begin = func() error { return startReaching(cmd, state) }
		}
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: outer, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: group, Size: 1}}
		cmd.SysProcAttr.Credential = &syscall.Credential{NoSetGroups: os.Geteuid() != 0}
	}
	if err := begin(); err != nil {
		return nil, errors.Join(err, r.Close(), conn.Close())
	}
	c := &child{cmd: cmd, state: o.State, reports: json.NewDecoder(r), pipe: r, conn: conn, exited: make(chan struct{})}
	go func() {
		cmd.Wait() //nolint:errcheck // ProcessState tells
		close(c.exited)
	}()
	return c, nil
}

// connected gives the two ends of a connection, the second for another process.
func connected() (net.Conn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "builder")
	ours, err := fileConn(os.NewFile(uintptr(fds[0]), "builder"))
	if err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return ours, theirs, nil
}

// startReaching starts cmd from a thread whose mounts let any user come to a folder.
// The thread ends with its goroutine, and with it its mount namespace.
func startReaching(cmd *exec.Cmd, folder string) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := reachable(folder)
		if err == nil {
			err = cmd.Start()
		}
		done <- err
	}()
	return <-done
}

// builderEnv is the builder process's environment: none of the caller's
// settings that BuildKit and containerd would take as theirs.
func builderEnv(state string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + state, "TMPDIR=" + filepath.Join(state, tmpDir)}
}

// openLog opens the log, emptied when it has grown large.
func openLog(dir string) (*os.File, error) {
	const limit = 1 << 20
	p := filepath.Join(dir, logFile)
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if fi, err := os.Stat(p); err == nil && fi.Size() > limit {
		flags |= os.O_TRUNC
	}
	return os.OpenFile(p, flags, 0o600)
}

// awaitReady reads the first report.
func (c *child) awaitReady(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.pipe.SetReadDeadline(time.Now()) }) //nolint:errcheck // pipes have deadlines
	defer stop()
	var r report
	err := c.reports.Decode(&r)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		<-c.exited
		return c.crash(errors.New(c.cmd.ProcessState.String()))
	case r.Kind == kindNamespace:
		return namespaceError("mount", errors.New(r.Error))
	case r.Kind == kindState:
		return &StateError{c.state, errors.New(r.Error)}
	case r.Error != "":
		return c.crash(errors.New(r.Error))
	}
	return nil
}

// leave waits until the process has ended or says that others still use it.
// The connection is closed before.
func (c *child) leave() error {
	defer c.pipe.Close()
	others := make(chan struct{})
	go func() {
		for {
			var r report
			if err := c.reports.Decode(&r); err != nil {
				return
			}
			if r.Connections > 0 {
				close(others)
				return
			}
		}
	}()
	t := time.NewTimer(leaveTimeout)
	defer t.Stop()
	select {
	case <-c.exited:
		return nil
	case <-others:
		return nil
	case <-t.C:
		c.end()
		return fmt.Errorf("the builder process did not end within %s and was killed", leaveTimeout)
	}
}

func (c *child) kill() {
	c.end()
	c.pipe.Close()
	c.conn.Close() //nolint:errcheck // whoever used it may have closed it
}

// end kills the process and removes its socket, unless another builder process
// has the state folder by now: then the socket is that one's.
func (c *child) end() {
	c.cmd.Process.Kill() //nolint:errcheck // it may have ended
	<-c.exited
	lock, err := tryLock(c.state)
	if err != nil || lock == nil {
		return
	}
	defer lock.Close()
	removeSockets(c.state) //nolint:errcheck // the next builder process tries again
}

// killed reports whether a signal has ended the process, or will, as it hangs: that is
// no sign of a cache in pieces.
func (c *child) killed() bool {
	select {
	case <-c.exited:
	case <-time.After(time.Second):
		return true
	}
	ws, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && ws.Signaled()
}

// crashed reports whether the process has ended by a fault of its own.
func (c *child) crashed() bool {
	select {
	case <-c.exited:
	case <-time.After(time.Second):
		return false
	}
	return c.cmd.ProcessState.Exited() && !c.cmd.ProcessState.Success()
}

// crash is the error for a process that ended too early, with the end of its log.
func (c *child) crash(err error) error {
	const most = 4 << 10
	p := filepath.Join(c.state, logFile)
	tail := ""
	if f, openErr := os.Open(p); openErr == nil {
		defer f.Close()
		if size, seekErr := f.Seek(0, io.SeekEnd); seekErr == nil {
			f.Seek(max(0, size-most), io.SeekStart) //nolint:errcheck // a tail is a courtesy
		}
		text, _ := io.ReadAll(f)
		tail = string(text)
	}
	return &CrashError{Killed: c.killed(), Log: p, Tail: tail, Err: err}
}
