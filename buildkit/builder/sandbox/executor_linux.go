package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/containerd/continuity/fs"
	"github.com/moby/buildkit/executor"
	resourcestypes "github.com/moby/buildkit/executor/resources/types"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/identity"
	"github.com/moby/buildkit/solver/pb"

	"bentoc.dev/buildkit/reexec"
)

// Executor runs BuildKit's steps. It is for steps that bentoc wrote: they run
// as root of their namespaces, with no capability, no network and no keys, within
// limits, and without the system calls that no compiler needs. There is no cgroup
// around them.
type Executor struct {
	dir    string
	mu     sync.RWMutex // read-locked by each step while it runs
	closed bool
}

var _ executor.Executor = (*Executor)(nil)

// NewExecutor gives an executor that mounts the files of its steps below dir.
func NewExecutor(dir string) *Executor { return &Executor{dir: dir} }

// Close waits until the steps that run have ended and unmounted their files, and
// lets none begin any more.
func (e *Executor) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

// Run runs one step to its end.
func (e *Executor) Run(ctx context.Context, id string, root executor.Mount, mounts []executor.Mount, p executor.ProcessInfo, started chan<- struct{}) (_ resourcestypes.Recorder, err error) {
	if err := allowed(p.Meta); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return nil, errors.New("the builder is ending")
	}
	if id == "" {
		id = identity.NewID()
	}
	step := &step{dir: filepath.Join(e.dir, id)}
	if err := os.MkdirAll(step.dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the step's folder: %w", err)
	}
	defer func() { err = errors.Join(err, step.undo()) }()
	spec, err := step.prepare(ctx, root, mounts, p.Meta)
	if err != nil {
		return nil, fmt.Errorf("preparing the step: %w", err)
	}
	return nil, e.start(ctx, spec, p, started)
}

// Exec would run a second process in a running step; nothing of bentoc asks
// for one.
func (e *Executor) Exec(context.Context, string, executor.ProcessInfo) error {
	return errors.New("running a second process in a step is not supported")
}

// allowed refuses what this executor cannot keep its promises for.
func allowed(m executor.Meta) error {
	switch {
	case m.User != "" && m.User != "0" && m.User != "root" && m.User != "0:0":
		return fmt.Errorf("a step runs as root of its sandbox, not as %q", m.User)
	case m.NetMode != pb.NetMode_NONE:
		return errors.New("a step runs without network")
	case m.SecurityMode != pb.SecurityMode_SANDBOX:
		return errors.New("a step runs without privileges")
	case m.Tty:
		return errors.New("a step runs without a terminal")
	case len(m.Args) == 0:
		return errors.New("a step needs a program")
	}
	return nil
}

// start runs the program of spec and turns its end into BuildKit's terms.
func (e *Executor) start(ctx context.Context, spec initSpec, p executor.ProcessInfo, started chan<- struct{}) error {
	cmd := reexec.Command(stageStep)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Stdin, p.Stdout, p.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS | syscall.CLONE_NEWNET,
		Setsid:     true,
	}
	run, err := startInit(cmd, spec)
	if err != nil {
		return err
	}
	if started != nil {
		close(started)
	}
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
	defer stop()
	err = run.wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitError(exit)
	}
	return err
}

// exitError is how BuildKit learns of a program that ended badly; a signal
// counts as 128 and its number, as in a shell.
func exitError(e *exec.ExitError) error {
	code := e.ExitCode()
	if ws, ok := e.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		code = 128 + int(ws.Signal())
	}
	return &gatewaypb.ExitError{ExitCode: uint32(code)}
}

// step is what one step has mounted.
type step struct {
	dir   string
	undos []func() error
}

func (s *step) undo() error {
	var errs []error
	for i := len(s.undos) - 1; i >= 0; i-- {
		errs = append(errs, s.undos[i]())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("unmounting the step's files: %w", err)
	}
	return os.RemoveAll(s.dir)
}

// prepare mounts everything that the step needs below its folder and makes the
// mount points in its root.
func (s *step) prepare(ctx context.Context, root executor.Mount, mounts []executor.Mount, m executor.Meta) (initSpec, error) {
	rootfs, err := s.mount(ctx, root.Src, "rootfs", false)
	if err != nil {
		return initSpec{}, err
	}
	clean := executor.MountStubsCleaner(context.WithoutCancel(ctx), rootfs, mounts, m.RemoveMountStubsRecursive)
	s.undos = append(s.undos, func() error { clean(); return nil })
	spec := initSpec{Root: rootfs, ReadOnly: m.ReadonlyRootFS, Dir: m.Cwd, Hostname: m.Hostname, Args: m.Args, Env: m.Env, Confine: true}
	if spec.Hostname == "" {
		spec.Hostname = "bentoc"
	}
	for i, mnt := range mounts {
		src, err := s.mount(ctx, mnt.Src, fmt.Sprintf("mount%d", i), mnt.Readonly)
		if err != nil {
			return initSpec{}, fmt.Errorf("%s: %w", mnt.Dest, err)
		}
		if src, err = fs.RootPath(src, mnt.Selector); err != nil {
			return initSpec{}, fmt.Errorf("%s: %w", mnt.Dest, err)
		}
		spec.Binds = append(spec.Binds, bind{Source: src, Target: mnt.Dest, ReadOnly: mnt.Readonly})
	}
	return spec, nil
}
