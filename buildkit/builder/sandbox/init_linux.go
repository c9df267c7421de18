package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/continuity/fs"
	"golang.org/x/sys/unix"

	"bentoc.dev/buildkit/reexec"
)

// stageStep is the part of process 1 of a sandbox.
const stageStep = "step"

// Stages are the parts that this executable plays for this package.
func Stages() []reexec.Stage { return []reexec.Stage{{Name: stageStep, Run: runInit}} }

// initSpec tells process 1 what to do. Paths are the host's, those of binds'
// targets and Dir the sandbox's.
type initSpec struct {
	Root     string   `json:"root"`
	ReadOnly bool     `json:"readOnly"`
	Dir      string   `json:"dir"`
	Hostname string   `json:"hostname"`
	Args     []string `json:"args"`
	Env      []string `json:"env"`
	Binds    []bind   `json:"binds"`
	Tmpfs    []string `json:"tmpfs"`
	UID      int      `json:"uid"`
	GID      int      `json:"gid"`
	// DieWith ends the program when the thread that started the sandbox ends.
	DieWith bool `json:"dieWith"`
	// Confine is for build steps: limits, and no system calls but those that
	// compilers need.
	Confine bool `json:"confine"`
}

// process is a started process 1.
type process struct {
	cmd    *exec.Cmd
	report *os.File // takes the error of process 1; closed by its exec
}

// startInit starts cmd, which is a [reexec.Command] of stageStep, for spec. The
// spec travels through descriptor 3, an error of the set-up back through 4.
func startInit(cmd *exec.Cmd, spec initSpec) (*process, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	specR, specW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer specW.Close()
	defer specR.Close()
	reportR, reportW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer reportW.Close()
	cmd.ExtraFiles = []*os.File{specR, reportW}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the sandbox: %w", err), reportR.Close())
	}
	specR.Close() //nolint:errcheck // the child has it; a dead child must give EPIPE
	if _, err := specW.Write(text); err != nil {
		cmd.Process.Kill() //nolint:errcheck // it may have ended
		return nil, errors.Join(fmt.Errorf("telling the sandbox what to run: %w", err), cmd.Wait(), reportR.Close())
	}
	return &process{cmd, reportR}, nil
}

// wait waits for the program's end. An error of the set-up is not an
// [exec.ExitError].
func (p *process) wait() error {
	defer p.report.Close()
	text, readErr := io.ReadAll(p.report)
	err := p.cmd.Wait()
	if len(text) > 0 {
		return fmt.Errorf("setting up the sandbox: %s", text)
	}
	if err == nil {
		return readErr
	}
	return err
}

// runInit is process 1. It returns only when it could not become the program.
func runInit([]string) int {
	unix.CloseOnExec(3)
	unix.CloseOnExec(4)
	report := os.NewFile(4, "report")
	var spec initSpec
	in := os.NewFile(3, "spec")
	err := json.NewDecoder(in).Decode(&spec)
	if err == nil {
		err = errors.Join(in.Close(), enter(spec))
	}
	if err == nil {
		err = become(spec)
	}
	fmt.Fprint(report, err)
	return 255
}

// enter makes spec.Root this process's root.
func enter(spec initSpec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making the mounts private: %w", err)
	}
	// A mount of its own, as pivot_root wants.
	if err := unix.Mount(spec.Root, spec.Root, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mounting the root: %w", err)
	}
	if err := populate(spec); err != nil {
		return err
	}
	if spec.Hostname != "" {
		if err := unix.Sethostname([]byte(spec.Hostname)); err != nil {
			return fmt.Errorf("setting the host name: %w", err)
		}
	}
	old := filepath.Join(spec.Root, "dev/.old")
	if err := os.Mkdir(old, 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(spec.Root, old); err != nil {
		return fmt.Errorf("changing the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := unix.Unmount("/dev/.old", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leaving the old root: %w", err)
	}
	if err := os.Remove("/dev/.old"); err != nil {
		return err
	}
	if spec.ReadOnly {
		return remountReadOnly("/")
	}
	return nil
}

// populate mounts everything below the new root, parents first.
func populate(spec initSpec) error {
	binds := slices.Clone(spec.Binds)
	slices.SortStableFunc(binds, func(a, b bind) int { return strings.Compare(a.Target, b.Target) })
	for _, b := range binds {
		target, err := fs.RootPath(spec.Root, b.Target)
		if err != nil {
			return err
		}
		if err := mountBind(b, target); err != nil {
			return err
		}
	}
	for _, p := range spec.Tmpfs {
		target, err := fs.RootPath(spec.Root, p)
		if err != nil {
			return err
		}
		if err := mountTmpfs(target, "mode=1777"); err != nil {
			return err
		}
	}
	if err := mountProc(filepath.Join(spec.Root, "proc")); err != nil {
		return err
	}
	if err := mountDev(filepath.Join(spec.Root, "dev")); err != nil {
		return err
	}
	return mask(spec.Root)
}

// mountProc mounts a new /proc, or the host's where the kernel refuses a new
// one because the host's is masked.
func mountProc(target string) error {
	if err := mountPoint(target, true); err != nil {
		return err
	}
	err := unix.Mount("proc", target, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	if errors.Is(err, unix.EPERM) {
		err = unix.Mount("/proc", target, "", unix.MS_BIND|unix.MS_REC, "")
	}
	if err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	return nil
}

func mountTmpfs(target, options string) error {
	if err := mountPoint(target, true); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", target, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mounting a tmpfs: %w", err)
	}
	return nil
}

// mountDev makes a /dev with the devices that programs rely on. They are the
// host's, since a user namespace may not make any.
func mountDev(dev string) error {
	if err := mountTmpfs(dev, "mode=755"); err != nil {
		return err
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom"} {
		if err := mountBind(bind{Source: "/dev/" + name, Target: "/dev/" + name}, filepath.Join(dev, name)); err != nil {
			return err
		}
	}
	if err := mountTmpfs(filepath.Join(dev, "shm"), "mode=1777"); err != nil {
		return err
	}
	links := map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(dev, name)); err != nil {
			return err
		}
	}
	return nil
}
