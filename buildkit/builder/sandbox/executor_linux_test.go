package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/containerd/v2/core/mount"
	"github.com/moby/buildkit/executor"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/sys/user"

	"bentoc.dev/buildkit/builder/sandbox"
	"bentoc.dev/buildkit/buildkittest"
)

// folder is a host folder as BuildKit hands out mounts. It counts those that
// were not released.
type folder struct {
	dir  string
	held *int
}

func (f folder) Mount(_ context.Context, readOnly bool) (executor.MountableRef, error) {
	return folderRef{f, readOnly}, nil
}

type folderRef struct {
	folder
	readOnly bool
}

func (f folderRef) Mount() ([]mount.Mount, func() error, error) {
	mode := "rw"
	if f.readOnly {
		mode = "ro"
	}
	*f.held++
	return []mount.Mount{{Type: "bind", Source: f.dir, Options: []string{"rbind", mode}}}, func() error { *f.held--; return nil }, nil
}

func (folderRef) IdentityMapping() *user.IdentityMapping { return nil }

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

// step is a step in folders of a test's own: an empty root, the probe mounted
// read-only at /bin, a folder to write at /out.
type step struct {
	t    *testing.T
	dir  string
	held int
	meta executor.Meta
	out  buffer
	log  buffer
}

func newStep(t *testing.T, args ...string) *step {
	t.Helper()
	s := &step{t: t, dir: t.TempDir(), meta: executor.Meta{Args: args, Cwd: "/out", Env: []string{"PATH=/bin"}, NetMode: pb.NetMode_NONE}}
	for _, d := range []string{"root", "out", "bin"} {
		if err := os.Mkdir(filepath.Join(s.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(probe(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "bin/probe"), text, 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *step) run(ctx context.Context) error {
	at := func(name string) folder { return folder{filepath.Join(s.dir, name), &s.held} }
	_, err := sandbox.NewExecutor(filepath.Join(s.dir, "steps")).Run(ctx, "", executor.Mount{Src: at("root")}, []executor.Mount{
		{Src: at("bin"), Dest: "/bin", Readonly: true}, {Src: at("out"), Dest: "/out"},
	}, executor.ProcessInfo{Meta: s.meta, Stdout: &s.out, Stderr: &s.log}, nil)
	return err
}

// clean checks that the step has left nothing.
func (s *step) clean() {
	s.t.Helper()
	if s.held != 0 {
		s.t.Errorf("%d mounts were not released", s.held)
	}
	if left, _ := os.ReadDir(filepath.Join(s.dir, "steps")); len(left) > 0 {
		s.t.Errorf("steps left behind: %v", left)
	}
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		s.t.Fatal(err)
	}
	if strings.Contains(string(text), s.dir) {
		s.t.Error("a mount is left")
	}
	var stubs []string
	list, err := os.ReadDir(filepath.Join(s.dir, "root"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range list {
		stubs = append(stubs, e.Name())
	}
	if slices.Contains(stubs, "bin") || slices.Contains(stubs, "out") {
		s.t.Errorf("mount points are left in the root: %q", stubs)
	}
}

// mounting reports whether the test goes on in this process: the executor
// mounts, so it runs where the builder process is, as root of a mount namespace.
func mounting(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() == 0 {
		return true
	}
	return buildkittest.Mounting(t, probeEnv+"="+probe(t))
}

func TestExecutor(t *testing.T) {
	t.Parallel()
	if !mounting(t) {
		return
	}
	s := newStep(t, "probe")
	if err := s.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, s.log.String())
	}
	s.clean()
	var r report
	if err := json.Unmarshal(s.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	none := "0000000000000000 "
	if r.PID != 1 || r.UID != 0 || r.Dir != "/out" || !slices.Equal(r.Env, []string{"PATH=/bin"}) || !r.Null || r.Sys || r.Resolv {
		t.Errorf("the program sees %+v", r)
	}
	if r.Interfaces != 1 {
		t.Errorf("it sees %d network interfaces, want the loopback alone", r.Interfaces)
	}
	if r.Caps != none+none+none+none+none || r.NoNewPrivs != "1" {
		t.Errorf("capabilities %s, no_new_privs %s", r.Caps, r.NoNewPrivs)
	}
}

// TestExecutor_Attacked walks about in a step and tries what it must not do.
func TestExecutor_Attacked(t *testing.T) {
	t.Parallel()
	if !mounting(t) {
		return
	}
	checkAttacked(t)
}

func TestExecutor_Attacked_OrdinaryUser(t *testing.T) {
	t.Parallel()
	p := probe(t)
	if os.Getenv("BENTOC_TEST_USER") == "" && !buildkittest.Unprivileged(t, probeEnv+"="+p, "BENTOC_TEST_USER=1") || !mounting(t) {
		return
	}
	checkAttacked(t)
}

func checkAttacked(t *testing.T) {
	t.Helper()
	s := newStep(t, "probe", "attack")
	if err := s.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, s.log.String())
	}
	s.clean()
	var r report
	if err := json.Unmarshal(s.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Succeeded) > 0 {
		t.Errorf("a step can %s", strings.Join(r.Succeeded, "\n           "))
	}
}

func TestExecutor_ExitCode(t *testing.T) {
	t.Parallel()
	if !mounting(t) {
		return
	}
	s := newStep(t, "probe", "exit", "7")
	err := s.run(t.Context())
	var exit *gatewaypb.ExitError
	if !errors.As(err, &exit) || exit.ExitCode != 7 {
		t.Errorf("got %v", err)
	}
	s.clean()
}

func TestExecutor_SetUpFails(t *testing.T) {
	t.Parallel()
	if !mounting(t) {
		return
	}
	s := newStep(t, "ghost")
	if err, want := s.run(t.Context()), `setting up the sandbox: no program "ghost" on /bin`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	s.clean()
}

func TestExecutor_Interrupted(t *testing.T) {
	t.Parallel()
	if !mounting(t) {
		return
	}
	s := newStep(t, "probe", "wait")
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	go func() {
		<-time.After(300 * time.Millisecond) // it may be anywhere; it must end in any case
		cancel(why)
	}()
	if err := s.run(ctx); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
	s.clean()
}

func TestExecutor_Refuses(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]executor.Meta{
		`a step runs as root of its sandbox, not as "bob"`: {Args: []string{"x"}, User: "bob", NetMode: pb.NetMode_NONE},
		"a step runs without network":                      {Args: []string{"x"}, NetMode: pb.NetMode_HOST},
		"a step runs without privileges":                   {Args: []string{"x"}, NetMode: pb.NetMode_NONE, SecurityMode: pb.SecurityMode_INSECURE},
		"a step runs without a terminal":                   {Args: []string{"x"}, NetMode: pb.NetMode_NONE, Tty: true},
		"a step needs a program":                           {NetMode: pb.NetMode_NONE},
	} {
		dir := filepath.Join(t.TempDir(), "steps")
		_, err := sandbox.NewExecutor(dir).Run(t.Context(), "", executor.Mount{}, nil, executor.ProcessInfo{Meta: m}, nil)
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Error("a refused step has a folder")
		}
	}
}
