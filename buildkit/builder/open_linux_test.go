package builder_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/buildkittest"
)

func TestOpen_LongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("a-long-name/", 20)) // a socket's path has 107 bytes
	b := open(t, dir)
	if b.Remote() {
		t.Error("it is remote")
	}
	p, err := b.Platform(t.Context())
	if want := "linux/" + runtime.GOARCH; err != nil || p != want {
		t.Errorf("platform %s, want %s (%v)", p, want, err)
	}
}

func TestOpen_StateIsNoFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := builder.Open(t.Context(), builder.Options{State: file})
	var state *builder.StateError
	if !errors.As(err, &state) || !strings.HasPrefix(err.Error(), "using the state folder "+file) {
		t.Errorf("got %v", err)
	}
}

func TestOpen_StateOfAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		state := t.TempDir()
		open(t, state)
		if buildkittest.Unprivileged(t, "BENTOC_TEST_OTHER="+state) {
			t.Fatal("root is unprivileged")
		}
		return
	}
	state := os.Getenv("BENTOC_TEST_OTHER")
	if state == "" {
		state = "/etc/bentoc-state" // an ordinary user's test run
	}
	_, err := builder.Open(t.Context(), builder.Options{State: state})
	var refused *builder.StateError
	if !errors.As(err, &refused) || !errors.Is(err, os.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

func TestOpen_Remote(t *testing.T) {
	t.Parallel()
	// A builder process answers as any BuildKit does.
	dir, err := os.MkdirTemp("", "bk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	open(t, filepath.Join(dir, "state"))
	socks, err := filepath.Glob(filepath.Join(dir, "state/*.sock"))
	if err != nil || len(socks) != 1 {
		t.Fatal(socks, err)
	}
	b, err := builder.Open(t.Context(), builder.Options{Address: "unix://" + socks[0]})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if !b.Remote() {
		t.Error("it is not remote")
	}
	store := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	c, _, err := build(t, b, layersOnly(store), store.Dir, filepath.Join(dir, "a.tar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Images) != 2 {
		t.Errorf("images %+v", c.Images)
	}
}

func TestOpen_RemoteIsDown(t *testing.T) {
	t.Parallel()
	address := "unix://" + filepath.Join(t.TempDir(), "none.sock")
	_, err := builder.Open(t.Context(), builder.Options{Address: address})
	if err == nil || !strings.HasPrefix(err.Error(), "connecting to the builder "+address+": ") {
		t.Errorf("got %v", err)
	}
}

func TestOpen_Interrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	state := t.TempDir()
	if _, err := builder.Open(ctx, builder.Options{State: state}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	nothingLeft(t, state)
}

// refusedEnv makes TestOpen_NoNamespaces the process that is refused them.
const refusedEnv = "BENTOC_TEST_REFUSED"

func TestOpen_NoNamespaces(t *testing.T) {
	t.Parallel()
	if os.Getenv(refusedEnv) == "" {
		// A user namespace may forbid more of them below.
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestOpen_NoNamespaces$", "-test.v")
		cmd.Env = append(os.Environ(), refusedEnv+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getegid(), Size: 1}},
			AmbientCaps: []uintptr{24}, // CAP_SYS_RESOURCE
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := builder.Open(t.Context(), builder.Options{State: t.TempDir()})
	var refused *builder.NamespaceError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	if want := "the embedded builder needs namespaces, and this machine refuses them to an ordinary user: clone: "; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("message %s", err)
	}
	for _, want := range []string{"sudo sysctl -w user.max_user_namespaces=15000", "--privileged", "BUILDKIT_HOST=ADDRESS"} {
		if !strings.Contains(refused.Hint(), want) {
			t.Errorf("no %q in the hint: %s", want, refused.Hint())
		}
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	p := store.Quick()
	b := open(t, filepath.Join(dir, "state"))
	var digests []string
	for i := range 2 {
		c, sum, err := build(t, b, p, store.Dir, filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, c.Digest)
		if sum.Cached() != 0 {
			t.Errorf("build %d took %d steps from the cache", i, sum.Cached())
		}
		freed, err := b.Prune(t.Context(), builder.PruneOptions{})
		if err != nil || freed < 10<<20 { // the compiler
			t.Errorf("freed %d bytes, %v", freed, err)
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("digests %q", digests)
	}
}
